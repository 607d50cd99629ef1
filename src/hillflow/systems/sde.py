"""Integration of dx = f(x) dt + g(x) dW (Itô, diagonal noise), and of the noiseless case."""

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
Stream = tuple[np.random.Generator, int]  # random numbers, and how many cells draw from them
Tick = Callable[[], None]  # called after every step


def euler_maruyama(f: Coefficient, g: Coefficient, x: Array, dt: float, dw: Array) -> Array:
    """x + f dt + g ΔW (Maruyama 1955).

    Strong order ½ (1 where g is constant), weak order 1; one drift a step.
    """
    return x + f(x) * dt + g(x) * dw


def heun_milstein(f: Coefficient, g: Coefficient, x: Array, dt: float, dw: Array) -> Array:
    """Trapezoidal drift with the derivative-free Milstein correction.

        x̃ = x + f dt + g ΔW,    x̂ = x + f dt + g √dt,
        x + ½ (f(x) + f(x̃)) dt + g ΔW + (g(x̂) − g) (ΔW² − dt) / (2 √dt)

    Kloeden and Platen (1992), equation 11.1.7, with Heun's average for the drift. Strong
    order 1, weak order 1 (2 where g is constant), order 2 without noise; two drifts a step.
    """
    drift, amplitude, root = f(x), g(x), np.sqrt(dt)
    kick = amplitude * dw
    ahead = x + drift * dt
    bend = (g(ahead + amplitude * root) - amplitude) * (dw * dw - dt) / (2.0 * root)
    return x + 0.5 * (drift + f(ahead + kick)) * dt + kick + bend


METHODS = {"euler-maruyama": euler_maruyama, "heun-milstein": heun_milstein}


@dataclass(frozen=True)
class Solver:
    """How to integrate.

    Attributes
    ----------
    method
        ``"euler-maruyama"`` or ``"heun-milstein"``. Noiseless systems go through SciPy's
        ``solve_ivp`` (DOP853) whatever is set here.
    step
        Time step; None takes the system's own.
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
    """Carry cells from time 0 through rising times ≥ 0.

    Parameters
    ----------
    system
        The law.
    state
        Cells at time 0, [cells, states].
    times
        When to record.
    streams
        Generators and the number of consecutive rows each feeds. The numbers that a row
        gets depend on its own stream alone.
    solver
        Method and step.
    growth
        Net growth rate of each cell, to be integrated along its path.
    tick
        Called after every step, for a display of progress.

    Returns
    -------
    states
        [times, cells, states].
    log_mass
        ∫ growth dt since time 0, [times, cells].
    """
    if system.noise.is_zero:
        states, log_mass = _propagate_smoothly(system, state, times, solver, growth)
    else:
        states, log_mass = _propagate_noisily(system, state, times, streams, solver, growth, tick)
    if not np.isfinite(states).all():
        raise NumericalError(
            "finite levels",
            f"numbers that ran away in the system {system.name!r}",
            f"take a smaller step, for example Solver(step={(solver.step or system.step) / 4:g})",
        )
    return states, log_mass


def count_steps(system: RegulatorySystem, times: Sequence[float], solver: Solver) -> int:
    """Steps that :func:`propagate` takes; 0 for a noiseless system, whose steps adapt."""
    if system.noise.is_zero:
        return 0
    step = solver.step or system.step
    gaps = np.diff(np.asarray(times, dtype=float), prepend=0.0)
    return int(np.ceil(gaps / step - 1e-9).sum())


def _propagate_noisily(
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


def _propagate_smoothly(
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
                "an integrable system", solution.message, "loosen rtol or shorten the times"
            )
        flat = solution.y.T
    return flat[:, : cells * n].reshape(-1, cells, n), flat[:, cells * n :]


def _fill_normal(out: Array, streams: Sequence[Stream]) -> None:
    first = 0
    for rng, rows in streams:
        rng.standard_normal(out=out[first : first + rows])
        first += rows
