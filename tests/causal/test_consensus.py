"""The mean of two views of the same cells, against NumPy."""

import numpy as np
import pandas as pd
import pytest
import torch

from hillflow.causal import RegulatoryGraph, graph
from hillflow.causal.consensus import consensus
from hillflow.data import Snapshots
from hillflow.errors import InputError
from hillflow.evaluate.baselines.ridge_lag import midway_weights
from hillflow.fields import CandidateEdges, make_field
from hillflow.fit import Setting, fit, fit_ensemble
from hillflow.simulate import build_system, simulate

SKETCH = Setting(effort=0.02)


@pytest.fixture(scope="module")
def cells() -> Snapshots:
    data = simulate(build_system("toggle"), (0, 1, 2, 4), 60, ["A=ko", "B=ko"], seed=0)
    return Snapshots.from_anndata(data.to_anndata())


@pytest.fixture(scope="module")
def ensemble(cells):
    return fit_ensemble("hill", cells, members=3, setting=SKETCH)


def test_the_weight_is_the_mean_of_both_views_each_at_a_mean_size_of_one(ensemble, cells):
    base = graph(ensemble, cells)
    found = consensus(base, cells)
    views = [base.matrix().to_numpy().T, midway_weights(cells)]
    others = ~np.eye(2, dtype=bool)
    views = [view / np.abs(view[others]).mean() for view in views]
    total = views[0] + views[1]
    expected = total / np.abs(total).max()
    np.testing.assert_allclose(found.matrix().to_numpy().T, expected)
    np.testing.assert_allclose(found.matrix("fitted").to_numpy().T, views[0])
    np.testing.assert_allclose(found.matrix("linear").to_numpy().T, views[1])
    assert (found.edges["weight"].abs().diff().dropna() <= 0).all()
    assert (found.edges["sign"] == np.sign(found.edges["weight"])).all()


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


def test_only_the_candidates_of_the_fit_are_ranked(cells):
    edges = CandidateEdges(torch.tensor([0, 1]), torch.tensor([1, 1]), 2)  # A → B, B → B
    model = fit(make_field("hill-sparse", ("A", "B"), edges=edges), cells, setting=SKETCH)
    found = graph(model, cells, "consensus")
    pairs = set(zip(found.edges["source"], found.edges["target"], strict=True))
    assert pairs == {("A", "B"), ("B", "B")}


def test_a_fit_without_any_edge_leaves_the_regression(cells):
    nothing = RegulatoryGraph.from_matrix(("A", "B"), np.zeros((2, 2)))
    found = consensus(nothing, cells)
    line = midway_weights(cells)
    np.testing.assert_allclose(found.matrix().to_numpy().T, line / np.abs(line).max())


def test_a_misspelt_consensus_is_recognised(ensemble, cells):
    with pytest.raises(InputError, match="consensus"):
        graph(ensemble, cells, "consensuss")
