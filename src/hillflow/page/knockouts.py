"""The section on predicted perturbations: a table to sort and download, and cell fates."""

from __future__ import annotations

from typing import Any

import numpy as np

from hillflow import pl
from hillflow.data import Snapshots
from hillflow.interventions import Intervention
from hillflow.page.contents import Contents
from hillflow.page.values import Picture, picture

MAX_ROWS = 1000  # of the table
_FATES = 6  # perturbations in the figure of fates
_COLUMNS = {
    "perturbation": "Perturbation", "verdict": "Verdict", "effect": "Effect (sd)", "low": "Low",
    "high": "High", "p": "p", "fdr": "FDR",
    "fate_shift": "Cells that change fate", "fate_toward": "Most to", "fate_fdr": "FDR of fate",
    "in_support": "Within measured states", "reason": "By way of",
    "measured_effect": "Measured effect (sd)", "measured_correlation": "Correlation with measured",
    "strongest": "Most changed gene", "direct_targets": "Direct targets",
    "expression": "Expression",
    "additive": "Sum of single effects (sd)", "interaction": "Deviation from the sum (sd)",
    "interaction_low": "Deviation, low", "interaction_high": "Deviation, high",
}  # fmt: skip


def knockouts(contents: Contents) -> dict[str, Any]:
    """Return the ranking as a table, its figures, and the figure of fates."""
    tables = contents.knockouts
    if tables is None or tables.ranking.empty:
        return {}
    ranking, effects = tables.ranking, tables.effects
    listed = contents.hypotheses.head(MAX_ROWS)
    columns = [name for name in _COLUMNS if name in listed and listed[name].notna().any()]
    simulated = list(ranking["perturbation"][:_FATES])
    return {
        "intervals": not ranking["low"].isna().all(),
        "measured": "measured_effect" in columns,
        "other_runs": tables.about.get("runs", ())[1:],
        "hidden": len(ranking) - len(listed),
        "headings": [_COLUMNS[name] for name in columns],
        "rows": listed[columns].to_numpy(object).tolist(),
        "ranking": picture(pl.knockout_ranking(ranking)),
        "effects": None if effects.empty else picture(pl.knockout_effects(effects)),
        "combined": "additive" in columns,
        "edges": any("cut_edge" in name for name in ranking["perturbation"]),
        "simulated": simulated,
        "fates": _fates(contents, simulated),
    }


def _fates(contents: Contents, names: list[str]) -> Picture | None:
    """The shares that the run keeps, of the cells whose changes of fate the ranking counts."""
    data, tables = contents.run.data, contents.knockouts
    fates = None if tables is None else tables.fates
    if fates is None or not isinstance(data, Snapshots) or data.labels is None:
        return None
    shown = fates[fates["perturbation"].isin(names)]
    if shown.empty or shown["predicted"].isna().any():
        return None
    rows = data.rows(data.times[-1], Intervention.control())
    labels, counts = np.unique(data.labels[rows], return_counts=True)
    measured = dict(zip(map(str, labels), counts / max(counts.sum(), 1), strict=True))
    return picture(pl.fates(shown, measured=measured if len(rows) else None))
