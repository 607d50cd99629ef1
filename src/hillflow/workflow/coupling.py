"""The coupling of a fit: by name, or a plan from a file."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

from hillflow.data import Cells, Snapshots
from hillflow.errors import InputError, UnsupportedError, did_you_mean
from hillflow.objectives import Method
from hillflow.transport import COUPLINGS, Coupling, Given, make_coupling
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


def bound(coupling: Coupling | None, data: Cells) -> Coupling | None:
    """The coupling for these cells, before any are left out; refuse one for series."""
    if coupling is None:
        return None
    if not isinstance(data, Snapshots):
        raise UnsupportedError(
            f"snapshots, whose cells are coupled, for {named('coupling')}",
            "series, whose rows follow one another", f"leave {named('coupling')} out",
        )  # fmt: skip
    return coupling.bind(data)


def coupled(method: Method, coupling: Coupling | None, field: Any) -> Method:
    """The method on the coupling; refuse a plan beside fields that are compared."""
    if coupling is None:
        return method
    if field == "auto" and not coupling.computed:
        raise InputError(
            "a field by its name beside a plan from a file",
            "field='auto' (--field auto), whose comparison leaves out times that the plan knows",
            "add field='linear' (--field linear) or another",
        )  # fmt: skip
    return method.with_coupling(coupling)
