"""``hillflow activity``: its options and its words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hillflow.errors import InputError
from hillflow.workflow.files import check_cells, check_gene_file, check_given, check_new_file
from hillflow.workflow.options.base import (
    OVERWRITE_FILE,
    Argument,
    Option,
    Spec,
    Values,
    named,
    option,
    out_file,
)
from hillflow.workflow.options.prior import NetworkOptions


@dataclass(frozen=True)
class ActivityOptions:
    """How activities are computed."""

    method: str = option(
        "ulm",
        "A name from `hillflow methods activities`: ulm looks at one regulator at a time, mlm at "
        "all together.",
    )
    tmin: int = option(5, "Fewest measured targets of a regulator.", minimum=1)
    layer: str | None = option(
        None, "Layer to use instead of X; log-normalised, or log ratios.", kind="str | None",
        cli=str,
    )  # fmt: skip
    leave_out: Any = option(
        None, "Genes that no activity may contain, such as those that you want to explain with "
        "it: a file with one a line, or (in Python) their names.",
        kind="path | Sequence[str] | None", cli=Path, metavar="FILE",
    )  # fmt: skip
    neighbours: int = option(
        0, "Leave out this many genes on each side of them too, as of an operon.", minimum=0
    )
    order: str = option(
        "data", "What makes genes neighbours: data, their order in the data; name, that of their "
        "names; or a column of var, such as a position on the chromosome.",
    )  # fmt: skip
    overwrite: bool = option(False, OVERWRITE_FILE)

    def __post_init__(self) -> None:
        if self.tmin < 1:
            raise InputError(f"{named('tmin')} of 1 or more", f"{self.tmin}", "use 5")
        if self.neighbours < 0:
            raise InputError(f"{named('neighbours')} of 0 or more", f"{self.neighbours}", "use 0")
        if self.leave_out is None and (self.neighbours or self.order != "data"):
            raise InputError(
                f"{named('leave_out')} for {named('neighbours')} and {named('order')}", "none",
                "name the genes to leave out, or leave these options out",
            )  # fmt: skip


def _check(given: Values) -> None:
    if given["prior"] is None:
        raise InputError(
            f"a network of known targets, {named('prior')}", "none",
            "name one of `hillflow priors list`, such as collectri, or a file of edges",
        )  # fmt: skip
    check_cells(given["cells"])
    check_given(given["prior_file"], "a file of edges")
    check_given(given["aliases"], "a table")
    check_gene_file(given["leave_out"])
    check_new_file(given["out"], ".h5ad", given["overwrite"])


ACTIVITY = Spec(
    "activity",
    """Infer the activity of each regulator in each cell from the expression of its known targets.

Expression of a cell is regressed on the signed targets of the prior network; the activity is the
t-value. The tables are written as decoupler writes them, score_ulm and padj_ulm in obsm, a row a
cell and a column a regulator. A regulator need not be measured itself. Times are not needed.""",
    "hillflow activity blood.h5ad --prior collectri --out activity.h5ad",
    {
        "cells": Argument(
            Option(
                "Cells: an .h5ad file or .zarr store, a run, AnnData, Snapshots or Trajectories.",
                "AnnData | Snapshots | Trajectories | Run | path",
                metavar="DATA",
                cli=Path,
            )
        ),
        "out": out_file("The .h5ad file to write."),
    },
    {"network": NetworkOptions, "options": ActivityOptions},
    ("out",),
    check=_check,
)
