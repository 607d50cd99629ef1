"""Predicted cells, and the genes that change most in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow import keys
from hillflow.data import Snapshots
from hillflow.data.times import same_time
from hillflow.findings import Finding
from hillflow.interventions import Intervention
from hillflow.show import Block, Shown, Table

if TYPE_CHECKING:
    import anndata

MAX_GENES = 4  # listed for each population


@dataclass(frozen=True, eq=False)
class Prediction(Shown):
    """Predicted cells under a perturbation.

    Attributes
    ----------
    adata
        The cells; ``uns["hillflow"]["prediction"]`` names the fit and the cells they come from.
    intervention
        The perturbation.
    against
        The cells with which ``populations`` compares, such as "measured control".
    populations
        One entry per predicted time: ``time``, ``cells`` and the largest ``changes`` of gene means.
    cautious, pooled
        The options of the prediction.
    path
        The file that was written; None without one.
    findings
        What a reader of the prediction must know.
    cells
        The same cells as `hillflow.Snapshots`, for figures.
    """

    adata: anndata.AnnData = field(repr=False)
    intervention: Intervention
    against: str
    populations: list[dict[str, Any]] = field(repr=False)
    cautious: bool = False
    pooled: bool = False
    path: Path | None = None
    findings: tuple[Finding, ...] = field(default=(), repr=False)
    cells: Snapshots | None = field(default=None, repr=False)

    @property
    def keys(self) -> list[str]:
        """Keys of the entries of `adata`."""
        columns = [f"obs[{key!r}]" for key in self.adata.obs]
        entries = (f"uns[{keys.UNS!r}][{key!r}]" for key in self.adata.uns[keys.UNS])
        return ["X", *columns, *entries]

    def blocks(self) -> list[Block]:
        """Return a table of the genes that change most at each time."""
        rows = [
            (f"{row['time']:g}", row["cells"],
             ", ".join(f"{gene} {shift:+.2g}" for gene, shift in row["changes"].items()) or "–")
            for row in self.populations
        ]  # fmt: skip
        written = "" if self.path is None else f"Wrote {self.path} with {', '.join(self.keys)}"
        return [
            Table(
                ("time", "cells", f"largest differences of means from the {self.against}"), rows,
                f"Predicted: {self.intervention.name}{', cautiously' * self.cautious}", written,
            )
        ]  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """Return what the command line prints as JSON."""
        return {
            "out": self.path, "keys": self.keys, "perturbation": self.intervention.name,
            "cautious": self.cautious, "pooled": self.pooled, "against": self.against,
            "populations": self.populations,
        }  # fmt: skip


def largest_changes(
    cells: Snapshots, predicted: Snapshots, start: float | None = None
) -> list[dict[str, Any]]:
    """Return, at each predicted time, the genes whose mean differs most from the control cells.

    A time at which no control cell was measured is compared with the time `start`, if given.
    """
    control = cells.take(cells.rows(condition=Intervention.control()))
    rows = []
    for population in predicted.populations():
        row: dict[str, Any] = {"time": population.time, "cells": len(population), "changes": {}}
        measured = np.flatnonzero(same_time(control.time, population.time))
        if not len(measured) and start is not None:
            measured = np.flatnonzero(same_time(control.time, start))
        if len(measured):
            shift = predicted.x[population.rows].mean(0) - control.x[measured].mean(0)
            largest = np.argsort(-np.abs(shift), kind="stable")[:MAX_GENES]
            row["changes"] = {cells.genes[k]: round(float(shift[k]), 4) for k in largest}
        rows.append(row)
    return rows
