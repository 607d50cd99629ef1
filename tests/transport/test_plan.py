from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

from hillflow.errors import InputError
from hillflow.transport import Sinkhorn, fit_plan
from hillflow.transport.pairs import Pairs


def _pairs(weight: np.ndarray) -> Pairs:
    n = len(weight)
    return Pairs(np.arange(n), np.arange(n)[::-1], weight, 0.0)


@pytest.mark.parametrize(
    "generator",
    [np.random.default_rng(0), torch.Generator().manual_seed(0)],
    ids=["numpy", "torch"],
)
def test_pairs_are_drawn_as_often_as_they_weigh(generator: object) -> None:
    weight = np.array([0.0, 1.0, 5.0, 0.5, 3.5, 0.0])
    drawn = _pairs(weight).sample(20_000, generator)
    counts = np.bincount(drawn.i, minlength=6)
    assert counts[0] == counts[5] == 0
    assert chisquare(counts[1:5], 2000 * weight[1:5]).pvalue > 1e-3
    assert (drawn.j == 5 - drawn.i).all()
    assert drawn.growth is None


def test_same_generator_draws_the_same_pairs() -> None:
    pairs = _pairs(np.ones(50))
    first, again = (pairs.sample(30, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first.i, again.i)


def test_growth_comes_with_its_pair() -> None:
    pairs = Pairs(np.arange(3), np.arange(3), np.ones(3), 0.0, growth=np.array([1.0, 2.0, 3.0]))
    drawn = pairs.sample(50, np.random.default_rng(0))
    assert drawn.growth is not None
    np.testing.assert_array_equal(drawn.growth, drawn.i + 1.0)


def test_the_last_pair_is_within_reach_when_rounding_hits_the_total() -> None:
    class Almost(np.random.Generator):
        def random(self, *args: object, **kwargs: object) -> np.ndarray:  # type: ignore[override]
            return np.array([1.0, 0.0])

    drawn = _pairs(np.ones(4)).sample(2, Almost(np.random.PCG64(0)))
    assert drawn.i.tolist() == [3, 0]


def test_cost_is_the_mean_squared_distance_under_the_plan() -> None:
    z0, z1 = np.array([[0.0], [1.0]]), np.array([[2.0], [4.0]])
    pairs = Pairs.measured(np.array([0, 1]), np.array([0, 1]), np.array([1.0, 3.0]), z0, z1)
    assert pairs.cost == pytest.approx((4 * 1 + 9 * 3) / 4)


def test_barycentric_targets_are_conditional_means(snapshots) -> None:
    plan = fit_plan(snapshots, "exact")
    values = snapshots.x
    for interval in plan:
        got = interval.barycentric(values)
        dense = interval.pairs.matrix(len(values), len(values)).toarray()[interval.start.rows]
        want = dense @ values / dense.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(got, want, rtol=1e-10)


def test_entropic_barycentric_targets_use_the_whole_plan(snapshots) -> None:
    coupling = Sinkhorn(epsilon=0.2, targets=3, precision="float64", tolerance=1e-10)
    interval = fit_plan(snapshots, coupling)[0]
    import ot

    states = snapshots.states()
    z0, z1 = states[interval.start.rows], states[interval.end.rows]
    cost = ot.dist(z0, z1)
    a, b = np.full(len(z0), 1 / len(z0)), np.full(len(z1), 1 / len(z1))
    dense = ot.sinkhorn(a, b, cost, 0.2 * cost.mean(), stopThr=1e-13, numItermax=10**5)
    want = dense @ snapshots.x[interval.end.rows] * len(z0)
    np.testing.assert_allclose(interval.barycentric(snapshots.x, states), want, rtol=1e-6)
    sampled = interval.barycentric(snapshots.x)
    assert not np.allclose(sampled, want, rtol=1e-3)  # three targets are an estimate


def test_intervals_carry_gap_condition_and_loan(snapshots) -> None:
    plan = fit_plan(snapshots, "independent")
    assert [(i.condition.name, i.start.time, i.end.time, i.starts_from_control) for i in plan] == [
        ("control", 0, 1, False),
        ("control", 1, 3, False),
        ("A=knockout", 0, 1, True),
        ("A=knockout", 1, 3, False),
    ]
    assert [i.gap for i in plan] == [1, 2, 1, 2]
    assert len(plan.of(plan[2].condition)) == 2
    with pytest.raises(InputError, match="interval from 0 to 3"):
        plan.sample(4, 10, np.random.default_rng(0))
