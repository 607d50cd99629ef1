from __future__ import annotations

import logging
import warnings

import numpy as np
import ot
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from hillflow.errors import NumericalError
from hillflow.transport import ExactOT, Independent, fit_plan
from hillflow.transport.exact import solve_exact, squared_distances


def test_equal_populations_are_matched_one_to_one() -> None:
    rng = np.random.default_rng(0)
    z0, z1 = rng.normal(size=(60, 3)), rng.normal(size=(60, 3)) + 1
    pairs = ExactOT().couple(z0, z1)
    rows, columns = linear_sum_assignment(squared_distances(z0, z1))
    assert dict(zip(pairs.i, pairs.j, strict=True)) == dict(zip(rows, columns, strict=True))


def test_weighted_populations_cost_what_pot_says(clouds) -> None:
    z0, z1, w0, w1 = clouds
    pairs = ExactOT().couple(z0, z1, w0, w1)
    assert pairs.cost == pytest.approx(ot.emd2(w0, w1, ot.dist(z0, z1)), rel=1e-9)
    plan = pairs.matrix(40, 55)
    np.testing.assert_allclose(plan.sum(axis=1).A1, w0, atol=1e-9)
    np.testing.assert_allclose(plan.sum(axis=0).A1, w1, atol=1e-9)


@given(st.integers(0, 2**31), st.integers(1, 70), st.integers(1, 70))
def test_chunks_keep_the_marginals_and_never_beat_the_optimum(seed, n, m) -> None:
    rng = np.random.default_rng(seed)
    z0, z1 = rng.normal(size=(n, 2)), rng.normal(size=(m, 2))
    w0, w1 = rng.uniform(0.1, 3, n), rng.uniform(0.1, 3, m)
    pairs = ExactOT(chunk=8, refinements=3).couple(z0, z1, w0, w1, seed)
    plan = pairs.matrix(n, m)
    np.testing.assert_allclose(plan.sum(axis=1).A1, w0 / w0.sum(), atol=1e-6)
    np.testing.assert_allclose(plan.sum(axis=0).A1, w1 / w1.sum(), atol=1e-6)
    best = ExactOT(chunk=1000).couple(z0, z1, w0, w1).cost
    assert pairs.cost >= best * (1 - 1e-5) - 1e-9


def test_refinement_closes_in_on_the_optimum() -> None:
    rng = np.random.default_rng(0)
    z0, z1 = rng.normal(size=(600, 5)), 1.2 * rng.normal(size=(600, 5)) + 0.5
    best = ExactOT().couple(z0, z1).cost
    costs = [
        ExactOT(chunk=100, refinements=k, tolerance=1e-9).couple(z0, z1).cost for k in range(5)
    ]
    assert (np.diff(costs) <= 1e-9).all()
    assert costs[0] > 1.2 * best
    assert costs[-1] < 1.05 * best


def test_equal_cells_stay_whole_through_refinement() -> None:
    rng = np.random.default_rng(0)
    z0, z1 = rng.normal(size=(400, 3)), rng.normal(size=(400, 3))
    pairs = ExactOT(chunk=100).couple(z0, z1)
    assert len(pairs) == 400
    np.testing.assert_array_equal(np.sort(pairs.j), np.arange(400))


def test_the_solver_goes_on_until_it_is_done(monkeypatch) -> None:
    """POT stops early in silence but for a warning: the number of iterations is raised."""
    allowed = []
    true = ot.emd

    def impatient(a, b, cost, numItermax, log):
        allowed.append(numItermax)
        return true(a, b, cost, numItermax=numItermax // 1000, log=log)

    monkeypatch.setattr(ot, "emd", impatient)
    rng = np.random.default_rng(0)
    cost = rng.random((200, 200))
    a = np.full(200, 1 / 200)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plan = solve_exact(a, a, cost)
    rows, columns = linear_sum_assignment(cost)
    assert (plan * cost).sum() == pytest.approx(cost[rows, columns].mean())
    assert allowed == [10**6, 10**8]


def test_a_problem_without_solution_is_an_error(monkeypatch) -> None:
    monkeypatch.setattr(
        ot, "emd", lambda *args, **kwargs: (np.zeros((2, 2)), {"warning": "Problem infeasible"})
    )
    with pytest.raises(NumericalError, match="infeasible"):
        solve_exact(np.ones(2), np.ones(2), np.ones((2, 2)))


def test_the_chunk_comes_from_the_memory_and_is_said(snapshots, caplog) -> None:
    with caplog.at_level(logging.INFO, logger="hillflow.transport"):
        assert fit_plan(snapshots, ExactOT(), memory_mb=16).options["chunk"] == 512
    assert "at most 512 cells (16 MB)" in caplog.text
    assert fit_plan(snapshots, ExactOT()).options["chunk"] == 1024
    assert fit_plan(snapshots, ExactOT(chunk=77)).options["chunk"] == 77


def test_on_embryoid_bodies_chunks_stay_within_three_percent(benchmark_data) -> None:
    import anndata

    data = anndata.read_h5ad(benchmark_data / "eb5" / "expression.h5ad")
    x, time = np.asarray(data.X, dtype=float), data.obs["time"].to_numpy()
    first, second = np.unique(time)[:2]
    z0, z1 = x[time == first], x[time == second]
    best = ExactOT(chunk=10_000).couple(z0, z1).cost
    assert ExactOT(chunk=256).couple(z0, z1).cost < 1.03 * best
    assert Independent().couple(z0, z1).cost > 2 * best
