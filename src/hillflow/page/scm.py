"""The section on stable states: levels, effects, interventions, and ways between the states."""

from __future__ import annotations

from typing import Any

import pandas as pd

from hillflow import pl
from hillflow.page.contents import Contents
from hillflow.page.values import picture

MAX_ROWS = 200  # of each table
MAX_EFFECTS = 20  # of each state
_STATES = {
    "state": "State", "cells": "Cells", "share": "Share", "label": "Label", "members": "Members",
    "in_support": "Among measured cells", "recovery_time": "Recovers in",
    "period": "Oscillates in",
}  # fmt: skip
_EFFECTS = {"source": "Source", "target": "Target", "state": "State", "direct": "Direct (sd)",
            "total": "Total (sd)"}  # fmt: skip
_OUTCOMES = {
    "intervention": "Intervention", "state": "From state", "outcome": "Outcome", "to": "To state",
    "shift": "Shift (sd)", "strongest": "Most changed gene",
}  # fmt: skip
_SWITCHES = {"intervention": "Intervention", "state": "From state", "to": "To state",
             "genes": "Genes", "distance": "Distance (sd)"}  # fmt: skip


def scm(contents: Contents) -> dict[str, Any]:
    """Return the states as a figure and a table, and what follows from them as tables."""
    result = contents.scm
    if result is None:
        return {}
    effects = result.effects.dropna(subset="total").groupby("state").head(MAX_EFFECTS)
    return {
        "count": len(result.states),
        "settled": result.followed - result.unsettled,
        "followed": result.followed,
        "compared": result.compared,
        "held": result.held,
        "unit": result.time_unit,
        "levels": picture(pl.stable_states(result)),
        "states": _table(result.table, _STATES),
        "effects": _table(effects, _EFFECTS),
        "outcomes": _table(result.interventions, _OUTCOMES),
        "switches": _table(result.switches, _SWITCHES),
        "paths": [(number, _table(paths, {str(name): str(name).capitalize() for name in paths}))
                  for number, paths in result.asked_paths()],
    }  # fmt: skip


def _table(table: pd.DataFrame, names: dict[str, str]) -> dict[str, Any]:
    """Headings and rows of the columns that have values; how many rows are not shown."""
    shown = table.head(MAX_ROWS)
    columns = [name for name in names if shown[name].notna().any()]
    values = shown[columns].astype(object).where(shown[columns].notna(), None)
    return {
        "headings": [names[name] for name in columns],
        "rows": values.to_numpy(object).tolist(),
        "hidden": len(table) - len(shown),
    }
