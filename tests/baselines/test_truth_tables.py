"""Regulation by truth tables: laws that are known, and sets and scores by plain NumPy."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from hillflow.baselines.differences import Differences
from hillflow.baselines.truth_tables import CANDIDATES, REGULATORS, table_weights, truth_tables
from hillflow.data import Trajectories


def differences(velocity_of, genes: int = 5, rows: int = 400, noise: float = 0.05) -> Differences:
    """Random states, and the velocity of gene 0 by a law of the other genes' switches."""
    random = np.random.default_rng(1)
    x = random.uniform(0, 2, size=(rows, genes))
    half = (0.5 * np.quantile(x, 0.98, axis=0)) ** 2
    switched = x**2 / (x**2 + half)
    velocity = random.normal(size=x.shape) * noise
    velocity[:, 0] += velocity_of(switched) - 0.4 * x[:, 0]
    return Differences(x, velocity, np.ones(x.shape, dtype=bool), 200)


def test_and_of_a_gene_and_no_other_names_both_with_their_signs() -> None:
    weights = table_weights(differences(lambda h: h[:, 1] * (1 - h[:, 3])))[0]
    assert set(np.argsort(-np.abs(weights))[:2]) == {1, 3}
    assert weights[1] > 0 > weights[3]
    assert np.abs(weights[[0, 2, 4]]).max() < 0.05 * np.abs(weights[[1, 3]]).min()


def test_either_but_not_both_is_seen_though_neither_matters_by_itself() -> None:
    def exclusive(h):
        return h[:, 1] + h[:, 2] - 2 * h[:, 1] * h[:, 2]

    weights = np.abs(table_weights(differences(exclusive))[0])
    assert set(np.argsort(-weights)[:2]) == {1, 2}


def test_the_weight_is_the_root_of_the_share_that_rests_on_the_edge() -> None:
    """Of one regulator of a clean law: all of the variance but what decay and the mean explain."""
    found = differences(lambda h: h[:, 2], noise=1e-6)
    weight = table_weights(found)[0, 2]
    terms = np.column_stack([np.ones(len(found.x)), found.x[:, 0]])
    y = found.velocity[:, 0]
    missed = y - terms @ np.linalg.lstsq(terms, y, rcond=None)[0]
    assert weight**2 == pytest.approx(missed.var() / y.var(), rel=0.05)


def test_every_set_is_weighed_by_its_bic() -> None:
    found = differences(lambda h: 0.5 * h[:, 1] + 0.3 * h[:, 2] * h[:, 4], noise=0.3)
    x, y, n = found.x, found.velocity[:, 0], found.observations
    half = (0.5 * np.quantile(x, 0.98, axis=0)) ** 2
    h = x**2 / (x**2 + half)
    error, bic = {}, {}
    for size in range(REGULATORS + 1):
        for regulators in combinations(range(1, 5), size):
            parts = [p for k in range(size + 1) for p in combinations(regulators, k)]
            terms = np.column_stack([*(h[:, list(p)].prod(axis=1) for p in parts), x[:, 0]])
            terms /= np.sqrt((terms**2).mean(axis=0))
            # the ridge as one more observation of each coefficient at 0
            eye = np.sqrt(len(y) / n) * np.eye(terms.shape[1])
            stacked = np.vstack([terms, eye]), np.concatenate([y, np.zeros(len(eye))])
            w = np.linalg.lstsq(*stacked, rcond=None)[0]
            error[regulators] = ((y - terms @ w) ** 2).mean()
            bic[regulators] = n * np.log(error[regulators]) + len(w) * np.log(n)
    values = np.array(list(bic.values()))
    p = np.exp(-0.5 * (values - values.min()))
    p /= p.sum()
    lost = np.zeros(5)
    for share, regulators in zip(p, bic, strict=True):
        for source in regulators:
            without = error[tuple(k for k in regulators if k != source)]
            lost[source] += share * max(without - error[regulators], 0)
    np.testing.assert_allclose(np.abs(table_weights(found)[0]), np.sqrt(lost / y.var()), atol=1e-7)


def test_what_was_perturbed_is_left_out_and_few_rows_say_nothing() -> None:
    found = differences(lambda h: h[:, 1])
    found.free[:, 2] = False
    found.free[5:, 3] = False
    weights = table_weights(found)
    assert (weights[[2, 3]] == 0).all()
    assert abs(weights[0, 1]) > 0.5


def test_of_many_genes_the_best_by_themselves_are_looked_at() -> None:
    found = differences(lambda h: h[:, 7] - h[:, 15], genes=CANDIDATES + 8)
    weights = table_weights(found)
    assert (np.count_nonzero(weights, axis=1) <= CANDIDATES).all()
    assert set(np.argsort(-np.abs(weights[0]))[:2]) == {7, 15}


def test_a_gene_that_hardly_any_cell_has_is_switched_at_half_of_its_highest_level() -> None:
    found = differences(lambda h: h[:, 1])
    found.x[:, 4] = 0
    found.x[:4, 4] = (0.01, 0.01, 0.01, 2.0)
    found.velocity[3, 0] += 50.0  # where it is on, and not where there is a trace of it
    weights = table_weights(found)[0]
    assert np.argmax(np.abs(weights)) == 4
    assert weights[4] > 0.9


def test_levels_below_zero_are_measured_from_the_lowest() -> None:
    times = np.linspace(0, 4, 9)
    a = np.stack([np.sin(times + phase) for phase in np.linspace(0, 6, 30)])
    b = np.cumsum(a, axis=1) * 0.1
    x = np.stack([a - 3, b], axis=2)
    table = truth_tables(Trajectories.from_arrays(x, times, ("A", "B")))
    assert table.pairs()[0] == ("A", "B")
    assert np.isfinite(table.weight).all()
