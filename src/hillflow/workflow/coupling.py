"""The coupling of a fit: by name, or a plan from a file."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

from hillflow.data import Cells, Snapshots
from hillflow.errors import InputError, UnsupportedError, did_you_mean
from hillflow.objectives import Method
from hillflow.transport import COUPLINGS, Coupling, Given, WithinBatches, make_coupling
from hillflow.workflow.options.base import named


def read_coupling(given: Any) -> Coupling | None:
    """A coupling from itself, its name, or a path of a plan; None for the method's own."""
    if given is None or isinstance(given, Coupling):
        return given
    if not isinstance(given, str | PathLike):
        raise InputError(
            f"a name, a path or a Coupling as {named('coupling')}", type(given).__name__,
            "write coupling='sinkhorn', or Given.from_matrix(…) for a matrix",
        )  # fmt: skip
    if isinstance(given, str) and given in COUPLINGS:
        if not COUPLINGS[given].cls.computed:
            raise InputError(
                f"the file of a plan as {named('coupling')}", repr(given), "name the file itself"
            )
        return make_coupling(given)
    path = Path(given)
    if not (path.suffix or len(path.parts) > 1 or path.exists()):
        raise InputError(
            f"the name of a coupling, or a file with a plan, as {named('coupling')}",
            repr(str(given)), did_you_mean(str(given), list(COUPLINGS)),
        )  # fmt: skip
    return Given.from_file(path)


def bound(coupling: Coupling | None, within_batches: bool, data: Cells) -> Coupling | None:
    """The coupling for these cells, before any are left out; refuse options that do not suit."""
    if coupling is None and not within_batches:
        return None
    option = named("within_batches" if coupling is None else "coupling")
    if not isinstance(data, Snapshots):
        raise UnsupportedError(
            f"snapshots, whose cells are coupled, for {option}",
            "series, whose rows follow one another", f"leave {option} out",
        )  # fmt: skip
    if within_batches and data.batch is None:
        raise InputError(
            f"a batch for each cell, for {named('within_batches')}", "none",
            f"write it into obs['batch'], or name its column with {named('batch')}, which also "
            "subtracts what differs between batches",
        )  # fmt: skip
    return None if coupling is None else coupling.bind(data)


def coupled(
    method: Method, coupling: Coupling | None, within_batches: bool, field: Any, data: Cells
) -> Method:
    """The method on the coupling; refuse a plan beside fields that are compared."""
    if within_batches:
        coupling = WithinBatches(method.coupling if coupling is None else coupling)
    if coupling is None:
        return method
    if field == "auto" and not coupling.computed:
        raise InputError(
            "a field by its name beside a plan from a file",
            "field='auto' (--field auto), whose comparison leaves out times that the plan knows",
            "add field='linear' (--field linear) or another",
        )  # fmt: skip
    if isinstance(data, Snapshots):
        coupling = coupling.bind(data)
    return method.with_coupling(coupling)
