"""The section on predicted perturbations: a table to sort and download, and cell fates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from hillflow import pl
from hillflow.causal import knockout
from hillflow.causal.hypotheses import hypotheses
from hillflow.data import Snapshots
from hillflow.interventions import Intervention
from hillflow.page.contents import Contents
from hillflow.page.values import Picture, picture

MAX_ROWS = 1000  # of the table
_FATES, _CELLS = 6, 100  # perturbations with a figure of fates, and cells simulated for it
_COLUMNS = {
    "perturbation": "Perturbation", "verdict": "Verdict", "effect": "Effect (sd)", "low": "Low",
    "high": "High",
    "fdr": "FDR", "measured_effect": "Measured effect (sd)",
    "measured_correlation": "Correlation with measured", "strongest": "Most changed gene",
    "fate_shift": "Cells that change fate", "fate_toward": "Most to",
    "in_support": "Within measured states", "direct_targets": "Direct targets",
    "expression": "Expression",
    "interaction": "Interaction (sd)", "reason": "By way of",
}  # fmt: skip


def knockouts(contents: Contents) -> dict[str, Any]:
    """Return the ranking as a table, its figures, and the figure of fates."""
    tables = contents.knockouts
    if tables is None or tables.ranking.empty:
        return {}
    ranking, effects = tables.ranking, tables.effects
    listed = _judged(ranking.head(MAX_ROWS), contents)
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
        "simulated": simulated,
        "fates": _fates(contents, simulated),
    }


def _judged(ranking: pd.DataFrame, contents: Contents) -> pd.DataFrame:
    """The ranking with what each prediction is worth, and why, see `hypotheses`."""
    data = contents.run.data
    measured = data.conditions if isinstance(data, Snapshots) else ()
    judged = hypotheses(ranking, contents.graph, measured).set_index("perturbation")
    return ranking.join(judged[["verdict", "reason"]], on="perturbation")


def _fates(contents: Contents, names: list[str]) -> Picture | None:
    """Simulate the fates: the tables of a run do not have the share of each fate."""
    data = contents.run.data
    if not isinstance(data, Snapshots) or data.labels is None:
        return None
    predicted = knockout(contents.run.fit, names, data, cells=_CELLS)
    last = data.rows(predicted.controls.times[-1], Intervention.control())
    labels, counts = np.unique(data.labels[last], return_counts=True)
    measured = dict(zip(map(str, labels), counts / counts.sum(), strict=True))
    return picture(pl.fates(predicted.fates, measured=measured))
