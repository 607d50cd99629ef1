"""What figures of a fit take: a run, or a fit with its cells."""

from __future__ import annotations

from typing import TypeAlias

from hillflow.causal.checked_cells import checked_cells
from hillflow.data import Cells
from hillflow.model import Fit, Member
from hillflow.model.fit import members_of
from hillflow.results import Run

FittedOrRun: TypeAlias = Run | Fit | Member


def members_and_cells(
    fitted: FittedOrRun, data: Cells | None = None
) -> tuple[tuple[Member, ...], Cells]:
    """The members of the fit, and the cells: those of the run unless others are given."""
    if isinstance(fitted, Run):
        return fitted.fit.members, checked_cells(fitted.fit, fitted.data if data is None else data)
    return members_of(fitted), checked_cells(fitted, data)
