"""Order of convergence, and the noiseless limit against SciPy."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from hillflow.errors import InputError, NumericalError
from hillflow.systems import Noise, Solver, build_system
from hillflow.systems.sde import METHODS, propagate


def strong_errors(method: str, steps: list[int]) -> np.ndarray:
    """Mean |X_1 − exact| of geometric Brownian motion on one Brownian path for all steps."""
    a, b, paths = 0.8, 0.7, 4000
    finest = max(steps)
    dw = np.random.default_rng(1).standard_normal((finest, paths, 1)) / np.sqrt(finest)
    exact = np.exp((a - 0.5 * b**2) + b * dw.sum(axis=0))
    errors = []
    for n in steps:
        x = np.ones((paths, 1))
        for kick in dw.reshape(n, finest // n, paths, 1).sum(axis=1):
            x = METHODS[method](lambda s: a * s, lambda s: b * s, x, 1.0 / n, kick)
        errors.append(np.abs(x - exact).mean())
    return np.array(errors)


@pytest.mark.parametrize(("method", "order"), [("euler-maruyama", 0.5), ("heun-milstein", 1.0)])
def test_strong_order_on_geometric_brownian_motion(method, order):
    steps = [16, 32, 64, 128, 256]
    slope = -np.polyfit(np.log(steps), np.log(strong_errors(method, steps)), 1)[0]
    assert slope == pytest.approx(order, abs=0.12)


@pytest.mark.parametrize(("method", "order"), [("euler-maruyama", 1), ("heun-milstein", 2)])
def test_weak_order_of_the_variance_with_additive_noise(method, order):
    """One step of dx = −x dt + σ dW is x → A x + B ΔW: its variance needs no sampling."""
    advance, sigma, errors, steps = METHODS[method], 0.5, [], [8, 16, 32, 64]
    for n in steps:
        dt = 1.0 / n

        def step(x, dw, dt=dt):
            return advance(lambda s: -s, lambda s: np.full_like(s, sigma), x, dt, dw)

        zero, one = np.zeros((1, 1)), np.ones((1, 1))
        shrink, kick = step(one, zero).item(), step(zero, one).item()
        variance = 0.0
        for _ in range(n):
            variance = shrink**2 * variance + kick**2 * dt
        errors.append(abs(variance - 0.5 * sigma**2 * (1.0 - np.exp(-2.0))))
    slope = -np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert slope == pytest.approx(order, abs=0.15)


@pytest.mark.parametrize("name", ["hematopoiesis", "six-gene", "repressilator"])
def test_noiseless_cells_follow_an_independent_integration(name):
    system = build_system(name).with_noise(Noise(size=0.0)).apply("")
    rng = np.random.default_rng(0)
    start = system.initial_states(5, rng)
    states, _ = propagate(system, start, [0.0, 1.5, 6.0], [(rng, 5)], Solver())
    assert (states[0] == start).all()
    for cell in range(5):
        solution = solve_ivp(
            lambda t, x: system.drift(x[None], t)[0],
            (0.0, 6.0), start[cell], "LSODA", [1.5, 6.0], rtol=1e-10, atol=1e-12,
        )  # fmt: skip
        assert states[1:, cell] == pytest.approx(solution.y.T, abs=1e-6)


@pytest.mark.parametrize("method", list(METHODS))
def test_little_noise_approaches_the_noiseless_limit(method):
    system = build_system("six-gene")
    rng = np.random.default_rng(0)
    start = system.initial_states(4, rng)
    quiet, _ = propagate(system.with_noise(Noise(size=0.0)), start, [3.0], [(rng, 4)], Solver())
    nearly = system.with_noise(Noise("additive", 1e-9))
    noisy, _ = propagate(nearly, start, [3.0], [(rng, 4)], Solver(method, step=0.005))
    assert noisy == pytest.approx(quiet, abs=1e-2 if method == "euler-maruyama" else 5e-5)


def test_levels_stay_in_the_orthant_under_strong_noise():
    system = build_system("toggle").with_noise(Noise("sqrt", 1.0))
    rng = np.random.default_rng(0)
    states, _ = propagate(
        system, system.initial_states(300, rng), [0.5, 2.0], [(rng, 300)], Solver()
    )
    assert states.min() == 0.0


def test_runaway_is_an_error_that_names_a_smaller_step():
    system = build_system("linear", weights=np.array([[60.0]]))
    rng = np.random.default_rng(0)
    with (
        np.errstate(all="ignore"),
        pytest.raises(NumericalError, match=r"Solver\(step=0\.005\)"),
    ):
        propagate(system, system.initial_states(2, rng), [200.0], [(rng, 2)], Solver())


def test_unknown_method_and_bad_step_are_refused():
    with pytest.raises(InputError, match="did you mean 'heun-milstein'"):
        Solver("heun-milsten")
    with pytest.raises(InputError, match="a step above 0"):
        Solver(step=0.0)
