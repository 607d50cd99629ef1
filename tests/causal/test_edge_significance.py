from dataclasses import replace

import numpy as np
import pytest

from hillflow.causal import edge_significance, graph
from hillflow.causal.edge_significance import p_values, permuted
from hillflow.data import Snapshots, Trajectories
from hillflow.errors import GeneNameError, InputError
from hillflow.train import Setting, train


@pytest.fixture(scope="module")
def cells():
    random = np.random.default_rng(0)
    time = np.repeat([0.0, 1.0], 40)
    level = random.random(80) + time
    x = np.stack([level, level + 0.01 * random.random(80), random.random(80)], 1)
    conditions = (["control"] * 20 + ["A=ko"] * 20) * 2
    return Snapshots.from_arrays(x, time, ("A", "B", "C"), conditions, unit="h", scale="log1p")


def test_shuffling_keeps_every_population_and_breaks_every_cell(cells):
    shuffled = permuted(cells, 3)
    for population in cells.populations():
        before, after = cells.x[population.rows], shuffled.x[population.rows]
        np.testing.assert_array_equal(np.sort(before, 0), np.sort(after, 0))
        assert np.corrcoef(before[:, 0], before[:, 1])[0, 1] > 0.99
        assert abs(np.corrcoef(after[:, 0], after[:, 1])[0, 1]) < 0.7
    np.testing.assert_array_equal(permuted(cells, 3).x, shuffled.x)
    assert not np.array_equal(permuted(cells, 4).x, shuffled.x)


def test_units_change_places_with_those_of_their_condition_alone():
    x = np.arange(48.0).reshape(8, 3, 2)  # [units, times, genes]
    rows = Trajectories.from_rows(
        x.reshape(-1, 2), [0, 1, 2] * 8, ("A", "B"), np.repeat(np.arange(8), 3).astype(str),
        ["control"] * 12 + ["A=ko"] * 12,
    )  # fmt: skip
    shuffled = permuted(rows, 0).x.reshape(8, 3, 2)
    assert not np.array_equal(shuffled, x)
    for half in (slice(0, 4), slice(4, 8)):
        np.testing.assert_array_equal(np.sort(shuffled[half], 0), np.sort(x[half], 0))


def test_p_counts_null_weights_at_least_as_large():
    weight = np.array([[0.5, 2.5, 0.0], [-9.0, 0.1, 1.5], [0.0, 0.0, 3.0]])
    null = np.array([[[1.0, 1.0, 2.0], [1.0, 2.0, 1.0], [0.0, 0.0, 3.0]]])
    listed = np.ones((3, 3), dtype=bool)
    listed[2, :2] = False
    p = p_values(weight, null, listed)
    # target 0: regulators' null sizes 1, 2; target 1: 1, 1; self-edges: 1, 2, 3
    np.testing.assert_allclose(p, [[1.0, 1 / 3, 1.0], [1 / 3, 1.0, 1 / 3], [1.0, 1.0, 0.5]])


def test_p_of_null_weights_themselves_is_uniform():
    random = np.random.default_rng(0)
    p = p_values(
        random.normal(size=(40, 40)), random.normal(size=(5, 40, 40)), np.ones((40, 40)) > 0
    )
    for level in (0.05, 0.2, 0.5):
        assert np.mean(p <= level) == pytest.approx(level, abs=0.03)


def test_a_graph_gets_p_and_fdr(cells):
    setting = Setting(effort=0.01)
    found = graph(train("linear", cells, setting=setting), cells)
    told = []
    tested = edge_significance(
        found, "linear", cells, shuffles=2, setting=setting,
        progress=lambda *step: told.append(step[1:]),
    )  # fmt: skip
    assert told == [(1, 2), (2, 2)]
    p, fdr = tested.edges["p"].to_numpy(), tested.edges["fdr"].to_numpy()
    assert ((p > 0) & (p <= 1) & (fdr >= p)).all()
    order = np.argsort(-p, kind="stable")  # Benjamini & Hochberg's step-up, from the largest p
    stepped = np.minimum.accumulate((p * len(p))[order] / np.arange(len(p), 0, -1))
    np.testing.assert_allclose(fdr[order], stepped)
    assert list(tested.edges["weight"]) == list(found.edges["weight"])
    assert tested.about["null"] == "2 refits to shuffled cells"


def test_mistakes_are_named(cells):
    found = graph(train("linear", cells, setting=Setting(effort=0.01)), cells)
    with pytest.raises(InputError, match="one shuffle or more"):
        edge_significance(found, "linear", cells, shuffles=0)
    joint = replace(found, about={"fields": ["linear", "sparse"]})
    with pytest.raises(InputError, match="a consensus of"):
        edge_significance(joint, "linear", cells)
    with pytest.raises(GeneNameError, match="the network's 3 genes"):
        edge_significance(found, "linear", cells.select_genes(["A", "B"]))
