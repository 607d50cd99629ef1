"""The check that cells have the genes of a fit."""

from __future__ import annotations

from hillflow.data import Cells, Snapshots, Trajectories
from hillflow.data.cells import check_genes
from hillflow.errors import InputError
from hillflow.model.fit import Fitted, members_of


def checked_cells(fitted: Fitted, data: Cells | None) -> Cells:
    """The cells, if they have the genes of the fit in the same order; else an error."""
    if data is None:
        raise InputError(
            "cells at which to evaluate the fit", "none",
            "pass the snapshots that were fitted (run.data), or call the function of the same name "
            "with the run, such as hillflow.graph(run)",
        )  # fmt: skip
    if not isinstance(data, Snapshots | Trajectories):
        raise InputError(
            "Snapshots or Trajectories as the second argument", type(data).__name__,
            "pass the cells that were fitted before the other arguments",
        )  # fmt: skip
    check_genes(data, members_of(fitted)[0].genes)
    return data
