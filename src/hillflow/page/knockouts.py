"""Predicted perturbations: a table to sort and take along, and what becomes of the cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.data import Snapshots
from hillflow.interventions import Intervention
from hillflow.page.contents import Contents
from hillflow.page.parts import Html, missing, paragraph, picture, section, table, tag
from hillflow.pl.fates import plot_fates
from hillflow.pl.knockout_effects import plot_effects
from hillflow.pl.knockout_ranking import plot_ranking

if TYPE_CHECKING:
    import pandas as pd

MOST = 1000  # rows of the table
_FATES, _CELLS = 6, 100  # perturbations whose fates are drawn, and cells that are followed
_COLUMNS = {
    "perturbation": "Perturbation", "effect": "Effect (sd)", "low": "Low", "high": "High",
    "fdr": "FDR", "strongest": "Most moved gene", "fate_shift": "Cells that change fate",
    "fate_toward": "Most to", "in_support": "Within measured states",
    "direct_targets": "Direct targets", "expression": "Expression",
    "interaction": "Interaction (sd)",
}  # fmt: skip


def knockouts(contents: Contents) -> Html:
    """The section with the ranking, its figures and the fates."""
    ranking = contents.ranking
    if ranking is None or ranking.empty:
        return section(
            "knockouts", "Knockouts",
            missing("No perturbation has been predicted.", contents.command("knockout", "--all")),
        )  # fmt: skip
    hidden = len(ranking) - MOST
    more = f" The first {MOST:,} are here; ranking.csv has {hidden:,} more." if hidden > 0 else ""
    one = bool(ranking["low"].isna().all())
    others = "".join(f" and of {run}" for run in contents.ranking_about.get("runs", ())[1:])
    return section(
        "knockouts", "Knockouts",
        paragraph(
            "What the fitted field predicts, from untouched cells alone. The effect is the shift "
            "of all other genes’ means at the last time, in standard deviations of the untouched "
            "cells. " + ("One fit cannot say how sure it is, so there are no intervals."
                         if one else f"Intervals (95 %) are over the members of this run{others}.")
            + more
        ),
        tag("p", tag("button", "Download as CSV", type="button", id="download"), class_="buttons"),
        _table(ranking.head(MOST)),
        picture(
            plot_ranking(ranking),
            "Bars of the predicted effect, largest first, with intervals; the table above has "
            "the numbers.",
            "Predicted effect of each perturbation. Grey: most cells leave what was measured, so "
            "that the field is asked for what it has not seen.",
        ),
        _effects(contents.effects),
        _fates(contents),
    )  # fmt: skip


def _table(ranking: pd.DataFrame) -> Html:
    shown = [name for name in _COLUMNS if name in ranking and ranking[name].notna().any()]
    rows = [[_value(row[name]) for name in shown] for row in ranking.to_dict("records")]
    headings = [_COLUMNS[name] for name in shown]
    caption = "Predicted perturbations; press a heading to sort by it"
    return table(caption, headings, rows, sortable=True, id="ranking")


def _value(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _effects(effects: pd.DataFrame | None) -> Html:
    if effects is None or effects.empty:
        return Html("")
    return picture(
        plot_effects(effects),
        "Table of colours: perturbations in rows, genes in columns, blue where the mean rises "
        "and orange where it falls. knockouts.csv has the numbers.",
        "Predicted change of every gene’s mean at the last time. Crosses: the perturbed gene.",
    )


def _fates(contents: Contents) -> Html:
    """Simulated now, for the shares of each fate are not among the tables of a run."""
    data = contents.run.data
    if contents.ranking is None or not isinstance(data, Snapshots) or data.labels is None:
        return Html("")
    from hillflow.causal import knockout

    names = list(contents.ranking["perturbation"][:_FATES])
    found = knockout(contents.run, names, cells=_CELLS)
    last = data.rows(found.wild_type.times[-1], Intervention.control())
    labels, counts = np.unique(data.labels[last], return_counts=True)
    measured = dict(zip(map(str, labels), counts / counts.sum(), strict=True))
    return picture(
        plot_fates(found.fates, measured=measured),
        f"Stacked bars: shares of the cell types after simulation, untouched and under "
        f"{', '.join(names)}.",
        "What becomes of the cells of the first time, untouched and under the perturbations of "
        "the largest effect. A simulated cell is of the type of most of its measured neighbours. "
        "Where the two uppermost bars differ, the field does not yet make the untouched cells.",
    )
