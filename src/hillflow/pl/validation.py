"""A validation on one page: precision and recall, signs, and the edges with their papers."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from hillflow.pl.precision_recall import plot_precision_recall
from hillflow.pl.signs_figure import plot_signs
from hillflow.pl.style import figure_style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hillflow.evaluate.validation import Validation

MOST_EDGES = 12  # of each status
MOST_PAPERS = 2  # of each edge
LINE = 0.125  # inches
TITLE, NOTE = 80, 140  # letters of a line
_TITLES = {
    "matched": "Found, and published",
    "missed": "Published, not found",
    "novel": "Found, not published",
    "given": "Published, but given",
}
_ARROW = {1: "→", -1: "⊣", 0: "–"}


def plot_validation(validation: Validation) -> Figure:
    """Draw the headline above and the strongest edges of each status below."""
    from matplotlib.figure import Figure

    status = validation.edges["status"]
    groups = [(one, validation.edges[status == one]) for one in validation.counts()]
    longest = max((min(len(rows), MOST_EDGES) for _, rows in groups), default=0)
    with figure_style():
        figure = Figure(figsize=(7.6, 4.4 + LINE * (longest + 3)))
        heights = (3.6, 0.8 + LINE * (longest + 3))
        upper, lower = figure.subfigures(2, 1, height_ratios=heights, squeeze=False)[:, 0]
        left, right = upper.subplots(1, 2, width_ratios=(1.7, 1.0))
        _draw_ranking(left, validation)
        _draw_signs(right, validation)
        title = f"{validation.subject} against {validation.reference.name}"
        figure.suptitle(textwrap.fill(title, TITLE, break_on_hyphens=False), x=0.01, ha="left")
        lower.suptitle(_how_to_read(validation), x=0.01, ha="left", fontsize=7)
        panels = lower.subplots(1, len(groups), squeeze=False)[0]
        for panel, (one, rows) in zip(panels, groups, strict=True):
            panel.set_axis_off()
            text = "\n".join(_lines(rows, validation.signed)) or "none"
            panel.set_title(f"{_TITLES[one]} ({len(rows):,})", fontsize=8)
            panel.text(0, 1, text, va="top", fontsize=6.5, transform=panel.transAxes)
    return figure


def _how_to_read(validation: Validation) -> str:
    """What counts as found, what the numbers behind edges are, and how sure the scores are."""
    called = 0 if validation.scores is None else validation.scores.edges
    words = f"The {called:,} strongest pairs count as found."
    if validation.edges["evidence"].astype(bool).any():
        words += " Behind published edges: PubMed identifiers, or what else is cited."
    cells = validation.over_cells
    over = cells.words[0].upper() + cells.words[1:] + (f": {cells.said()}" * bool(cells.scores))
    return textwrap.fill(words, NOTE) + "\n" + textwrap.fill(f"{over}.", NOTE)


def _draw_ranking(ax: Axes, validation: Validation) -> None:
    if validation.scores is None:
        _say(ax, "Nothing is left to find:\nthe model was given every edge")
        return
    scores = {"this network": validation.scores, **validation.baselines}
    chance = validation.chance
    plot_precision_recall(scores, chance, ax)
    words = [
        verdict + f" (p = {one.p:.2g}{' on random pairs' * (one.kind == 'labels')})" * one.tells
        for one, verdict in validation.verdicts
        if one is chance or (one.kind == "degrees" and not one.tells)
    ]
    if words:
        ax.set_title("\n".join([f"{ax.get_title('left')}:", *words]))


def _draw_signs(ax: Axes, validation: Validation) -> None:
    if validation.signs is None or validation.signs.scores is None:
        _say(ax, "No signs to compare")
        return
    plot_signs(validation.signs.scores, ax)


def _say(ax: Axes, text: str) -> None:
    ax.set_axis_off()
    ax.text(0.5, 0.5, text, ha="center", va="center", transform=ax.transAxes)


def _lines(rows: pd.DataFrame, signed: bool) -> list[str]:
    """``A ⊣ B  1, 2``: the sign is the published one, or for new edges the inferred.

    Where the network has it the other way, that is said too.
    """
    lines = []
    for row in rows.head(MOST_EDGES).to_dict("records"):
        here = int((row["weight"] > 0) - (row["weight"] < 0)) if signed else 0
        published = int(row["reference_sign"])
        sign = here if row["status"] == "novel" else published
        papers = [item for item in str(row["evidence"]).split(";") if item]
        line = f"{row['source']} {_ARROW[sign]} {row['target']}"
        if row["status"] == "matched" and here * published == -1:
            line += f" (here {_ARROW[here]})"
        if papers:
            line += f"  {', '.join(papers[:MOST_PAPERS])}" + " …" * (len(papers) > MOST_PAPERS)
        lines.append(line)
    return [*lines, *([f"… {len(rows) - MOST_EDGES:,} more"] if len(rows) > MOST_EDGES else [])]
