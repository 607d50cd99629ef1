import numpy as np
import pytest
import torch

from hillflow.causal import graph
from hillflow.causal.graph import candidates
from hillflow.causal.readouts import READOUTS
from hillflow.data import Snapshots
from hillflow.errors import GeneNameError, InputError, UnsupportedError
from hillflow.fields import CandidateEdges, make_field
from hillflow.model import Fit
from hillflow.systems import build_system, simulate
from hillflow.train import Setting, train

GENES = ("A", "B")
SKETCH = Setting(effort=0.02)


@pytest.fixture(scope="module")
def cells():
    """A toggle switch: A and B repress each other."""
    data = simulate(build_system("toggle"), (0, 1, 2, 4), 60, ["A=ko", "B=ko"], seed=0)
    return Snapshots.from_anndata(data.to_anndata())


@pytest.fixture(scope="module")
def model(cells):
    return train("hill", cells, setting=Setting(effort=0.1))


@pytest.fixture(scope="module")
def ensemble(cells):
    return train("hill", cells, members=3, setting=SKETCH)


def edge(found, source, target):
    table = found.edges.set_index(["source", "target"])
    return table.loc[(source, target)]


def test_the_toggle_is_two_genes_that_repress_each_other(model, cells):
    found = graph(model, cells)
    assert len(found.edges) == 4
    assert set(found.edges["source"][:2] + found.edges["target"][:2]) == {"AB", "BA"}
    assert (found.edges["sign"][:2] == -1).all()
    assert found.readout == found.about["readout"] == "contrast"
    assert {"parameter", *READOUTS} - {"weight"} <= set(found.edges)
    np.testing.assert_array_equal(found.edges["weight"], found.edges["contrast"])


def test_weight_is_the_readout_that_was_asked_for(model, cells):
    found = graph(model, cells, "weight")
    np.testing.assert_array_equal(found.edges["weight"], found.edges["parameter"])
    assert found.about["why"] == "as requested"


def test_one_fit_has_no_confidence_and_says_how_to_get_one(model, cells):
    found = graph(model, cells)
    assert found.edges["confidence"].isna().all()
    assert "ensemble" in found.about["confidence"]


def test_of_an_ensemble_it_is_the_mean_and_what_supports_it(ensemble, cells):
    found = graph(ensemble, cells)
    each = [graph(model, cells) for model in ensemble]
    for source, target in (("A", "B"), ("B", "A"), ("A", "A")):
        weights = [edge(one, source, target)["weight"] for one in each]
        row = edge(found, source, target)
        assert row["weight"] == pytest.approx(np.mean(weights))
        assert row["agreement"] == np.mean(np.sign(weights) == np.sign(np.mean(weights)))
    itself = found.edges["source"] == found.edges["target"]
    assert found.edges["confidence"][~itself].between(0, 1).all()
    assert found.edges["confidence"][itself].isna().all()
    assert found.about["members"] == 3


def test_only_candidate_pairs_are_listed(cells):
    edges = CandidateEdges([0, 1], [1, 1], 2)
    field = make_field("linear", GENES, edges=edges)
    fit = train(field, cells, setting=SKETCH)
    np.testing.assert_array_equal(candidates(fit), [[False, False], [True, True]])
    found = graph(fit, cells)
    assert set(zip(found.edges["source"], found.edges["target"], strict=True)) == {
        ("A", "B"), ("B", "B"),
    }  # fmt: skip
    assert found.readout == "weight"


def test_an_edge_that_turns_is_reported_by_group(cells):
    field = make_field("mlp", GENES, hidden=(4,))
    model = train(field, cells, setting=SKETCH)
    network = model.field.network
    with torch.no_grad():  # Ȧ = a bump over B, at the middle of its levels: up, then down
        for weight, bias in zip(network.weights, network.biases, strict=True):
            weight.zero_()
            bias.zero_()
        slopes = torch.tensor([4.0, -4.0])
        network.weights[0][0, :2, 1] = slopes
        network.weights[-1][0, 0, :2] = -1.0
    labels = np.where(cells.x[:, 1] > cells.x[:, 1].mean(), "high", "low")
    by_label = Snapshots.from_arrays(
        cells.x, cells.time, cells.genes, labels=labels, unit="h", scale=cells.scale
    )
    found = graph(model, by_label, "mean_jacobian")
    assert edge(found, "B", "A")["turns"]
    assert found.edges["turns"].sum() == 1
    weights = found.groups.set_index("group")["weight"]
    assert weights["high"] < 0 < weights["low"]
    assert set(found.groups["source"] + found.groups["target"]) == {"BA"}
    assert graph(model, by_label, groups=None).groups is None


def test_the_same_fit_gives_the_same_bytes(model, cells, tmp_path):
    one = graph(model, cells).save(tmp_path / "one.csv").read_bytes()
    assert graph(model, cells).save(tmp_path / "two.csv").read_bytes() == one


def test_one_readout_does_not_suit_two_kinds_of_field(model, cells):
    other = train("sparse", cells, setting=Setting(effort=0.005))
    with pytest.raises(InputError, match=r"one kind of field.*sparse.*from each kind separately"):
        graph(Fit.of(model, other), cells)


def test_series_and_fewer_states(model, cells):
    assert graph(model, cells, states=50).about["states"] == 50


def test_mistakes_are_named(model, cells):
    with pytest.raises(InputError, match="did you mean 'contrast'"):
        graph(model, cells, "contrasts")
    with pytest.raises(InputError, match="groups='labels'"):
        graph(model, cells, groups="clusters")
    with pytest.raises(InputError, match="pass the snapshots that were fitted"):
        graph(model, None)
    with pytest.raises(GeneNameError, match="select_genes"):
        graph(model, cells.take(np.arange(40)).select_genes(["B", "A"]))
    bare = train(make_field("mlp", GENES), cells, setting=SKETCH)
    with pytest.raises(UnsupportedError, match="whose parameters are edges"):
        graph(bare, cells, "weight")
