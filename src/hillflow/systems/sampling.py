"""Cells drawn from a known system: snapshots of different cells, or the same cells followed."""

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

ROWS_AT_ONCE = 4096  # conditions are integrated together up to this many rows: what a cache holds
MOST_STEPS = 5_000_000
SECONDS_A_STEP = 1e-4  # of the smallest system: an estimate from below

Told = Callable[[int, int], None]  # (steps done, steps in all)


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
    progress: Told | None = None,
) -> SimulatedData:
    """Draw snapshots: every time and condition has its own, independent cells.

    Each (condition, time) owns a random stream that is keyed by what it is, not by its
    place in the list: leaving one out changes no byte of the others.

    Parameters
    ----------
    system
        The known law.
    times
        When cells are taken, 0 or later and rising.
    cells
        Number of cells of each (condition, time).
    interventions
        Conditions beside the control, which is always simulated. Perturbed cells start
        from the same distribution as the control at time 0.
    seed
        Same seed, same bytes.
    noise
        Intrinsic noise instead of the system's own.
    growth
        Division and death; cells are then drawn in proportion to their descendants.
    measurement
        What the instrument adds; nothing unless given.
    solver
        Method and step of the integration.
    progress
        Called after every step with the number of steps done and of all.
    """
    run = _Run.prepare(system, times, cells, interventions, seed, noise, measurement, solver)
    pool = cells * (growth.pool if growth else 1)
    tick = run.ticker([[time] for time in run.times], pool, progress)
    found: dict[tuple[str, float], Population] = {}
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
                found[condition.name, time] = run.measure(
                    condition, time, state, growth, relative, mass
                )
    ordered = [found[c.name, time] for c in run.conditions for time in run.times]
    return run.collect(ordered, followed=False)


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
    progress: Told | None = None,
) -> SimulatedData:
    """Follow the same cells through all times (``obs["series"]`` names the cell).

    Parameters are those of :func:`simulate`. With growth, no cell is drawn anew: each
    carries its mass.
    """
    run = _Run.prepare(system, times, cells, interventions, seed, noise, measurement, solver)
    tick = run.ticker([run.times], cells, progress)
    found: dict[str, list[Population]] = {}
    for block in run.blocks(cells):
        streams = [run.stream(condition, None) for condition in block]
        states, log_mass = run.propagate(block, run.times, streams, cells, growth, tick)
        for i, condition in enumerate(block):
            rows = slice(i * cells, (i + 1) * cells)
            found[condition.name] = [
                run.measure(
                    condition, time, states[k, rows], growth,
                    float(np.exp(log_mass[k, rows]).mean()), log_mass[k, rows],
                )
                for k, time in enumerate(run.times)
            ]  # fmt: skip
    return run.collect([p for c in run.conditions for p in found[c.name]], followed=True)


@dataclass(frozen=True)
class _Run:
    """Checked inputs of one simulation, and the steps that both kinds share."""

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
        if measurement.counts and not system.nonnegative:
            raise UnsupportedError(
                "levels that cannot be negative, to count molecules",
                f"the system {system.name!r}, whose levels can",
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

    def ticker(self, courses: Sequence[Sequence[float]], cells: int, progress: Told | None) -> Tick:
        """What to call after each step of these courses; refuses what would take hours."""
        steps = sum(count_steps(self.system, times, self.solver) for times in courses)
        steps *= len(list(self.blocks(cells)))
        if steps > MOST_STEPS:
            raise TimeError(
                f"times that take at most {MOST_STEPS:,} steps to reach",
                f"{steps:,} steps of {self.solver.step or self.system.step:g}, "
                f"which last {steps * SECONDS_A_STEP / 3600:,.1f} hours or more",
                "give shorter times, in hours (in Python you can also take larger steps, "
                "solver=Solver(step=…))",
            )
        if progress is None:
            return lambda: None
        count = itertools.count(1)
        return lambda: progress(next(count), steps)

    def blocks(self, cells: int) -> Iterator[tuple[Intervention, ...]]:
        """Conditions to integrate together; one by one where the step is adaptive."""
        size = 1 if self.system.noise.is_zero else max(1, ROWS_AT_ONCE // cells)
        for first in range(0, len(self.conditions), size):
            yield self.conditions[first : first + size]

    def stream(self, condition: Intervention, time: float | None) -> np.random.Generator:
        """Random numbers of the cells of one population; None for all times together."""
        return np.random.default_rng(self._seed_sequence(condition, time, "cells"))

    def _seed_sequence(
        self, condition: Intervention, time: float | None, purpose: str
    ) -> np.random.SeedSequence:
        # What SeedSequence.spawn does, with a key made of the content instead of the order.
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
        expression = system.expression(state)
        observed, depth = self.measurement.observe(expression, system.nonnegative, rng)
        return Population(
            intervention=condition,
            time=time,
            observed=observed,
            state=state,
            velocity=system.velocity(state),
            labels=system.labels(state),
            depth=depth if self.measurement.counts else None,
            growth=growth.rate(state) if growth else None,
            log_mass=log_mass if growth else None,
            relative_size=relative_size,
        )

    def collect(self, populations: Sequence[Population], *, followed: bool) -> SimulatedData:
        return SimulatedData(
            system=self.system,
            populations=tuple(populations),
            measurement=self.measurement,
            solver=self.solver,
            seed=self.seed,
            followed=followed,
        )


def check_times(times: Sequence[float]) -> tuple[float, ...]:
    """Return the times as numbers: at least one, finite, 0 or later, rising."""
    found = tuple(float(time) for time in times)
    if not found:
        raise TimeError("at least one time", "none", "give for example times=(0, 1, 2, 4)")
    for time in found:
        if not (math.isfinite(time) and time >= 0.0):
            raise TimeError("times of 0 or later", f"{time}", "count the time from the start, 0")
    if any(later <= earlier for earlier, later in itertools.pairwise(found)):
        raise TimeError(
            "rising times, each once",
            ", ".join(f"{time:g}" for time in found),
            f"write {', '.join(f'{time:g}' for time in sorted(set(found)))}",
        )
    return found


def _conditions(
    system: RegulatorySystem, interventions: Sequence[Intervention | str]
) -> tuple[Intervention, ...]:
    if isinstance(interventions, str | Intervention):
        raise InterventionError(
            "a list of interventions", repr(interventions), "put it in brackets: [intervention]"
        )
    found = [Intervention.control()]
    for one in interventions:
        intervention = Intervention.parse(one) if isinstance(one, str) else one
        found.append(intervention.check(system.genes))
        system.apply(intervention)  # refuses a second action on a gene already acted on
    return tuple(dict.fromkeys(found))
