from __future__ import annotations

import math

import numpy as np
import ot
import pytest
import torch

from hillflow.errors import HillflowWarning, NumericalError
from hillflow.transport import Sinkhorn, Unbalanced, WassersteinFisherRao
from hillflow.transport.entropic import (
    BALANCED,
    Relaxation,
    solve_potentials,
    squared_cost,
    wfr_cost,
)


def _plan(clouds, epsilon, relaxation=BALANCED, dtype=torch.float64, **options) -> np.ndarray:
    z0, z1, a, b = (torch.as_tensor(part, dtype=dtype) for part in clouds)
    cost = squared_cost(z0, z1)
    phi, psi = solve_potentials(cost, a, b, epsilon, relaxation, **options)
    return (a[:, None] * b * torch.exp(phi[:, None] + psi - cost / epsilon)).numpy()


@pytest.mark.parametrize("epsilon", [5.0, 0.5, 0.05])
def test_balanced_plan_is_that_of_pot(clouds, epsilon) -> None:
    z0, z1, a, b = clouds
    got = _plan(clouds, epsilon, tolerance=1e-12, max_iterations=100_000)
    method = "sinkhorn_log" if epsilon < 0.1 else "sinkhorn"
    want = ot.sinkhorn(
        a, b, ot.dist(z0, z1), epsilon, method=method, stopThr=1e-12, numItermax=100_000
    )
    np.testing.assert_allclose(got, want, atol=1e-8)
    np.testing.assert_allclose(got.sum(axis=0), b, rtol=1e-9)


@pytest.mark.parametrize("rho", [(1.0, 1.0), (0.3, 5.0), (20.0, 0.5)])
def test_relaxed_plan_is_that_of_pot(clouds, rho) -> None:
    z0, z1, a, b = clouds
    a, b = 1.0 * a, 1.7 * b  # populations of different mass
    got = _plan((z0, z1, a, b), 0.3, Relaxation(*rho), tolerance=1e-13, max_iterations=50_000)
    want = ot.unbalanced.sinkhorn_unbalanced(
        a, b, ot.dist(z0, z1), 0.3, rho, stopThr=1e-14, numItermax=50_000, reg_type="kl"
    )
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-12)


def test_small_entropy_tends_to_the_plan_without_entropy(clouds) -> None:
    z0, z1, a, b = clouds
    cost = ot.dist(z0, z1)
    got = _plan(clouds, 0.01, Relaxation(1.0, 1.0), tolerance=1e-9, max_iterations=20_000)
    want = ot.unbalanced.mm_unbalanced(a, b, cost, 1.0, div="kl", numItermax=50_000)
    assert got.sum() == pytest.approx(want.sum(), rel=0.02)
    np.testing.assert_allclose(got.sum(axis=1), want.sum(axis=1), atol=0.004)
    np.testing.assert_allclose((got * cost).sum(), (want * cost).sum(), rtol=0.05)


def test_single_precision_holds_where_the_kernel_underflows(clouds) -> None:
    """exp(−C/ε) is below the smallest float32 for most pairs: only absorption saves the plan."""
    z0, z1, a, b = clouds
    far = (10 * z0, 10 * z1, a, b)  # costs of some 500, ε = 1
    assert np.median(ot.dist(*far[:2])) > 200
    got = _plan(far, 1.0, dtype=torch.float32, tolerance=1e-5, max_iterations=50_000)
    want = _plan(far, 1.0, dtype=torch.float64, tolerance=1e-9, max_iterations=100_000)
    np.testing.assert_allclose(got, want, atol=1e-4)
    np.testing.assert_allclose(got.sum(axis=1), a, atol=1e-4)


def test_giving_up_is_said(clouds) -> None:
    with pytest.warns(HillflowWarning, match="after 3 iterations"):
        _plan(clouds, 0.01, tolerance=1e-9, max_iterations=3)


def test_a_plan_that_is_no_number_is_an_error(clouds) -> None:
    z0, z1, a, b = clouds
    with pytest.raises(NumericalError, match="finite potentials"):
        _plan((z0 * np.nan, z1, a, b), 0.1)


def test_wfr_cost_is_quadratic_near_and_cut_off_far() -> None:
    zero = torch.zeros(1, 1, dtype=torch.float64)
    points = torch.tensor([[0.0], [0.02], [1.0], [3.0], [100.0]], dtype=torch.float64)
    cost = wfr_cost(zero, points, delta=2.0)[0]
    assert cost[0] == 0
    assert float(cost[1]) == pytest.approx(0.02**2 / (4 * 4), rel=1e-4)
    assert float(cost[3]) == pytest.approx(-math.log(math.cos(3 / 4) ** 2))
    assert float(cost[4]) == pytest.approx(40)  # beyond π δ nothing is moved


@pytest.mark.parametrize("coupling", [Sinkhorn, Unbalanced, WassersteinFisherRao])
def test_kept_potentials_give_the_plan_back(coupling, clouds) -> None:
    z0, z1, a, b = clouds
    pairs = coupling(precision="float64", targets=100, tolerance=1e-9).couple(z0, z1, a, b)
    (chunk,) = pairs.entropic.chunks
    plan = np.zeros((40, 55))
    plan[np.ix_(chunk.i, chunk.j)] = pairs.entropic.matrix(chunk, z0, z1)
    kept = pairs.matrix(40, 55).toarray()  # 100 ≥ 55 targets: nothing left out
    share = plan / plan.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(kept / kept.sum(axis=1, keepdims=True), share, rtol=1e-9)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("coupling", [Sinkhorn, Unbalanced, WassersteinFisherRao])
def test_the_device_does_not_change_the_plan(coupling, clouds) -> None:
    here, there = (
        coupling(precision="float64", keep="top", device=device).couple(*clouds)
        for device in ("cpu", "cuda")
    )
    np.testing.assert_allclose(
        here.matrix(40, 55).toarray(), there.matrix(40, 55).toarray(), atol=1e-9
    )
