"""Networks in closed form: known systems are found, and what must not matter does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import hillflow as hf
from hillflow import keys
from hillflow.closed_form import closed_form_network
from hillflow.closed_form.confidence import COEFFICIENTS
from hillflow.closed_form.network import SINGLE
from hillflow.data import Snapshots, Trajectories
from hillflow.errors import InputError
from hillflow.networks import Network
from hillflow.networks.stability import FEATURES
from hillflow.systems import build_system, simulate_trajectories

MADE = {
    "toggle": {"times": [0, 1, 2, 4]},
    "repressilator": {"times": [0, 1, 2, 4, 8]},
    "six-gene": {"times": [0, 2, 4, 8, 16], "knockouts": "G0,G1,G2,G3,G4,G5"},
}


def simulated(name: str) -> tuple[Snapshots, dict[tuple[str, str], int]]:
    """Cells, and the signs of the true edges between two genes."""
    adata = hf.simulate(name, cells=50, **MADE[name])
    truth = adata.uns[keys.UNS][keys.TRUTH]
    between = truth[truth["source"] != truth["target"]]
    pairs = zip(between["source"], between["target"], strict=True)
    return Snapshots.from_anndata(adata), dict(zip(pairs, between["sign"], strict=True))


@pytest.fixture(scope="module")
def six() -> tuple[Snapshots, dict[tuple[str, str], int]]:
    return simulated("six-gene")


@pytest.fixture(scope="module")
def network(six) -> Network:
    return closed_form_network(six[0], bootstraps=8)


def columns(network: Network) -> pd.DataFrame:
    """Its numbers by pair, in an order that does not depend on them."""
    return network.edges.set_index(["source", "target"]).sort_index()


def same(one: Network, other: Network, atol: float = 2e-3) -> None:
    """Of 32-bit levels, whose rounding a nearly tied set of regulators may feel."""
    names = ["weight", "linear", "tables", "confidence"]
    np.testing.assert_allclose(columns(one)[names], columns(other)[names], atol=atol)


@pytest.mark.parametrize("name", ["toggle", "repressilator"])
def test_the_strongest_edges_are_the_true_ones_with_their_signs(name) -> None:
    data, truth = simulated(name)
    network = closed_form_network(data)
    first = network.edges.head(len(truth))
    found = dict(
        zip(zip(first["source"], first["target"], strict=True), first["sign"], strict=True)
    )
    assert found == truth
    assert (first["confidence"] > 0.8).all()
    rest = network.edges["weight"].iloc[len(truth) :].abs().max() if len(data.genes) > 2 else 0
    assert rest < 0.5 * first["weight"].abs().min()


def test_of_six_genes_true_edges_lead_and_are_surer(six, network) -> None:
    truth = six[1]
    edges = columns(network)
    true = edges.index.isin(list(truth))
    assert sum(pair in truth for pair in network.pairs()[:6]) >= 5
    signs = [np.sign(edges.loc[pair, "weight"]) == sign for pair, sign in truth.items()]
    assert sum(signs) >= len(truth) - 1
    assert edges["weight"].abs()[true].mean() > 2 * edges["weight"].abs()[~true].mean()
    assert edges["confidence"][true].mean() > edges["confidence"][~true].mean() + 0.2


def test_it_lists_every_other_pair_relative_to_the_strongest(six, network) -> None:
    genes = six[0].genes
    assert network.genes == genes
    assert set(network.pairs()) == {(a, b) for a in genes for b in genes if a != b}
    assert network.edges["weight"].abs().max() == 1 == network.edges["weight"].abs().iloc[0]
    assert network.edges["weight"].abs().is_monotonic_decreasing
    for name in ("confidence", "selection", "agreement"):
        assert network.edges[name].between(0, 1).all()
    assert network.about["bootstraps"] == 8
    assert "8 bootstraps" in network.about["confidence"]


def test_confidence_rises_with_every_feature() -> None:
    assert len(COEFFICIENTS) == len(FEATURES)
    assert all(value >= 0 for value in COEFFICIENTS)


def test_the_unit_of_a_gene_does_not_matter(six, network) -> None:
    scale = np.ones(6)
    scale[2], scale[4] = 1000, 1e-3
    other = closed_form_network(replace(six[0], x=six[0].x * scale), bootstraps=8)
    same(network, other)


@pytest.mark.parametrize("factor", [24 * 3600, 1e-3])
def test_the_unit_of_time_does_not_matter(six, network, factor) -> None:
    other = closed_form_network(replace(six[0], time=six[0].time * factor), bootstraps=8)
    same(network, other)


def test_the_order_of_genes_does_not_matter(six, network) -> None:
    same(network, closed_form_network(six[0].select_genes(six[0].genes[::-1]), bootstraps=8))


def test_the_same_seed_gives_the_same_bytes(six, network) -> None:
    again = closed_form_network(six[0], bootstraps=8)
    assert network.edges.to_csv() == again.edges.to_csv()
    other = closed_form_network(six[0], bootstraps=8, seed=1)
    assert (columns(network)["confidence"] != columns(other)["confidence"]).any()
    with pytest.raises(InputError, match="as seed"):
        closed_form_network(six[0], seed=-1)


def test_without_bootstraps_there_is_no_confidence_and_the_same_weight(six, network) -> None:
    plain = closed_form_network(six[0], bootstraps=0)
    assert plain.edges["confidence"].isna().all()
    assert not {"selection", "agreement"} & set(plain.edges)
    assert "confidence" not in plain.about
    np.testing.assert_allclose(columns(plain)["weight"], columns(network)["weight"], atol=1e-9)


def test_only_regulators_act_and_other_genes_are_their_targets(six) -> None:
    data, truth = six
    network = closed_form_network(data, regulators=("G3", "G0"), bootstraps=2)
    assert set(network.pairs()) == {
        (a, b) for a in ("G0", "G3") for b in data.genes if a != b
    }  # fmt: skip
    weight = columns(network)["weight"]
    for pair, sign in truth.items():
        if pair[0] in ("G0", "G3"):
            assert np.sign(weight[pair]) == sign


def test_only_pairs_within_a_network_are_listed(six) -> None:
    data, truth = six
    place = {gene: k for k, gene in enumerate(data.genes)}
    within = np.eye(6, dtype=bool)  # self-edges are left out all the same
    for source, target in truth:
        within[place[target], place[source]] = True
    network = closed_form_network(data, within=within, bootstraps=2)
    assert set(network.pairs()) == set(truth)
    both = closed_form_network(data, within=within, regulators=("G1",), bootstraps=0)
    assert set(both.pairs()) == {pair for pair in truth if pair[0] == "G1"}
    nothing = closed_form_network(data, within=np.eye(6, dtype=bool), bootstraps=2)
    assert nothing.edges.empty


def test_late_views_need_perturbations(six, network) -> None:
    """The level of a control says only what varies with it, so that its velocity alone counts."""
    control = six[0].take(six[0].rows(condition="control"))
    early = columns(closed_form_network(control, bootstraps=0))
    # Two halves, each with a mean of 1, and the views on single descendants.
    single = 2 * SINGLE
    assert early["linear"].abs().mean() < 1 + single + 1e-6
    assert 1 - single < early["tables"].abs().mean() < 1 + single + 1e-6
    assert columns(network)["tables"].abs().max() > 3


def test_a_gene_that_never_changes_takes_no_part() -> None:
    data, _ = simulated("repressilator")
    still = Snapshots.from_arrays(
        np.column_stack([data.x, np.full(len(data), 0.3), np.zeros(len(data))]), data.time,
        [*data.genes, "still", "absent"],
    )  # fmt: skip
    edges = columns(closed_form_network(still, bootstraps=2)).reset_index()
    named = edges[["source", "target"]].isin(["still", "absent"]).any(axis=1)
    assert (edges["weight"][named] == 0).all()
    assert set(edges.loc[edges["weight"].abs().nlargest(3).index, "source"]) == set(data.genes)
    assert np.isfinite(edges[["weight", "confidence"]]).all(axis=None)


def test_series_need_no_coupling() -> None:
    system = build_system("repressilator")
    made = simulate_trajectories(system, np.linspace(0, 8, 17), cells=6)
    series = Trajectories.from_anndata(made.to_anndata())
    network = closed_form_network(series, bootstraps=4)
    truth = system.network().edges
    true = set(zip(truth["source"], truth["target"], strict=True))
    assert set(network.pairs()[:3]) == true
    assert network.edges["sign"].head(3).tolist() == [-1] * 3


def test_a_gene_perturbed_in_every_cell_has_no_regulators() -> None:
    random = np.random.default_rng(0)
    x = random.uniform(size=(60, 3))
    data = Snapshots.from_arrays(x, np.repeat([0.0, 1, 2], 20), ("A", "B", "C"), ["A=ko"] * 60)
    edges = columns(closed_form_network(data, bootstraps=2)).reset_index()
    apart = edges[["source", "target"]].eq("A").any(axis=1)
    assert (edges["weight"][apart] == 0).all()
    assert (edges["weight"][~apart] != 0).all()
