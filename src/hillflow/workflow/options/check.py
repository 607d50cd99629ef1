"""``hillflow check``: its options and its words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hillflow.workflow.files import check_cells, check_gene_file
from hillflow.workflow.options.base import SEED, Argument, Option, Spec, Values, option
from hillflow.workflow.options.data import DataOptions


@dataclass(frozen=True)
class CheckOptions:
    """How the halves of populations are drawn."""

    seed: int = option(0, SEED)


def _check(given: Values) -> None:
    check_cells(given["cells"])
    check_gene_file(given["genes"])


CHECK = Spec(
    "check",
    """Look at cells before any fit: what they hold, and which questions they can answer.

Depth, zeros, populations and batches; for each perturbation, whether its effect comes back in the
other half of the cells.""",
    "hillflow check blood.h5ad --time time --perturbation perturbation",
    {
        "cells": Argument(
            Option(
                "Cells: an .h5ad file or .zarr store, AnnData or Snapshots.",
                "AnnData | Snapshots | path",
                metavar="DATA",
                cli=Path,
            )
        ),
    },
    {"data": DataOptions, "options": CheckOptions},
    check=_check,
)
