"""The plan of a Schrödinger bridge against that of two Gaussians in closed form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hillflow.data import Snapshots
from hillflow.errors import InputError
from hillflow.transport import Schrodinger, Sinkhorn, fit_plan

from ..gaussian_bridge import BRIDGE


@pytest.fixture(scope="module")
def ends() -> Snapshots:
    return BRIDGE.snapshots(900)


def covariance(plan, cells: Snapshots) -> np.ndarray:
    """Cov(x0, x1) under the pairs of the only interval."""
    pairs = plan[0].pairs
    x0, x1, weight = cells.x[pairs.i], cells.x[pairs.j], pairs.weight / pairs.weight.sum()
    return ((x0 - BRIDGE.m0) * weight[:, None]).T @ (x1 - BRIDGE.m1)


@pytest.mark.parametrize("whiten", [False, True])
@pytest.mark.parametrize("sigma", [0.6, 1.0])
def test_the_plan_is_that_of_the_gaussian_bridge(ends, sigma, whiten) -> None:
    cells = ends.with_basis(2, whiten=whiten)
    plan = fit_plan(cells, Schrodinger(sigma=sigma))
    exact = replace(BRIDGE, sigma=sigma).coupled
    np.testing.assert_allclose(covariance(plan, cells), exact, atol=0.04)
    assert plan.options["sigma"] == sigma
    assert (plan[0].pairs.entropic is None) is whiten


def test_noise_grows_with_the_time_between_populations(ends) -> None:
    faster = replace(ends, time=ends.time / 4)
    cells = faster.with_basis(2)
    plan = fit_plan(cells, Schrodinger(sigma=1.2))
    np.testing.assert_allclose(
        covariance(plan, cells), replace(BRIDGE, sigma=1.2, gap=0.5).coupled, atol=0.04
    )
    same = fit_plan(cells, Sinkhorn(epsilon=1.0)).options
    assert "sigma" not in same


def test_a_sigma_is_chosen_from_the_distances_in_the_unit_of_time() -> None:
    random = np.random.default_rng(0)
    x = np.concatenate([random.normal(m, 1.0, (200, 2)) for m in (0.0, 1.0, 3.0)])
    cells = Snapshots.from_arrays(x, np.repeat([0.0, 1.0, 5.0], 200), ["A", "B"]).with_basis(2)
    squared = []
    for a, b, gap in ((0, 1, 1.0), (1, 2, 4.0)):
        z0, z1 = x[200 * a : 200 * a + 200], x[200 * b : 200 * b + 200]
        squared.append(((z0[:, None] - z1[None]) ** 2).mean() / gap)
    sigma = fit_plan(cells, Schrodinger()).options["sigma"]
    assert sigma == pytest.approx(np.sqrt(0.05 * np.median(squared)))
    slower = replace(cells, time=100 * cells.time)
    assert fit_plan(slower, Schrodinger()).options["sigma"] == pytest.approx(sigma / 10)
    doubled = fit_plan(cells, Schrodinger(epsilon=0.2)).options["sigma"]
    assert doubled == pytest.approx(2 * sigma)


def test_relaxed_marginals_give_growth() -> None:
    random = np.random.default_rng(0)
    near, far = random.normal(0, 0.1, (60, 1)), random.normal(5, 0.1, (60, 1))
    start, end = np.concatenate([near, far]), np.concatenate([near, far[:20]])
    pairs = Schrodinger(sigma=0.2, tau=0.05).couple(start, end)
    assert pairs.growth is not None
    grown = np.bincount(pairs.i, pairs.weight * pairs.growth, 120) / np.bincount(
        pairs.i, pairs.weight, 120
    )
    assert grown[:60].mean() > 1.2
    assert grown[60:].mean() < 0.8
    assert Schrodinger(sigma=0.2).couple(start, end).growth is None


@pytest.mark.parametrize("option", ["sigma", "tau", "gap"])
def test_numbers_of_no_sense_are_refused(option) -> None:
    with pytest.raises(InputError, match=f"{option} above 0"):
        Schrodinger(**{option: 0.0})
