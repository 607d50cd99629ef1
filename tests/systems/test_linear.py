"""The linear system's cells against exact moments, and the moments against another way."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import solve_continuous_lyapunov

from hillflow.errors import InputError
from hillflow.interventions import Intervention
from hillflow.systems import Linear, Noise, Solver, simulate

WEIGHTS = np.array([[0.2, -1.1, 0.0], [0.9, 0.0, 0.0], [0.0, 0.7, -0.3]])


@pytest.fixture(scope="module")
def system():
    return Linear(WEIGHTS, decay=[1.0, 1.2, 0.8], offset=[1.0, -0.5, 0.3])


def test_moments_solve_the_moment_equations(system):
    """ṁ = A m + b and Ṗ = A P + P Aᵀ + σ² I, integrated by SciPy."""
    matrix, n = WEIGHTS - np.diag([1.0, 1.2, 0.8]), 3
    offset = np.array([1.0, -0.5, 0.3])

    def slope(_, flat):
        mean, cov = flat[:n], flat[n:].reshape(n, n)
        return np.concatenate(
            [matrix @ mean + offset, (matrix @ cov + cov @ matrix.T + 0.09 * np.eye(n)).ravel()]
        )

    start = np.concatenate([np.zeros(n), (0.04 * np.eye(n)).ravel()])
    end = solve_ivp(slope, (0, 1.7), start, rtol=1e-10, atol=1e-12).y[:, -1]
    assert system.mean(1.7) == pytest.approx(end[:n], abs=1e-7)
    assert system.covariance(1.7) == pytest.approx(end[n:].reshape(n, n), abs=1e-7)


def test_cells_have_the_stationary_mean_and_the_lyapunov_covariance(system):
    cells = 40_000
    data = simulate(system, (9.0,), cells, solver=Solver(step=0.05))
    x = data.population("control", 9.0).state
    matrix = WEIGHTS - np.diag([1.0, 1.2, 0.8])
    mean = np.linalg.solve(matrix, [-1.0, 0.5, -0.3])
    covariance = solve_continuous_lyapunov(matrix, -0.09 * np.eye(3))
    sd = np.sqrt(np.diag(covariance))
    assert x.mean(axis=0) == pytest.approx(mean, abs=5 * sd.max() / np.sqrt(cells))
    sampling = np.sqrt((np.outer(sd, sd) ** 2 + covariance**2) / cells)
    assert (np.abs(np.cov(x.T) - covariance) < 5 * sampling).all()


@pytest.mark.parametrize("method", ["euler-maruyama", "heun-milstein"])
def test_cells_have_the_moments_on_the_way(system, method):
    data = simulate(system, (0.4, 1.5), 8000, solver=Solver(method, 0.01))
    for time in (0.4, 1.5):
        x = data.population("control", time).state
        assert x.mean(axis=0) == pytest.approx(system.mean(time), abs=0.02)
        assert np.cov(x.T) == pytest.approx(system.covariance(time), abs=0.012)


def test_moments_under_an_intervention(system):
    knocked = system.apply("G1=ko")
    data = simulate(system, (12.0,), 6000, [Intervention.knockout("G1")], solver=Solver(step=0.05))
    x = data.population("G1", 12.0).state
    assert knocked.stationary_mean()[1] == pytest.approx(0.0)
    assert x.mean(axis=0) == pytest.approx(knocked.stationary_mean(), abs=0.02)
    assert np.cov(x.T) == pytest.approx(knocked.stationary_covariance(), abs=0.012)


@pytest.mark.parametrize("seed", range(5))
def test_random_systems_are_stable_and_repeatable(seed):
    system = Linear(genes=30, density=0.3, seed=seed)
    assert np.linalg.eigvals(system.matrix).real.max() <= -1.0 / 3.0 + 1e-9
    assert (system.weights == Linear(genes=30, density=0.3, seed=seed).weights).all()


def test_moments_are_refused_where_they_do_not_hold(system):
    with pytest.raises(InputError, match="closed-form moments"):
        system.apply("G0=clamp:1").stationary_mean()
    with pytest.raises(InputError, match="closed-form moments"):
        system.with_noise(Noise("proportional", 0.1)).stationary_covariance()


def test_bad_weights_are_refused():
    with pytest.raises(InputError, match="a square matrix"):
        Linear(np.ones((2, 3)))
    with pytest.raises(InputError, match="density between 0 and 1"):
        Linear(genes=4, density=1.5)
