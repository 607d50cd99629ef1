"""Activities of all regulators in all cells, with adjusted p-values, as one result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hillflow import keys
from hillflow.activities.methods import METHODS
from hillflow.activities.regulons import Regulons
from hillflow.data.anndata_uns import add_entries
from hillflow.errors import InputError
from hillflow.findings import Finding, warn
from hillflow.show import Block, Facts, Shown, Table

if TYPE_CHECKING:
    import anndata

CELLS = 4096  # in a chunk
SURE = 0.05  # adjusted p below which a cell is counted
MOST = 10  # regulators in the table


@dataclass(frozen=True, eq=False)
class Activity(Shown):
    """The activity of each regulator in each cell.

    Attributes
    ----------
    scores
        t-values, a row a cell and a column a regulator; NaN in cells whose genes are all alike.
    padj
        Two-sided p-values of them, adjusted over the regulators of a cell (Benjamini & Hochberg
        1995).
    method
        "ulm" or "mlm".
    regulons
        The targets that they rest on.
    adata
        The data with both tables in `obsm`, where they came as AnnData.
    noted
        Findings.
    """

    scores: pd.DataFrame
    padj: pd.DataFrame
    method: str
    regulons: Regulons
    adata: anndata.AnnData | None = None
    noted: tuple[Finding, ...] = ()

    @property
    def keys(self) -> tuple[str, str]:
        """The names in `obsm`, those of decoupler: ``score_ulm``, ``padj_ulm``."""
        return f"{keys.SCORE}{self.method}", f"{keys.PADJ}{self.method}"

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What must be said of it."""
        return self.noted

    def add_to(self, adata: anndata.AnnData) -> tuple[str, ...]:
        """Write both tables into ``adata.obsm``, where decoupler puts its own; return the keys."""
        for key, table in zip(self.keys, (self.scores, self.padj), strict=True):
            adata.obsm[key] = table.set_axis(adata.obs_names, axis=0)
        about = {keys.ACTIVITY: {"method": self.method, "network": self.regulons.name}}
        return (*(f"obsm[{key!r}]" for key in self.keys), *add_entries(adata, about))

    def summary(self) -> pd.DataFrame:
        """A row a regulator: targets, mean and sd over cells, share of cells with padj < .05."""
        return pd.DataFrame(
            {
                "targets": self.regulons.targets,
                "mean": self.scores.mean().to_numpy(),
                "sd": self.scores.std(ddof=0).to_numpy(),
                "significant": (self.padj < SURE).mean().to_numpy(),
            },
            index=self.scores.columns,
        ).sort_values("sd", ascending=False, kind="stable")

    def blocks(self) -> list[Block]:
        """What was computed, and the regulators whose activity differs most between cells."""
        found, summary = self.regulons, self.summary()
        facts = [
            ("Method", f"{self.method}: {METHODS[self.method].formula}"),
            ("Cells", f"{len(self.scores):,}"),
            ("Regulators", f"{len(found):,} of {found.name or 'the network'}, by "
             f"{int(found.targets.sum()):,} edges onto {len(found.genes):,} genes"),
        ]  # fmt: skip
        columns = [list(map(str, summary.index)), *(summary[name].tolist() for name in summary)]
        rows = [(*row, f"{share:.0%}") for *row, share in zip(*columns, strict=True)]
        more = len(rows) - MOST
        heads = ("regulator", "targets", "mean t", "sd", "padj < 0.05")
        caption = f"… and {more:,} more" if more > 0 else ""
        return [Facts(facts), Table(heads, rows[:MOST], "Most different between cells", caption)]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values: what was computed, and the summary of each regulator."""
        table = self.summary().reset_index(names="regulator")
        rows = table.astype(object).where(table.notna(), None).to_dict("records")
        return {
            "method": self.method, "network": self.regulons.name, "cells": len(self.scores),
            "keys": [f"obsm[{key!r}]" for key in self.keys],
            "dropped": dict(self.regulons.dropped), "regulators": rows,
        }  # fmt: skip


def infer_activity(
    x: Any, regulons: Regulons, method: str = "ulm", *, cells: Sequence[str] | None = None
) -> Activity:
    """Infer the activity of each regulator in each cell.

    Parameters
    ----------
    x
        Expression, dense or sparse, [cells, genes]: on a log scale, or log ratios.
    regulons
        Of the same genes.
    method
        A name from `hillflow methods activities`.
    cells
        Names of the rows.

    Returns
    -------
    Activity
        Computed in chunks of cells, so that memory is O(chunk · genes) beside x and the result.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.activities import infer_activity, regulons
    >>> from hillflow.networks import Network
    >>> genes = [f"g{k}" for k in range(20)]
    >>> found = regulons(Network.from_columns(["TF"] * 5, genes[:5]), genes)
    >>> x = np.random.default_rng(0).normal(size=(2, 20))
    >>> x[0, :5] += 3  # its targets are high in the first cell
    >>> (infer_activity(x, found).scores["TF"] > 2).tolist()
    [True, False]
    """
    chosen = METHODS[method]
    x = x.tocsr() if hasattr(x, "tocsr") else np.asarray(x)
    if x.ndim != 2 or x.shape[1] != len(regulons.genes):
        raise InputError(
            f"expression of {len(regulons.genes):,} genes, [cells, genes]", f"shape {x.shape}",
            "pass regulons(network, genes) of these genes",
        )  # fmt: skip
    if not x.shape[0]:
        raise InputError("cells", "none", "check the filter that they went through")
    if not np.isfinite(x.data if hasattr(x, "tocsr") else x).all():
        raise InputError(
            "finite expression", "NaN or infinity", "set these values to 0, or leave the genes out"
        )
    parts = [
        _with_p(*chosen.scores(x[start : start + CELLS], regulons))
        for start in range(0, x.shape[0], CELLS)
    ]
    names = [f"cell{k}" for k in range(x.shape[0])] if cells is None else list(cells)
    scores, padj = (
        pd.DataFrame(np.concatenate(table), index=names, columns=list(regulons.regulators))
        for table in zip(*parts, strict=True)
    )
    empty = int(scores.isna().all(axis=1).sum())
    if empty:
        warn(
            f"{empty:,} of {len(scores):,} cells have the same value in every gene, and no "
            "activity: leave them out",
            "activity.empty-cells",
        )
    return Activity(scores, padj, method, regulons)


def _with_p(t: np.ndarray, df: int) -> tuple[np.ndarray, np.ndarray]:
    """t-values and their p-values adjusted within each cell."""
    from scipy import stats

    p = 2 * stats.t.sf(np.abs(t), df)
    known = np.isfinite(p).all(axis=1)
    p[known] = stats.false_discovery_control(p[known], axis=1) if known.any() else p[known]
    return t, p
