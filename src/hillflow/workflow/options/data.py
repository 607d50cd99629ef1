"""How cells are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hillflow.workflow.options.base import (
    option,
)

_PANEL = "Data"


@dataclass(frozen=True)
class ColumnOptions:
    """Where the times, perturbations and values of snapshots are in an AnnData object."""

    time: str | None = option(
        None, "Column of obs with the time of each cell; 'time' if there.", kind="str | None",
        cli=str, panel=_PANEL,
    )  # fmt: skip
    time_unit: str | None = option(
        None,
        "Unit of plain numbers in it: s, min, h, d, week, …, pseudotime, stage, generation, or a "
        "word of your own; rates are per this unit.",
        kind="str | None", cli=str, panel=_PANEL,
    )  # fmt: skip
    pseudotime: str | None = option(
        None,
        "Column of obs with a pseudotime, in place of a time: cells are divided along it into "
        "populations of the same size. Rates are per unit of pseudotime, and the direction is "
        "that of its root.",
        kind="str | None", cli=str, panel=_PANEL,
    )  # fmt: skip
    pseudotime_bins: int = option(
        10, "Number of these populations.", panel=_PANEL, minimum=2,
    )  # fmt: skip
    perturbation: str | None = option(
        None, "Column with the perturbation of each cell; 'perturbation' if there.",
        kind="str | None", cli=str, panel=_PANEL,
    )  # fmt: skip
    perturbation_kind: str = option(
        "knockout",
        "What a gene's name alone means in it: knockout; cut_outgoing (its targets do not respond "
        "to it); or activation (CRISPR activation: a gene that is measured is held at its mean in "
        "these cells, one that is not becomes an input of its own, KLF1=clamp:1).",
        panel=_PANEL,
    )  # fmt: skip
    control: str = option("control", "Label of control cells.", panel=_PANEL)
    layer: str | None = option(
        None, "Layer to fit instead of X.", kind="str | None", cli=str, panel=_PANEL
    )
    batch: str | None = option(
        None,
        "Column of obs with the batch of each cell: what batches add to the populations that they "
        "share is subtracted.",
        kind="str | None", cli=str, panel=_PANEL,
    )  # fmt: skip
    normalize: bool = option(False, "Turn counts into log(1 + counts per 10,000).", panel=_PANEL)


@dataclass(frozen=True)
class DataOptions(ColumnOptions):
    """How cells are read from an AnnData object or its file."""

    series: str | None = option(
        None, "Column that names the series of each row, of series data.",
        kind="str | None", cli=str, panel=_PANEL,
    )  # fmt: skip
    inputs: Any = option(
        None,
        "Doses of series: a .csv file or table with the columns unit, time, input and amount, and "
        "duration for infusions. An input that is a gene is added to it; others are depots.",
        kind="path | DataFrame | None", cli=Path, panel=_PANEL,
    )  # fmt: skip
    covariates: Any = option(
        None, "Covariates of series with doses: a .csv file or table with the column unit, and "
        "one of numbers for each covariate.",
        kind="path | DataFrame | None", cli=Path, panel=_PANEL,
    )  # fmt: skip
    genes: Any = option(
        None, "The genes to fit: a file with one a line, or (in Python) their names.",
        kind="path | Sequence[str] | None", cli=Path, panel=_PANEL,
    )  # fmt: skip
    obsm: str | None = option(
        None,
        "Key of obsm with coordinates of the cells (X_scVI, X_pca, X_geodesic), which are fitted "
        "in place of genes. Motion and predictions are in these coordinates; networks and "
        "knockouts need genes.",
        kind="str | None", cli=str, panel=_PANEL,
    )  # fmt: skip
    clone: str | None = option(
        None,
        "Column of obs with the clone of each cell, of lineage barcodes, for the coupling moslin; "
        "'clone' if there.",
        kind="str | None", cli=str, panel=_PANEL,
    )  # fmt: skip
