"""How a fit was asked for, so that the page of its run can say how to repeat it."""

from __future__ import annotations

from os import PathLike
from typing import Any

from hillflow import keys
from hillflow.data import Cells, Snapshots, Trajectories
from hillflow.results import Run
from hillflow.workflow.options.base import asked
from hillflow.workflow.options.data import DataOptions


def fit_call(
    given: Any, out: str | PathLike[str] | None, cells: Cells, data: DataOptions, *others: Any
) -> dict[str, Any]:
    """Return the call of a fit as plain JSON values.

    Parameters
    ----------
    given, out
        The cells and the folder as the verb was given them.
    cells
        The cells that were read from `given`.
    data, others
        The options; ``resume``, ``overwrite`` and others on which no result depends are left out.

    Returns
    -------
    dict
        ``cells``, text for what `given` is, and whether it is a path; ``out``; ``options`` by
        name, None for one that only Python has. The columns of time and perturbation and the
        label of the control are named even where they are the defaults.
    """
    is_path = isinstance(given, str | PathLike)
    options: dict[str, Any] = {}
    if not isinstance(given, Snapshots | Trajectories | Run):  # those have been read already
        if data.pseudotime is None and (data.time or len(cells.times) > 1):
            options["time"] = data.time or keys.TIME
        if any(not condition.is_control for condition in cells.conditions):
            options["perturbation"] = data.perturbation or keys.PERTURBATION
            options["control"] = data.control
    options |= asked(data)
    for group in others:
        options |= asked(group, "resume", "threads")
    return {
        "cells": str(given) if is_path else _NAMES.get(type(given).__name__, "adata"),
        "is_path": is_path,
        "out": None if out is None else str(out),
        "options": options,
    }


_NAMES = {"Snapshots": "cells", "Trajectories": "series", "Run": "run.data"}
