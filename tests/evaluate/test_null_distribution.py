"""Nulls: what they keep, and that p is uniform where nothing was found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from hillflow.errors import InputError
from hillflow.evaluate import NetworkScores, Universe, network_scores, null_distribution
from hillflow.evaluate.null_distribution import rewire

GENES = tuple(f"g{k}" for k in range(12))
HUBS = np.linspace(0.1, 0.8, 12)


def truth_of(edges: np.ndarray) -> pd.DataFrame:
    source, target = np.nonzero(edges)
    names = np.array(GENES)
    return pd.DataFrame({"source": names[source], "target": names[target]})


def drawn(random: np.random.Generator) -> np.ndarray:
    """Edges [sources, targets] whose regulators differ in how much they do."""
    edges = random.random((12, 12)) < HUBS[:, None]
    edges[np.eye(12, dtype=bool)] = False
    return edges


def scored(matrix: np.ndarray, edges: np.ndarray) -> NetworkScores:
    return network_scores(matrix, truth_of(edges), Universe.ordered_pairs(GENES), genes=GENES)


def test_rewiring_keeps_degrees_and_the_universe_and_forgets_the_edges() -> None:
    random = np.random.default_rng(0)
    edges = drawn(random)
    universe = Universe.ordered_pairs(GENES).without([("g0", "g1"), ("g3", "g2")], "two pairs")
    edges[0, 1] = edges[3, 2] = False
    before = edges.copy()
    rewire(edges, universe, random)
    np.testing.assert_array_equal(edges.sum(0), before.sum(0))
    np.testing.assert_array_equal(edges.sum(1), before.sum(1))
    assert not edges[~universe.counted].any()
    assert (edges & before).sum() < 0.8 * before.sum()


def test_rewiring_reaches_every_network_of_the_degrees_alike() -> None:
    # three sources, four targets, all degrees given: count the networks by brute force
    degrees_out, degrees_in = np.array([2, 2, 1]), np.array([2, 1, 1, 1])
    every = {
        bits
        for bits in range(2**12)
        if (m := np.array([bits >> k & 1 for k in range(12)]).reshape(3, 4)).sum(1).tolist()
        == degrees_out.tolist()
        and m.sum(0).tolist() == degrees_in.tolist()
    }
    universe = Universe.of_pairs([(f"s{i}", f"t{j}") for i in range(3) for j in range(4)])
    first = min(every)
    edges = np.array([first >> k & 1 for k in range(12)], dtype=bool).reshape(3, 4)
    random = np.random.default_rng(0)
    visits = dict.fromkeys(every, 0)
    for _ in range(2000):
        rewire(edges, universe, random)
        visits[int((edges.reshape(-1) * 2 ** np.arange(12)).sum())] += 1
    counts = np.array(list(visits.values()))
    expected = 2000 / len(every)
    assert (np.abs(counts - expected) < 5 * np.sqrt(expected)).all()


@pytest.mark.parametrize("kind", ["labels", "degrees"])
def test_p_is_uniform_where_nothing_was_found(kind: str) -> None:
    p = []
    for seed in range(80):
        random = np.random.default_rng(seed)
        edges = drawn(random)
        universe = Universe.ordered_pairs(GENES)
        rewire(edges, universe, random, trades=20)
        scores = scored(random.normal(size=(12, 12)), edges)
        p.append(null_distribution(scores, kind, draws=24, seed=seed).p)
    assert kstest(p, "uniform").pvalue > 0.01


def test_a_ranking_by_hubs_alone_beats_permuted_labels_and_not_degrees() -> None:
    random = np.random.default_rng(3)
    edges = drawn(random)
    out_degree = edges.sum(1).astype(float)
    scores = scored(np.tile(out_degree, (12, 1)) + 1e-3 * random.random((12, 12)), edges)
    by_labels, by_degrees = (
        null_distribution(scores, "labels"),
        null_distribution(scores, "degrees"),
    )
    assert by_labels.p == 1 / 200
    assert by_labels.high < scores.ap
    assert by_degrees.p > 0.05
    assert by_degrees.low <= scores.ap <= by_degrees.high


def test_the_truth_itself_beats_both() -> None:
    edges = drawn(np.random.default_rng(1))
    scores = scored(edges.T.astype(float), edges)
    for kind in ("labels", "degrees"):
        found = null_distribution(scores, kind, draws=99)
        assert found.p == 0.01
        assert (found.precision_low <= found.precision_high).all()
        assert found.to_json()["interval"] == [found.low, found.high]


def test_same_seed_same_shuffles() -> None:
    edges = drawn(np.random.default_rng(1))
    scores = scored(np.random.default_rng(0).normal(size=(12, 12)), edges)
    one, same, other = (null_distribution(scores, draws=20, seed=seed).values for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_mistakes() -> None:
    edges = drawn(np.random.default_rng(1))
    scores = scored(edges.T.astype(float), edges)
    with pytest.raises(InputError, match="did you mean 'degrees'"):
        null_distribution(scores, "degree")
    with pytest.raises(InputError, match="one shuffle or more"):
        null_distribution(scores, draws=0)


def test_a_reference_that_cannot_be_rewired_says_so() -> None:
    # two regulators that share all targets but their own: nothing to put on the table
    edges = np.zeros((12, 12), dtype=bool)
    edges[:2, 2:8] = True
    scores = scored(edges.T.astype(float), edges)
    stuck = null_distribution(scores, "degrees")
    assert (stuck.different, stuck.moved, stuck.p) == (1, 0.0, 1.0)
    assert not stuck.informative
    assert stuck.to_json()["tells"] is False
    by_labels = null_distribution(scores, "labels")
    assert by_labels.informative
    assert by_labels.moved == pytest.approx(1 - 12 / 132, abs=0.02)
    assert by_labels.p == 1 / 200


def test_few_networks_are_counted_and_many_tell_at_any_number_of_draws() -> None:
    edges = np.zeros((12, 12), dtype=bool)
    edges[0, 2], edges[1, 3] = True, True  # the one other network swaps the two
    two = null_distribution(scored(edges.T.astype(float), edges), "degrees")
    assert two.different == 2
    assert two.moved == pytest.approx(0.5, abs=0.15)
    assert not two.informative
    many = drawn(np.random.default_rng(1))
    for draws in (1, 9, 199):
        assert null_distribution(
            scored(many.T.astype(float), many), "degrees", draws=draws
        ).informative
