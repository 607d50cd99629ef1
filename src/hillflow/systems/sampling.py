"""Simulate cells of a known system: snapshots of different cells, or series of the same cells."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hillflow.errors import InputError, InterventionError, TimeError, UnsupportedError
from hillflow.interventions import Intervention
from hillflow.seeds import check_seed
from hillflow.systems.growth import Growth, resample
from hillflow.systems.hill import Array
from hillflow.systems.measurement import Measurement
from hillflow.systems.noise import Noise
from hillflow.systems.sde import Solver, Tick, count_steps, propagate
from hillflow.systems.simulated import Population, SimulatedData
from hillflow.systems.system import RegulatorySystem

_MOST_CELLS = 10_000_000  # of a population: with ten genes, 400 MB
ROWS_AT_ONCE = 4096  # conditions are integrated together up to this many rows, to fit the cache
MOST_STEPS = 5_000_000
SECONDS_PER_STEP = 1e-4  # for the smallest system, so a lower bound

StepCallback = Callable[[int, int], None]  # (steps done, total steps)


def simulate(
    system: RegulatorySystem,
    times: Sequence[float],
    cells: int,
    interventions: Sequence[Intervention | str] = (),
    *,
    seed: int = 0,
    noise: Noise | None = None,
    growth: Growth | None = None,
    measurement: Measurement | None = None,
    solver: Solver | None = None,
    progress: StepCallback | None = None,
) -> SimulatedData:
    """Simulate snapshots: every time and condition has its own, independent cells.

    Each (condition, time) has its own random stream, which does not depend on the other
    conditions and times: leaving one out changes no byte of the others.

    Parameters
    ----------
    system
        The known system.
    times
        When cells are measured, 0 or later and rising.
    cells
        Number of cells at each time of each condition.
    interventions
        Conditions besides the control, which is always simulated. Perturbed cells start
        from the same distribution as the control at time 0.
    seed
        The same seed gives the same bytes.
    noise
        Intrinsic noise instead of the system's own.
    growth
        Division and death; cells are then sampled in proportion to their descendants.
    measurement
        Measurement error; by default none.
    solver
        Method and step of the integration.
    progress
        Called after every step with the number of steps done and the total.

    Returns
    -------
    SimulatedData
        One population for each condition and time, with the true states and velocities.

    Examples
    --------
    >>> from hillflow.systems import build_system, simulate
    >>> data = simulate(build_system("toggle"), (0, 1, 2), cells=20, interventions=["A=ko"])
    >>> [(p.intervention.name, p.time, len(p)) for p in data.populations][-1]
    ('A=knockout', 2.0, 20)
    """
    run = _Run.prepare(system, times, cells, interventions, seed, noise, measurement, solver)
    pool = cells * (growth.pool if growth else 1)
    tick = run.step_callback([[time] for time in run.times], pool, progress)
    populations: dict[tuple[str, float], Population] = {}
    for time in run.times:
        for block in run.blocks(pool):
            streams = [run.stream(condition, time) for condition in block]
            states, log_mass = run.propagate(block, [time], streams, pool, growth, tick)
            for i, condition in enumerate(block):
                rows = slice(i * pool, (i + 1) * pool)
                state, mass = states[0, rows], log_mass[0, rows]
                if growth:
                    chosen = resample(mass, cells, streams[i])
                    relative = float(np.exp(mass).mean())
                    state, mass = state[chosen], mass[chosen]
                else:
                    relative = 1.0
                populations[condition.name, time] = run.measure(
                    condition, time, state, growth, relative, mass
                )
    ordered = [populations[c.name, time] for c in run.conditions for time in run.times]
    return run.collect(ordered, is_series=False)


def simulate_trajectories(
    system: RegulatorySystem,
    times: Sequence[float],
    cells: int,
    interventions: Sequence[Intervention | str] = (),
    *,
    seed: int = 0,
    noise: Noise | None = None,
    growth: Growth | None = None,
    measurement: Measurement | None = None,
    solver: Solver | None = None,
    progress: StepCallback | None = None,
) -> SimulatedData:
    """Simulate series: the same cells are measured at all times.

    Parameters
    ----------
    system, times, interventions, seed, noise, measurement, solver, progress
        As in :func:`simulate`.
    cells
        Number of series of each condition.
    growth
        Division and death; cells are not resampled, and ``log_mass`` is their weight.

    Returns
    -------
    SimulatedData
        In its AnnData, ``obs["series"]`` names the series of each row.

    Examples
    --------
    >>> from hillflow.systems import build_system, simulate_trajectories
    >>> data = simulate_trajectories(build_system("repressilator"), (0, 1, 2), cells=4)
    >>> data.to_anndata().obs["series"].nunique()
    4
    """
    run = _Run.prepare(system, times, cells, interventions, seed, noise, measurement, solver)
    tick = run.step_callback([run.times], cells, progress)
    populations: dict[str, list[Population]] = {}
    for block in run.blocks(cells):
        streams = [run.stream(condition, None) for condition in block]
        states, log_mass = run.propagate(block, run.times, streams, cells, growth, tick)
        for i, condition in enumerate(block):
            rows = slice(i * cells, (i + 1) * cells)
            populations[condition.name] = [
                run.measure(
                    condition, time, states[k, rows], growth,
                    float(np.exp(log_mass[k, rows]).mean()), log_mass[k, rows],
                )
                for k, time in enumerate(run.times)
            ]  # fmt: skip
    return run.collect([p for c in run.conditions for p in populations[c.name]], is_series=True)


@dataclass(frozen=True)
class _Run:
    """The checked inputs of a simulation, and the steps shared by snapshots and series."""

    system: RegulatorySystem
    times: tuple[float, ...]
    cells: int
    conditions: tuple[Intervention, ...]
    seed: int
    measurement: Measurement
    solver: Solver

    @classmethod
    def prepare(
        cls,
        system: RegulatorySystem,
        times: Sequence[float],
        cells: int,
        interventions: Sequence[Intervention | str],
        seed: int,
        noise: Noise | None,
        measurement: Measurement | None,
        solver: Solver | None,
    ) -> _Run:
        measurement = measurement or Measurement()
        if isinstance(cells, bool) or not isinstance(cells, int | np.integer) or cells < 1:
            raise InputError("a number of cells of 1 or more", repr(cells), "use for example 500")
        if cells > _MOST_CELLS:
            raise InputError(
                f"at most {_MOST_CELLS:,} cells at each time of each condition", f"{cells:,}",
                "use for example 500",
            )  # fmt: skip
        if measurement.counts and not system.nonnegative:
            raise UnsupportedError(
                "levels that cannot be negative, to count molecules",
                f"the system {system.name!r}, whose levels can be negative",
                "leave counts off, or simulate 'scale-free' instead",
            )
        return cls(
            system if noise is None else system.with_noise(noise),
            check_times(times),
            int(cells),
            _conditions(system, interventions),
            check_seed(seed),
            measurement,
            solver or Solver(),
        )

    def step_callback(
        self, integrations: Sequence[Sequence[float]], cells: int, progress: StepCallback | None
    ) -> Tick:
        """Return a function to call after each step; refuse simulations that would take hours.

        `integrations` are the times to which cells are integrated from time 0, one list for each
        integration.
        """
        steps = sum(count_steps(self.system, times, self.solver) for times in integrations)
        steps *= len(list(self.blocks(cells)))
        if steps > MOST_STEPS:
            raise TimeError(
                f"times that take at most {MOST_STEPS:,} steps to reach",
                f"{steps:,} steps of {self.solver.step or self.system.step:g}, "
                f"which would run for {steps * SECONDS_PER_STEP / 3600:,.1f} hours or more",
                "give shorter times, in hours (in Python you can also use larger steps, "
                "solver=Solver(step=…))",
            )
        if progress is None:
            return lambda: None
        count = itertools.count(1)
        return lambda: progress(next(count), steps)

    def blocks(self, cells: int) -> Iterator[tuple[Intervention, ...]]:
        """Iterate over groups of conditions to integrate together; single if steps are adaptive."""
        size = 1 if self.system.noise.is_zero else max(1, ROWS_AT_ONCE // cells)
        for first in range(0, len(self.conditions), size):
            yield self.conditions[first : first + size]

    def stream(self, condition: Intervention, time: float | None) -> np.random.Generator:
        """Return the random stream of a population, or of a series if `time` is None."""
        return np.random.default_rng(self._seed_sequence(condition, time, "cells"))

    def _seed_sequence(
        self, condition: Intervention, time: float | None, purpose: str
    ) -> np.random.SeedSequence:
        # Like SeedSequence.spawn, but with a key made from the content instead of the order.
        text = f"{purpose}|{condition.name}|{'all' if time is None else float(time).hex()}"
        digest = hashlib.sha256(text.encode()).digest()[:16]
        return np.random.SeedSequence(
            self.seed, spawn_key=tuple(int(word) for word in np.frombuffer(digest, "<u4"))
        )

    def propagate(
        self,
        block: Sequence[Intervention],
        times: Sequence[float],
        streams: Sequence[np.random.Generator],
        cells: int,
        growth: Growth | None,
        tick: Tick,
    ) -> tuple[Array, Array]:
        system = self.system.apply_each(block, cells)
        start = np.concatenate([self.system.initial_states(cells, rng) for rng in streams])
        return propagate(
            system,
            system.hold(start),
            times,
            [(rng, cells) for rng in streams],
            self.solver,
            growth.rate if growth else None,
            tick,
        )

    def measure(
        self,
        condition: Intervention,
        time: float,
        state: Array,
        growth: Growth | None,
        relative_size: float,
        log_mass: Array,
    ) -> Population:
        system = self.system.apply(condition)
        rng = np.random.default_rng(self._seed_sequence(condition, time, "measurement"))
        expression, unspliced = system.expression(state), system.unspliced(state)
        layers = (
            expression if unspliced is None else np.concatenate([expression, unspliced], axis=1)
        )
        measured, depth = self.measurement.observe(layers, system.nonnegative, rng)
        observed, rest = np.split(measured, [expression.shape[1]], axis=1)
        return Population(
            intervention=condition,
            time=time,
            observed=observed,
            unspliced=None if unspliced is None else rest,
            state=state,
            velocity=system.velocity(state),
            labels=system.labels(state),
            depth=depth if self.measurement.counts else None,
            growth=growth.rate(state) if growth else None,
            log_mass=log_mass if growth else None,
            relative_size=relative_size,
        )

    def collect(self, populations: Sequence[Population], *, is_series: bool) -> SimulatedData:
        return SimulatedData(
            system=self.system,
            populations=tuple(populations),
            measurement=self.measurement,
            solver=self.solver,
            seed=self.seed,
            is_series=is_series,
        )


def check_times(times: Sequence[float]) -> tuple[float, ...]:
    """Return the times as numbers; refuse unless at least one, finite, 0 or later, rising."""
    numbers = tuple(float(time) for time in times)
    if not numbers:
        raise TimeError("at least one time", "none", "give for example times=(0, 1, 2, 4)")
    for time in numbers:
        if not (math.isfinite(time) and time >= 0.0):
            raise TimeError("times of 0 or later", f"{time}", "count the time from the start, 0")
    if any(later <= earlier for earlier, later in itertools.pairwise(numbers)):
        raise TimeError(
            "rising times, each once",
            ", ".join(f"{time:g}" for time in numbers),
            f"write {', '.join(f'{time:g}' for time in sorted(set(numbers)))}",
        )
    return numbers


def _conditions(
    system: RegulatorySystem, interventions: Sequence[Intervention | str]
) -> tuple[Intervention, ...]:
    if isinstance(interventions, str | Intervention):
        raise InterventionError(
            "a list of interventions", repr(interventions), "put it in brackets: [intervention]"
        )
    conditions = [Intervention.control()]
    for given in interventions:
        intervention = Intervention.parse(given) if isinstance(given, str) else given
        conditions.append(intervention.check(system.genes, "the system"))
        system.apply(intervention)  # refuses a gene that the system perturbs already
    return tuple(dict.fromkeys(conditions))
