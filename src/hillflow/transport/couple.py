"""Compute the plan of a data set: couple the cells of every interval, once, before training."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hillflow.errors import FileFormatError, InputError, listing
from hillflow.findings import note, warn
from hillflow.interventions import Intervention
from hillflow.transport.coupling import Coupling, Span, check_weights
from hillflow.transport.exact import ExactOT
from hillflow.transport.least_cost import least_cost
from hillflow.transport.pairs import Interval
from hillflow.transport.plan import Plan
from hillflow.transport.registry import make_coupling
from hillflow.transport.storage import fingerprint

if TYPE_CHECKING:
    from rich.progress import Progress

    from hillflow.data.snapshots import Population, Snapshots

# The last plans of this process, by digest: members, compared fields and folds, and views in closed
# form ask for the same plan again. Those of many pairs are not kept, since they are large.
_RECENT: dict[str, Plan] = {}
_MOST_RECENT, _MOST_PAIRS = 4, 1_000_000
LARGE = 20_000  # cells of a population above which the cost of pieces is bounded

IntervalCallback = Callable[[int, int], None]  # (intervals done, total intervals)


def fit_plan(
    snapshots: Snapshots,
    coupling: Coupling | str = "exact",
    *,
    seed: int = 0,
    start_from_control: bool = True,
    memory_mb: int = 1024,
    progress: Progress | IntervalCallback | None = None,
    cache: Path | str | None = None,
) -> Plan:
    """Couple the cells of consecutive times within each condition, in the coordinates of the basis.

    Parameters
    ----------
    snapshots
        Data with a basis (`Snapshots.with_basis`); cell weights are used if there are any.
    coupling
        A coupling, or the name of one with its default options.
    seed
        Each interval has its own child of this seed.
    start_from_control
        Whether a condition without cells at the first time of the control starts from the
        control cells at that time, before the perturbation.
    memory_mb
        Bound on the memory of one chunk in MB, and thus on its size unless that is given.
    progress
        A rich progress display, or a function of (intervals done, total intervals).
    cache
        A folder in which the plan is saved under its fingerprint, and from which it is loaded
        if it was saved before. In one process, the last few plans are kept without it.

    Returns
    -------
    Plan
        Memory O(pairs); `options` records the settings, including the chunk size.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.data import Snapshots
    >>> from hillflow.transport import fit_plan
    >>> x = np.random.default_rng(0).random((60, 2)) + np.repeat([0, 1, 3], 20)[:, None]
    >>> cells = Snapshots.from_arrays(x, np.repeat([0, 1, 2], 20), ["GATA1", "SPI1"])
    >>> plan = fit_plan(cells.with_basis(2), "exact")
    >>> [(interval.start.time, interval.end.time, len(interval.pairs)) for interval in plan]
    [(0.0, 1.0, 20), (1.0, 2.0, 20)]
    """
    if snapshots.basis is None:
        raise InputError("snapshots with a basis", "none", "call .with_basis(size) first")
    if memory_mb <= 0:
        raise InputError("a memory above 0 MB", f"{memory_mb}", "give the memory to work in")
    rule = make_coupling(coupling) if isinstance(coupling, str) else coupling
    spans = consecutive_populations(snapshots, start_from_control)
    if snapshots.weights is not None:
        for population in (population for span in spans for population in span):
            where = f"{population.time:g} ({population.condition.name})"
            check_weights(snapshots.weights[population.rows], len(population), f"time {where}")
    rule = rule.prepare(snapshots, spans, memory_mb)
    options = {**rule.options(), "seed": seed, "start_from_control": start_from_control}
    data = fingerprint(snapshots)
    digest = _digest(data, options)
    saved = None if cache is None else Path(cache) / f"plan-{digest}.npz"
    if digest in _RECENT:
        if saved is not None and not saved.is_file():
            _RECENT[digest].save(saved)
        return _RECENT[digest]
    if saved is not None and saved.is_file():
        try:
            return Plan.load(saved, snapshots)
        except FileFormatError as error:
            warn(f"{error} It is computed again.", "plan.computed-again")

    report = _interval_callback(progress, len(spans))
    seeds = np.random.SeedSequence(seed).spawn(len(spans))
    intervals = []
    for (start, end), child in zip(spans, seeds, strict=True):
        pairs = rule.between(snapshots, start.rows, end.rows, child)
        intervals.append(Interval(start, end, pairs))
        report(len(intervals), len(spans))
    if isinstance(rule, ExactOT) and snapshots.weights is None and snapshots.growth is None:
        _say_what_pieces_cost(snapshots, intervals, seed)
    plan = Plan(tuple(intervals), data, options)
    _remember(digest, plan)
    if saved is not None:
        plan.save(saved)
    return plan


def _say_what_pieces_cost(snapshots: Snapshots, intervals: Sequence[Interval], seed: int) -> None:
    """Report how far the cost of the largest plan, if it was made in pieces, is from the least."""
    largest = max(intervals, key=lambda one: len(one.start) * len(one.end))
    if max(len(largest.start), len(largest.end)) <= LARGE:
        return
    z0, z1 = (snapshots.states(one.rows).astype(float) for one in (largest.start, largest.end))
    a, b = (np.full(len(z), 1 / len(z)) for z in (z0, z1))
    least = least_cost(z0, z1, a, b, seed)
    note(
        f"populations of more than {LARGE:,} cells are coupled in pieces that are refined: the "
        f"largest plan costs at most {largest.pairs.cost / least - 1:.0%} more than the best one "
        "(a bound by duality)",
        "plan.in-pieces",
    )


def _remember(digest: str, plan: Plan) -> None:
    if sum(len(interval.pairs) for interval in plan) > _MOST_PAIRS:
        return
    _RECENT[digest] = plan
    while len(_RECENT) > _MOST_RECENT:
        del _RECENT[next(iter(_RECENT))]


def consecutive_populations(snapshots: Snapshots, start_from_control: bool = True) -> list[Span]:
    """Return the start and end population of every interval, by condition, then by time."""
    by_line: dict[tuple[Intervention, str | None], list[Population]] = {}
    for population in snapshots.populations():
        by_line.setdefault(population.line, []).append(population)
    first_control = by_line.get((Intervention.control(), None), [None])[0]
    spans: list[Span] = []
    single = []
    for (condition, _), populations in by_line.items():
        if (
            start_from_control
            and first_control is not None
            and populations[0].time > first_control.time
        ):
            populations = [first_control, *populations]
        if len(populations) == 1:
            single.append(f"{condition.name} at {populations[0].time:g}")
        spans += itertools.pairwise(populations)
    if not spans:
        raise InputError(
            "a condition with at least two times",
            f"one time each: {listing(single)}",
            "add cells of another time, or fit a screen at rest first: hf.graph(hf.fit(adata))",
        )
    if single:
        warn(
            f"no interval for {listing(single)}: these cells have no earlier or later population",
            "plan.population-alone",
        )
    return spans


def _digest(data: str, options: dict[str, object]) -> str:
    text = json.dumps([data, options], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _interval_callback(
    progress: Progress | IntervalCallback | None, total: int
) -> IntervalCallback:
    if progress is None:
        return lambda done, total: None
    if callable(progress):
        return progress
    display = progress
    task = display.add_task("coupling cells", total=total)
    return lambda done, total: display.update(task, completed=done)
