"""Predicted cells, with what changed most in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow import keys
from hillflow.data import Snapshots
from hillflow.findings import Finding
from hillflow.interventions import Intervention
from hillflow.show import Block, Shown, Table

if TYPE_CHECKING:
    import anndata

MOST_GENES = 4  # named for each population


@dataclass(frozen=True, eq=False)
class Prediction(Shown):
    """The cells that an intervention would give.

    Attributes
    ----------
    adata
        The cells; ``uns["hillflow"]["prediction"]`` says what they were predicted by and from.
    intervention
        What was done to them.
    against
        What ``populations`` compares with: "measured control" and the like.
    populations
        A row a predicted time: ``time``, ``cells`` and the largest ``changes`` of means by gene.
    cautious, pooled
        As asked.
    path
        Where it was written, if anywhere.
    noted
        What must be said of it.
    """

    adata: anndata.AnnData = field(repr=False)
    intervention: Intervention
    against: str
    populations: list[dict[str, Any]] = field(repr=False)
    cautious: bool = False
    pooled: bool = False
    path: Path | None = None
    noted: tuple[Finding, ...] = field(default=(), repr=False)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What must be said of it."""
        return self.noted

    @property
    def keys(self) -> list[str]:
        """Everything in the cells, by its key."""
        columns = [f"obs[{key!r}]" for key in self.adata.obs]
        notes = (f"uns[{keys.UNS!r}][{key!r}]" for key in self.adata.uns[keys.UNS])
        return ["X", *columns, *notes]

    def blocks(self) -> list[Block]:
        """The genes that change most, time by time."""
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
        """What the command line prints as JSON."""
        return {
            "out": self.path, "keys": self.keys, "perturbation": self.intervention.name,
            "cautious": self.cautious, "pooled": self.pooled, "against": self.against,
            "populations": self.populations,
        }  # fmt: skip


def largest_changes(cells: Snapshots, predicted: Snapshots) -> list[dict[str, Any]]:
    """At each predicted time, the genes whose mean differs most from the control cells there."""
    control = cells.take(cells.rows(condition=Intervention.control()))
    rows = []
    for population in predicted.populations():
        row: dict[str, Any] = {"time": population.time, "cells": len(population), "changes": {}}
        measured = np.flatnonzero(np.isclose(control.time, population.time))
        if len(measured):
            shift = predicted.x[population.rows].mean(0) - control.x[measured].mean(0)
            largest = np.argsort(-np.abs(shift), kind="stable")[:MOST_GENES]
            row["changes"] = {cells.genes[k]: round(float(shift[k]), 4) for k in largest}
        rows.append(row)
    return rows
