"""What the causal layer takes: a fit, and the cells to ask it about."""

from __future__ import annotations

from hillflow.data import Cells, Snapshots, Trajectories
from hillflow.data.cells import check_genes
from hillflow.errors import InputError
from hillflow.model.fit import Fitted, members_of


def cells_of(fitted: Fitted, data: Cells | None) -> Cells:
    """The cells, if they are of the fit's genes in its order."""
    if data is None:
        raise InputError(
            "cells at which to ask the fit", "none",
            "pass the snapshots that were fitted, or a run to hillflow's own functions "
            "(hillflow.graph(run), hillflow.knockout(run))",
        )  # fmt: skip
    if not isinstance(data, Snapshots | Trajectories):
        raise InputError(
            "Snapshots or Trajectories as the second argument", type(data).__name__,
            "pass the cells that were fitted, and the readout after them",
        )  # fmt: skip
    check_genes(data, members_of(fitted)[0].genes)
    return data
