"""Computing the plan of a data set: every interval of every condition, once, before training."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hillflow.errors import FileFormatError, InputError, listing
from hillflow.findings import warn
from hillflow.interventions import Intervention
from hillflow.transport.coupling import Coupling, Span, check_weights
from hillflow.transport.pairs import Interval
from hillflow.transport.plan import Plan
from hillflow.transport.registry import make_coupling
from hillflow.transport.storage import fingerprint

if TYPE_CHECKING:
    from rich.progress import Progress

    from hillflow.data.snapshots import Population, Snapshots

Told = Callable[[int, int], None]  # (intervals done, intervals in all)


def fit_plan(
    snapshots: Snapshots,
    coupling: Coupling | str = "exact",
    *,
    seed: int = 0,
    start_from_control: bool = True,
    memory_mb: int = 1024,
    progress: Progress | Told | None = None,
    cache: Path | str | None = None,
) -> Plan:
    """Couple the cells of consecutive times, within each condition, in the basis' coordinates.

    Parameters
    ----------
    snapshots
        With a basis (`Snapshots.with_basis`); cell weights count where there are any.
    coupling
        A coupling, or the name of one with its default options.
    seed
        Each interval draws from its own child of this seed.
    start_from_control
        A condition without cells at the control's first time starts from the control's cells
        there: nothing had yet been done to them.
    memory_mb
        Bounds the dense work of one chunk, and so the chunk where none is given.
    progress
        A rich progress display, or a function of (intervals done, intervals in all).
    cache
        A folder. The plan is kept there under its fingerprint, and read back if it is there.

    Returns
    -------
    Plan
        Memory O(pairs); `options` says what it was computed with, the chunk included.
    """
    if snapshots.basis is None:
        raise InputError("snapshots with a basis", "none", "call .with_basis(size) first")
    if memory_mb <= 0:
        raise InputError("a memory above 0 MB", f"{memory_mb}", "give the memory to work in")
    rule = make_coupling(coupling) if isinstance(coupling, str) else coupling
    spans = consecutive(snapshots, start_from_control)
    if snapshots.weights is not None:
        for population in (population for span in spans for population in span):
            where = f"{population.time:g} ({population.condition.name})"
            check_weights(snapshots.weights[population.rows], len(population), f"time {where}")
    rule = rule.prepare(snapshots, spans, memory_mb)
    options = {**rule.options(), "seed": seed, "start_from_control": start_from_control}
    data = fingerprint(snapshots)
    kept = None if cache is None else Path(cache) / f"plan-{_digest(data, options)}.npz"
    if kept is not None and kept.is_file():
        try:
            return Plan.load(kept, snapshots)
        except FileFormatError as error:
            warn(f"{error} It is computed again.", "plan.computed-again")

    told = _teller(progress, len(spans))
    seeds = np.random.SeedSequence(seed).spawn(len(spans))
    intervals = []
    for (start, end), child in zip(spans, seeds, strict=True):
        pairs = rule.between(snapshots, start.rows, end.rows, child)
        intervals.append(Interval(start, end, pairs))
        told(len(intervals), len(spans))
    plan = Plan(tuple(intervals), data, options)
    if kept is not None:
        plan.save(kept)
    return plan


def consecutive(snapshots: Snapshots, start_from_control: bool = True) -> list[Span]:
    """Where every interval starts and ends: by condition, then by time."""
    rows: dict[Intervention, list[Population]] = {}
    for population in snapshots.populations():
        rows.setdefault(population.condition, []).append(population)
    origin = rows.get(Intervention.control(), [None])[0]
    spans: list[Span] = []
    alone = []
    for condition, line in rows.items():
        if start_from_control and origin is not None and line[0].time > origin.time:
            line = [origin, *line]
        if len(line) == 1:
            alone.append(f"{condition.name} at {line[0].time:g}")
        spans += itertools.pairwise(line)
    if not spans:
        raise InputError(
            "a condition with at least two times",
            f"one time each: {listing(alone)}",
            "add cells of another time",
        )
    if alone:
        warn(
            f"no interval for {listing(alone)}: these cells have no earlier or later population",
            "plan.population-alone",
        )
    return spans


def _digest(data: str, options: dict[str, object]) -> str:
    text = json.dumps([data, options], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _teller(progress: Progress | Told | None, total: int) -> Told:
    if progress is None:
        return lambda done, total: None
    if callable(progress):
        return progress
    display = progress
    task = display.add_task("coupling cells", total=total)
    return lambda done, total: display.update(task, completed=done)
