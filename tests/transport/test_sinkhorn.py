from __future__ import annotations

import numpy as np
import ot
import pytest

from hillflow.transport import ExactOT, Independent, Sinkhorn, fit_plan


def _reference(clouds, relative: float) -> np.ndarray:
    z0, z1, a, b = clouds
    cost = ot.dist(z0, z1)
    return ot.sinkhorn(a, b, cost, relative * float(a @ cost @ b), stopThr=1e-13, numItermax=10**5)


def test_all_targets_kept_is_the_dense_plan(clouds) -> None:
    coupling = Sinkhorn(epsilon=0.1, targets=55, precision="float64", tolerance=1e-11)
    got = coupling.couple(*clouds).matrix(40, 55).toarray()
    np.testing.assert_allclose(got, _reference(clouds, 0.1), atol=1e-9)


def test_sampled_targets_have_the_plan_as_their_mean(clouds) -> None:
    coupling = Sinkhorn(epsilon=0.3, targets=5)
    seeds = 300
    mean = sum(coupling.couple(*clouds, seed=s).matrix(40, 55).toarray() for s in range(seeds))
    want = _reference(clouds, 0.3)
    error = np.sqrt(want * want.sum(axis=1, keepdims=True) / (5 * seeds)) + 1e-4
    assert (np.abs(mean / seeds - want) < 6 * error).all()


def test_every_source_sends_its_mass(clouds) -> None:
    for keep in ("sample", "top"):
        plan = Sinkhorn(targets=4, keep=keep).couple(*clouds).matrix(40, 55)
        np.testing.assert_allclose(plan.sum(axis=1).A1, clouds[2], atol=2e-3)
        assert (plan.getnnz(axis=1) <= 4).all()


def test_top_keeps_the_most_probable(clouds) -> None:
    pairs = Sinkhorn(epsilon=0.1, targets=1, keep="top", tolerance=1e-6).couple(*clouds)
    best = _reference(clouds, 0.1).argmax(axis=1)
    assert dict(zip(pairs.i, pairs.j, strict=True)) == dict(enumerate(best))


def test_cost_lies_between_exact_and_independent(clouds) -> None:
    costs = [
        coupling.couple(*clouds).cost
        for coupling in (ExactOT(), Sinkhorn(epsilon=0.02), Sinkhorn(epsilon=0.5), Independent(64))
    ]
    assert costs == sorted(costs)


def test_chunks_keep_source_mass_and_conditional_means(clouds) -> None:
    z0, z1, a, b = clouds
    pairs = Sinkhorn(chunk=20, targets=60).couple(z0, z1, a, b)
    assert len(pairs.entropic.chunks) == 3
    np.testing.assert_allclose(pairs.matrix(40, 55).sum(axis=1).A1, a, atol=2e-3)
    total, mass = np.zeros((40, 3)), np.zeros(40)
    # the potentials index z0 and z1 alike: give them states of their own rows
    for chunk in pairs.entropic.chunks:
        plan = pairs.entropic.matrix(chunk, z0, z1)
        np.add.at(total, chunk.i, plan @ z1[chunk.j])
        np.add.at(mass, chunk.i, plan.sum(axis=1))
    kept = pairs.matrix(40, 55)
    np.testing.assert_allclose(total / mass[:, None], kept @ z1 / kept.sum(axis=1).A1[:, None],
                               rtol=1e-3, atol=1e-3)  # fmt: skip


def test_gaussians_contract_as_the_closed_form_says() -> None:
    """Entropic plan of N(0, s²) and N(m, s²): E[z1 | z0] = m + c z0 / s² (Janati et al. 2020)."""
    rng = np.random.default_rng(0)
    s, shift, epsilon = 1.0, 2.0, 1.0
    z0, z1 = rng.normal(size=(1500, 1)) * s, rng.normal(size=(1500, 1)) * s + shift
    mean = 2 * s**2 + shift**2
    pairs = Sinkhorn(epsilon=epsilon / mean, targets=1500, precision="float64").couple(z0, z1)
    plan = pairs.matrix(1500, 1500)
    target = np.asarray(plan @ z1).ravel() * 1500
    # cost |x−y|²: the coupling's covariance c solves c² + (ε/2) c − s⁴ = 0
    covariance = -epsilon / 4 + np.sqrt(epsilon**2 / 16 + s**4)
    slope, intercept = np.polyfit(z0.ravel(), target, 1)
    assert slope == pytest.approx(covariance / s**2, abs=0.05)
    assert intercept == pytest.approx(shift, abs=0.08)


def test_memory_fixes_the_chunk(snapshots) -> None:
    assert fit_plan(snapshots, "sinkhorn", memory_mb=6).options["chunk"] == 512
    assert fit_plan(snapshots, "sinkhorn").options["chunk"] == 2048
