"""The mean of three views of the same cells, against NumPy."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from hillflow.baselines.differences import mean_differences
from hillflow.baselines.ridge_lag import midway_slopes
from hillflow.baselines.truth_tables import table_weights
from hillflow.causal import graph
from hillflow.causal.consensus import consensus
from hillflow.data import Snapshots, Trajectories
from hillflow.errors import InputError
from hillflow.evaluate.prior_use import prior_used
from hillflow.fields import CandidateEdges, make_field
from hillflow.findings import collect_findings
from hillflow.model import Fit
from hillflow.networks import Network
from hillflow.systems import build_system, simulate
from hillflow.train import Setting, train

SKETCH = Setting(effort=0.02)


@pytest.fixture(scope="module")
def cells() -> Snapshots:
    data = simulate(build_system("toggle"), (0, 1, 2, 4), 60, ["A=ko", "B=ko"], seed=0)
    return Snapshots.from_anndata(data.to_anndata())


@pytest.fixture(scope="module")
def ensemble(cells):
    return train("hill", cells, members=3, setting=SKETCH)


def test_sizes_are_added_by_share_each_at_a_mean_of_one_and_the_sign_is_that_of_the_sum(
    ensemble, cells
):
    base = graph(ensemble, cells)
    found = consensus(base, cells)
    moved = mean_differences(cells)
    views = [base.matrix().to_numpy().T, midway_slopes(moved), table_weights(moved)]
    others = ~np.eye(2, dtype=bool)
    views = np.array([view / np.abs(view[others]).mean() for view in views])
    shared = views * np.array([2, 1, 1])[:, None, None]
    total = np.abs(shared).sum(axis=0) * np.sign(shared.sum(axis=0))
    expected = total / np.abs(total).max()
    np.testing.assert_allclose(found.matrix().to_numpy().T, expected)
    for name, view in zip(("fitted", "linear", "tables"), views, strict=True):
        np.testing.assert_allclose(found.matrix(name).to_numpy().T, view)
    assert (found.edges["weight"].abs().diff().dropna() <= 0).all()
    assert (found.edges["sign"] == np.sign(found.edges["weight"])).all()


def test_fits_of_several_kinds_count_alike_and_twice_each(ensemble, cells):
    rough = train("dense", cells, "network", members=2, setting=Setting(effort=0.05))
    found = graph(Fit.of(ensemble, rough), cells, "consensus")
    others = ~np.eye(2, dtype=bool)
    views = [graph(one, cells).matrix().to_numpy().T for one in (ensemble, rough)]
    views = np.array([view / np.abs(view[others]).mean() for view in views])
    total = np.abs(views).sum(axis=0) * np.sign(views.sum(axis=0))
    expected = total / np.abs(total[others]).mean()
    np.testing.assert_allclose(found.matrix("fitted").to_numpy().T, expected)
    linear, tables = (found.edges[name] for name in ("linear", "tables"))
    size = 4 * found.edges["fitted"].abs() + linear.abs() + tables.abs()
    apart = found.edges["source"] != found.edges["target"]
    np.testing.assert_allclose(found.edges["weight"].abs(), size / size[apart].max())
    assert found.about["members"] == 5
    assert found.about["fields"] == ["hill", "dense"]
    assert found.about["confidence"].startswith("of the 'hill' fits alone")
    sure = graph(ensemble, cells).matrix("confidence")
    pd.testing.assert_frame_equal(found.matrix("confidence"), sure)
    with pytest.raises(InputError, match="readout='consensus'"):
        graph(Fit.of(ensemble, rough), cells)


def test_what_is_known_of_single_edges_stays_with_them(ensemble, cells):
    base, found = graph(ensemble, cells), graph(ensemble, cells, "consensus")
    ends = ["source", "target"]
    kept = ["confidence", "selection", "contrast"]
    pd.testing.assert_frame_equal(
        base.edges.set_index(ends)[kept].sort_index(),
        found.edges.set_index(ends)[kept].sort_index(),
    )
    assert found.readout == found.about["readout"] == "consensus"
    assert found.about["members"] == 3


def test_a_sign_that_is_not_the_fits_is_marked(ensemble, cells):
    base, found = graph(ensemble, cells), graph(ensemble, cells, "consensus")
    ends = ["source", "target"]
    signs = (one.edges.set_index(ends)["sign"].sort_index() for one in (base, found))
    marked = found.edges.set_index(ends)["disputed"].sort_index()
    own, joint = signs
    assert (marked == (own != joint)).all()
    turned = base.edges.assign(weight=-base.edges["weight"], sign=-base.edges["sign"])
    with collect_findings() as findings:
        opposed = consensus(replace(base, edges=turned), cells)
    assert opposed.edges["disputed"].any()
    assert [finding.code for finding in findings] == ["graph.disputed-signs"]


def test_fits_that_were_told_different_edges_do_not_join(ensemble, cells):
    edges = CandidateEdges(torch.tensor([0, 1]), torch.tensor([1, 1]), 2)
    told = train(make_field("sparse", ("A", "B"), edges=edges), cells, setting=SKETCH)
    with pytest.raises(InputError, match="the same prior"):
        graph(Fit.of(ensemble, told), cells, "consensus")


def test_edges_that_were_chosen_from_the_cells_are_not_told_and_all_pairs_are_ranked(
    ensemble, cells
):
    chosen = CandidateEdges([0, 1], [1, 1], 2, free=[True, True])
    other = train(make_field("sparse", ("A", "B"), edges=chosen), cells, setting=SKETCH)
    fit = Fit.of(other, ensemble)
    assert prior_used(other) is None
    assert len(graph(fit, cells, "consensus").edges) == 4


def test_cells_come_before_the_readout(ensemble):
    with pytest.raises(InputError, match="second argument"):
        graph(ensemble, "consensus")


def test_only_the_candidates_of_the_fit_are_ranked(cells):
    edges = CandidateEdges(torch.tensor([0, 1]), torch.tensor([1, 1]), 2)  # A → B, B → B
    model = train(make_field("hill-sparse", ("A", "B"), edges=edges), cells, setting=SKETCH)
    found = graph(model, cells, "consensus")
    pairs = set(zip(found.edges["source"], found.edges["target"], strict=True))
    assert pairs == {("A", "B"), ("B", "B")}


def test_a_fit_without_any_edge_leaves_the_other_views(cells):
    nothing = Network.from_matrix(("A", "B"), np.zeros((2, 2)))
    found = consensus(nothing, cells)
    assert (found.edges["fitted"] == 0).all()
    expected = found.edges[["linear", "tables"]].abs().sum(axis=1)
    np.testing.assert_allclose(found.edges["weight"].abs(), expected / expected.max())


def test_views_have_the_same_mean_size_over_the_pairs_that_are_listed(cells):
    edges = CandidateEdges(torch.tensor([0, 1]), torch.tensor([1, 1]), 2)  # A → B, B → B
    model = train(make_field("hill-sparse", ("A", "B"), edges=edges), cells, setting=SKETCH)
    found = graph(model, cells, "consensus").edges.set_index(["source", "target"]).loc[("A", "B")]
    assert found[["fitted", "linear", "tables"]].abs().tolist() == pytest.approx([1, 1, 1])
    assert abs(found["weight"]) == 1


def test_units_that_never_move_and_one_gene_alone_give_finite_weights():
    still = Trajectories.from_arrays(np.ones((5, 3, 2)), [0.0, 1.0, 2.0], ("A", "B"))
    found = consensus(Network.from_matrix(("A", "B"), np.eye(2)), still)
    assert np.isfinite(found.edges["weight"]).all()
    x = np.random.default_rng(0).random((40, 1))
    alone = Snapshots.from_arrays(x, np.repeat([0.0, 1.0], 20), ("A",))
    found = consensus(Network.from_matrix(("A",), np.eye(1)), alone)
    assert np.isfinite(found.edges["weight"]).all()


def test_a_misspelt_consensus_is_recognised(ensemble, cells):
    with pytest.raises(InputError, match="consensus"):
        graph(ensemble, cells, "consensuss")
