from __future__ import annotations

import math

import numpy as np
import ot
import pytest

from hillflow.transport import Sinkhorn, Unbalanced


def _dense(clouds, **options):
    coupling = Unbalanced(targets=100, precision="float64", tolerance=1e-12, **options)
    return coupling.couple(*clouds)


def test_dense_plan_is_that_of_pot(clouds) -> None:
    z0, z1, a, b = clouds
    cost = ot.dist(z0, z1)
    mean = float(a @ cost @ b)
    got = _dense(clouds, epsilon=0.1, tau=0.5, tau_target=2.0).matrix(40, 55).toarray()
    want = ot.unbalanced.sinkhorn_unbalanced(
        a, b, cost, 0.1 * mean, (0.5 * mean, 2.0 * mean), stopThr=1e-14, numItermax=50_000
    )
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-10)


def test_growth_carries_every_start_to_every_end(clouds) -> None:
    """Starting masses of the pairs sum to a; times growth, to b."""
    pairs = _dense(clouds, tau=0.3)
    plan = pairs.matrix(40, 55).toarray()
    start = pairs.weight * (clouds[2] / plan.sum(axis=1))[pairs.i]
    np.testing.assert_allclose(np.bincount(pairs.i, start), clouds[2], rtol=1e-9)
    np.testing.assert_allclose(np.bincount(pairs.j, start * pairs.growth), clouds[3], rtol=1e-6)


def test_firm_marginals_are_sinkhorn(clouds) -> None:
    options = {"targets": 100, "precision": "float64", "tolerance": 1e-11}
    want = Sinkhorn(**options).couple(*clouds)
    firm = _dense(clouds, tau=math.inf)
    np.testing.assert_allclose(
        firm.matrix(40, 55).toarray(), want.matrix(40, 55).toarray(), atol=1e-9
    )
    assert firm.growth is None
    nearly = _dense(clouds, tau=1e4, max_iterations=20_000)
    np.testing.assert_allclose(nearly.growth, 1, atol=1e-2)


def test_an_outlier_is_left_out() -> None:
    rng = np.random.default_rng(0)
    z0, z1 = rng.normal(size=(50, 2)), rng.normal(size=(50, 2))
    z1[0] = 100.0
    sent = _dense((z0, z1, None, None), tau=0.05).matrix(50, 50).sum(axis=0).A1
    assert sent[0] < 1e-3 * np.median(sent)


def test_a_branch_that_grows_has_growth() -> None:
    """Half of the cells at the start make three quarters of those at the end."""
    rng = np.random.default_rng(0)
    left, right = np.array([-5.0, 0]), np.array([5.0, 0])
    z0 = rng.normal(size=(200, 2)) * 0.3 + np.repeat([left, right], 100, axis=0)
    z1 = rng.normal(size=(200, 2)) * 0.3 + np.repeat([left, right], [50, 150], axis=0)
    pairs = Unbalanced(tau=0.05, epsilon=0.01).couple(z0, z1)
    start = pairs.i < 100
    assert np.median(pairs.growth[start]) == pytest.approx(0.5, rel=0.1)
    assert np.median(pairs.growth[~start]) == pytest.approx(1.5, rel=0.1)


def test_sizes_of_the_populations_are_their_weights() -> None:
    z = np.random.default_rng(0).normal(size=(30, 2))
    pairs = Unbalanced(tau=1.0, targets=30, precision="float64", tolerance=1e-10).couple(
        z, z, np.full(30, 1.0), np.full(30, 4.0)
    )
    start = 1.0 / np.bincount(pairs.i, pairs.weight)
    total = np.bincount(pairs.i, pairs.weight * pairs.growth) * start
    assert total.sum() == pytest.approx(120, rel=1e-6)
