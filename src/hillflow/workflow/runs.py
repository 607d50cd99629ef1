"""Runs, whichever way they are given, and runs that are asked together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from os import PathLike
from typing import TypeAlias

from hillflow.data import Snapshots
from hillflow.devices import CPU
from hillflow.errors import InputError, UnsupportedError
from hillflow.findings import report_at_the_end, warn
from hillflow.model import Fit
from hillflow.results import Run
from hillflow.workflow.files import several

GRAVE = ("fit.no-better-than-no-change", "fit.sketch")  # what is said of whatever comes of a run

RunLike: TypeAlias = Run | str | PathLike[str]


def open_run(given: RunLike) -> Run:
    """The run, with a warning where nothing should be read off its fit, once the work is done."""
    check_run_like(given)
    run = given if isinstance(given, Run) else Run.open(given)
    report_at_the_end(*(finding for finding in run.fit.findings if finding.code in GRAVE))
    return run


def check_run_like(given: object) -> None:
    """Refuse what is neither a run nor a path."""
    if not isinstance(given, Run | str | PathLike):
        raise InputError(
            "a run, or the folder of one", type(given).__name__,
            "fit one with hillflow.fit(cells), or open one with Run.open(path)",
        )  # fmt: skip


def open_snapshots(given: RunLike) -> tuple[Run, Snapshots]:
    """A run on snapshots, and its cells."""
    run = open_run(given)
    if not isinstance(run.data, Snapshots):
        raise UnsupportedError(
            "a run on snapshots, whose control cells a prediction starts from",
            f"one on series of {len(run.data)} units",
            "roll units out in Python: Run.open(path).fit.simulate(x0, times, intervention)",
        )
    return run, run.data


def joined(run: Run, also: Sequence[RunLike] | None, device: str = CPU) -> Fit:
    """The members of a run, and of those that join it; on a device other than the CPU, copies."""
    others = [open_run(one) for one in several(also)]
    places = [one.path.resolve() for one in (run, *others) if one.path is not None]
    twice = next((path for path in places if places.count(path) > 1), None)
    if twice is not None:
        raise InputError(
            "each run once", f"{twice} again", "leave it out: it would look too sure of itself"
        )
    for other in others:
        if other.fit.conditions != run.fit.conditions or other.fit.times != run.fit.times:
            warn(
                f"{other.name} was fitted to other populations than {run.name}: what one of them "
                "left out the other may have seen",
                "join.other-populations",
            )
        elif _cells_of(other) != _cells_of(run):
            warn(
                f"{other.name} was fitted to other cells than {run.name}: what they say together "
                "is of neither",
                "join.other-cells",
            )
    fit = Fit.of(run.fit, *(other.fit for other in others))
    return fit if device == CPU else fit.to(device)


def joined_names(run: Run, also: Sequence[RunLike] | None) -> list[str]:
    """What runs that were joined are called in what is written: seen from where the first lies."""
    if not also:
        return []
    runs = [run, *(open_run(one) for one in several(also))]
    if run.path is None:
        return [one.name for one in runs]
    origin = run.path.resolve().parent
    return [
        one.name if one.path is None else os.path.relpath(one.path.resolve(), origin)
        for one in runs
    ]


def _cells_of(run: Run) -> str:
    return str(run.manifest["request"]["data"]["fingerprint"])
