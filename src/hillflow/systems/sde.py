"""Integrate dx = f(x) dt + g(x) dW (Itô, diagonal noise), and the case without noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp

from hillflow.errors import InputError, NumericalError, did_you_mean
from hillflow.systems.hill import Array
from hillflow.systems.system import RegulatorySystem

Coefficient = Callable[[Array], Array]  # [cells, states] to the same shape
Rate = Callable[[Array], Array]  # [cells, states] to [cells]
Stream = tuple[np.random.Generator, int]  # a generator, and the number of cells that use it
Tick = Callable[[], None]  # called after every step


def euler_maruyama(f: Coefficient, g: Coefficient, x: Array, dt: float, dw: Array) -> Array:
    """Return x + f dt + g ΔW (Maruyama 1955).

    Strong order ½ (1 if g is constant), weak order 1; one evaluation of the drift per step.
    """
    return x + f(x) * dt + g(x) * dw


def heun_milstein(f: Coefficient, g: Coefficient, x: Array, dt: float, dw: Array) -> Array:
    """Take a step with trapezoidal drift and the derivative-free Milstein correction.

        x̃ = x + f dt + g ΔW,    x̂ = x + f dt + g √dt,
        x + ½ (f(x) + f(x̃)) dt + g ΔW + (g(x̂) − g) (ΔW² − dt) / (2 √dt)

    Kloeden and Platen (1992), equation 11.1.7, with Heun's average for the drift. Strong order 1,
    weak order 1 (2 if g is constant), order 2 without noise; two evaluations of the drift per
    step.
    """
    drift, amplitude, root = f(x), g(x), np.sqrt(dt)
    increment = amplitude * dw
    euler = x + drift * dt
    milstein = (g(euler + amplitude * root) - amplitude) * (dw * dw - dt) / (2.0 * root)
    return x + 0.5 * (drift + f(euler + increment)) * dt + increment + milstein


METHODS = {"euler-maruyama": euler_maruyama, "heun-milstein": heun_milstein}


@dataclass(frozen=True)
class Solver:
    """Method and step of the integration of a system.

    Attributes
    ----------
    method
        ``"euler-maruyama"`` or ``"heun-milstein"``. Systems without noise are always integrated
        by SciPy's ``solve_ivp`` (DOP853).
    step
        Time step; None: the system's own.
    rtol, atol
        Tolerances of ``solve_ivp``.
    """

    method: str = "heun-milstein"
    step: float | None = None
    rtol: float = 1e-8
    atol: float = 1e-10

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise InputError(
                f"one of the methods {', '.join(METHODS)}",
                repr(self.method),
                did_you_mean(self.method, tuple(METHODS)),
            )
        if self.step is not None and not (np.isfinite(self.step) and self.step > 0.0):
            raise InputError("a step above 0", f"{self.step}", "leave it out or use 0.02")


def propagate(
    system: RegulatorySystem,
    state: Array,
    times: Sequence[float],
    streams: Sequence[Stream],
    solver: Solver,
    growth: Rate | None = None,
    tick: Tick = lambda: None,
) -> tuple[Array, Array]:
    """Integrate cells from time 0 through rising times ≥ 0.

    Parameters
    ----------
    system
        The system.
    state
        Cells at time 0, [cells, states].
    times
        When states are recorded.
    streams
        Generators, each with the number of consecutive rows that use it. The random numbers of
        a row depend only on its own stream.
    solver
        Method and step.
    growth
        Net growth rate of each cell, which is integrated along its path.
    tick
        Called after every step, to report progress.

    Returns
    -------
    states
        [times, cells, states].
    log_mass
        ∫ growth dt since time 0, [times, cells].
    """
    if system.noise.is_zero:
        states, log_mass = _propagate_without_noise(system, state, times, solver, growth)
    else:
        states, log_mass = _propagate_with_noise(
            system, state, times, streams, solver, growth, tick
        )
    if not np.isfinite(states).all():
        raise NumericalError(
            "finite levels",
            f"infinite or undefined ones in the system {system.name!r}",
            f"use a smaller step, for example Solver(step={(solver.step or system.step) / 4:g})",
        )
    return states, log_mass


def count_steps(system: RegulatorySystem, times: Sequence[float], solver: Solver) -> int:
    """Return the number of steps of :func:`propagate`; 0 without noise (adaptive steps)."""
    if system.noise.is_zero:
        return 0
    step = solver.step or system.step
    gaps = np.diff(np.asarray(times, dtype=float), prepend=0.0)
    return int(np.ceil(gaps / step - 1e-9).sum())


def _propagate_with_noise(
    system: RegulatorySystem,
    state: Array,
    times: Sequence[float],
    streams: Sequence[Stream],
    solver: Solver,
    growth: Rate | None,
    tick: Tick,
) -> tuple[Array, Array]:
    advance, step = METHODS[solver.method], solver.step or system.step
    dw = np.empty_like(state)
    log_mass = np.zeros(len(state))
    rate = growth(state) if growth else log_mass
    states, masses, now = [], [], 0.0
    for time in times:
        steps = int(np.ceil((time - now) / step - 1e-9))
        for _ in range(steps):
            dt = (time - now) / steps
            _fill_normal(dw, streams)
            dw *= np.sqrt(dt)
            state = advance(system.drift, system.diffusion, state, dt, dw)
            if system.nonnegative:
                np.maximum(state, 0.0, out=state)
            if growth:
                before, rate = rate, growth(state)
                log_mass = log_mass + 0.5 * (before + rate) * dt
            tick()
        now = time
        states.append(state)
        masses.append(log_mass)
    return np.stack(states), np.stack(masses)


def _propagate_without_noise(
    system: RegulatorySystem,
    state: Array,
    times: Sequence[float],
    solver: Solver,
    growth: Rate | None,
) -> tuple[Array, Array]:
    cells, n = state.shape

    def slope(t: float, flat: Array) -> Array:
        x = flat[: cells * n].reshape(cells, n)
        rate = growth(x) if growth else np.zeros(cells)
        return np.concatenate([system.drift(x, t).ravel(), rate])

    start = np.concatenate([state.ravel(), np.zeros(cells)])
    if times[-1] == 0.0:
        flat = start[None]
    else:
        solution = solve_ivp(
            slope, (0.0, times[-1]), start, "DOP853", times, rtol=solver.rtol, atol=solver.atol
        )
        if not solution.success:
            raise NumericalError(
                "an integrable system", solution.message, "raise rtol or shorten the times"
            )
        flat = solution.y.T
    return flat[:, : cells * n].reshape(-1, cells, n), flat[:, cells * n :]


def _fill_normal(out: Array, streams: Sequence[Stream]) -> None:
    first = 0
    for rng, rows in streams:
        rng.standard_normal(out=out[first : first + rows])
        first += rows
