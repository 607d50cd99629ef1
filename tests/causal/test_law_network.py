"""The network of a logic law: its effects and a closed form, each over its mean."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow.causal import graph, knockout
from hillflow.closed_form import closed_form_network
from hillflow.data import Snapshots
from hillflow.errors import InputError
from hillflow.findings import collect_findings
from hillflow.model import Fit
from hillflow.symbolic import read_laws

from ..logic_laws import GENES, REGULATORS, logic_member

DIFFERENT = ~np.eye(4, dtype=bool)


def free_member(seed: int = 0):
    """Its candidates were chosen from the cells, so that none was given."""
    member = logic_member(seed)
    member.field.edges.free.fill_(True)
    return member


@pytest.fixture(scope="module")
def cells() -> Snapshots:
    random = np.random.default_rng(0)
    x = random.uniform(0, 1.2, (120, 4)).astype(np.float32)
    return Snapshots.from_arrays(x, np.repeat([0, 1, 2], 40), GENES)


@pytest.fixture(scope="module")
def network(cells):
    return graph(free_member(), cells)


def matrix(network, column: str) -> np.ndarray:
    found = np.zeros((4, 4))
    for edge in network.edges.to_dict("records"):
        found[GENES.index(edge["target"]), GENES.index(edge["source"])] = edge[column]
    return found


def test_sizes_are_the_sum_of_two_views_over_their_means(network, cells):
    own = graph(free_member(), cells, "weight").matrix().loc[[*GENES], [*GENES]].to_numpy().T
    closed = closed_form_network(cells).matrix().loc[[*GENES], [*GENES]].to_numpy().T
    np.testing.assert_allclose(matrix(network, "law"), own)
    np.testing.assert_allclose(matrix(network, "closed_form")[DIFFERENT], closed[DIFFERENT])
    size = np.abs(own) / np.abs(own[DIFFERENT]).mean()
    size += np.where(DIFFERENT, np.abs(closed) / np.abs(closed[DIFFERENT]).mean(), 0)
    expected = size / size[DIFFERENT].max()
    np.testing.assert_allclose(np.abs(matrix(network, "weight")), expected)


def test_the_law_has_its_own_edges_and_signs(network, cells):
    true = {(GENES[j], GENES[i]) for i, sources in REGULATORS.items() for j in sources}
    named = network.edges[network.edges["in_law"]]
    assert set(zip(named["source"], named["target"], strict=True)) == true
    assert (np.sign(named["law"]) == named["sign"]).all()
    laws = read_laws(free_member(), cells)
    signs = {(edge.source, edge.target): edge.sign for edge in named.itertuples()}
    for gene in GENES:
        law = laws[gene].best
        assert [signs[parent, gene] for parent in law.parents] == list(law.signs)


def test_edges_that_a_prior_did_not_have_are_not_listed(cells):
    network = graph(logic_member(), cells)
    true = {(GENES[j], GENES[i]) for i, sources in REGULATORS.items() for j in sources}
    assert set(zip(network.edges["source"], network.edges["target"], strict=True)) == true


def test_self_edges_are_of_the_law_alone_and_have_no_confidence(network):
    own = network.edges[network.edges["source"] == network.edges["target"]]
    assert set(own["source"]) == {"GATA1", "SPI1"}
    assert own["confidence"].isna().all()
    others = network.edges[network.edges["source"] != network.edges["target"]]
    assert others["confidence"].between(0, 1).all()
    assert len(others) == 12


def test_of_several_members_an_edge_counts_that_half_of_them_have(cells):
    members = [free_member(seed) for seed in range(3)]
    with_drop = members[0].field
    slot = [GENES[k] for k in REGULATORS[2]].index("targets")
    for member in members[:2]:
        member.field.drop_(2, slot, cells_of(cells))
    network = graph(Fit.of(*members), cells)
    edge = network.edges.set_index(["source", "target"]).loc[("targets", "NKX2-5")]
    assert edge["members"] == pytest.approx(1 / 3)
    assert not edge["in_law"]
    assert not with_drop.used[2, slot]


def cells_of(cells):
    import torch

    return torch.as_tensor(cells.x, dtype=torch.float64)


def test_other_fields_have_no_law(cells):
    from hillflow.fields import make_field

    from ..small_fits import model_of

    with pytest.raises(InputError, match="'logic'"):
        graph(model_of(make_field("linear", GENES)), cells, "law")


def test_a_law_without_regulation_says_that_knockouts_change_nothing_else(cells):
    member = free_member()
    for gene, sources in REGULATORS.items():
        for slot in range(len(sources)):
            member.field.drop_(gene, slot, cells_of(cells))
    assert member.field.without_regulation
    with collect_findings() as said:
        result = knockout(member, ["SPI1"], cells, cells=20)
    assert "knockout.no-regulation" in {finding.code for finding in said}
    others = result.effects[result.effects["gene"] != "SPI1"]
    np.testing.assert_allclose(others["delta"], 0, atol=1e-9)
    assert not free_member().field.without_regulation


def test_a_gene_that_acts_on_nothing_is_named_before_its_effects_of_0(cells):
    member = free_member()
    gene = sorted(member.field.acting)[0]
    for target, sources in REGULATORS.items():
        for slot, source in enumerate(sources):
            if GENES[source] == gene and GENES[target] != gene:
                member.field.drop_(target, slot, cells_of(cells))
    assert gene not in member.field.acting
    other = sorted(member.field.acting)[0]
    source, target = sorted(member.field.regulations)[0]
    absent = next(one for one in GENES if (other, one) not in member.field.regulations)
    asked = [gene, other, f"{source}=cut@{target}", f"{other}=cut@{absent}"]
    with collect_findings() as said:
        result = knockout(member, asked, cells, cells=20)
    (found,) = (one for one in said if one.code == "knockout.no-path")
    named = [name for name in result.names if repr(name) in found.text]
    assert named == [f"{gene}=knockout", f"{other}=cut_edge@{absent}"]
