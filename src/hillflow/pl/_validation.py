"""A validation in one figure: precision and recall, signs, and the edges with their papers."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hillflow.pl._precision_recall import precision_recall
from hillflow.pl._signs import signs
from hillflow.pl._style import figure_style, new_figure, panels
from hillflow.pl._validations import DrawnValidation, ValidationLike, validation_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MAX_EDGES = 12  # of each status
MAX_PAPERS = 2  # of each edge
LINE = 0.125  # inches
TITLE, NOTE = 80, 140  # letters of a line
_TITLES = {
    "matched": "Found, and published",
    "missed": "Published, not found",
    "novel": "Found, not published",
    "given": "Published, but given",
}
_ARROW = {1: "→", -1: "⊣", 0: "–"}


def validation(result: ValidationLike, *, axes: Sequence[Axes] | None = None) -> np.ndarray:
    """Draw the scores of a network against a reference, and its strongest edges of each status.

    Parameters
    ----------
    result
        From `hillflow.validate`; or a run with a validation, or ``run.validation``.
    axes
        Axes to draw on: precision and recall, signs, then one for each status in
        `Validation.counts`; a new figure, with title and notes, if None.

    Returns
    -------
    ndarray of Axes
        The axes drawn on, in that order.

    Examples
    --------
    >>> import pandas as pd
    >>> import hillflow as hf
    >>> from hillflow.evaluate import validate
    >>> genes = {"source": ["GATA1", "SPI1", "KLF1"], "target": ["SPI1", "GATA1", "SPI1"]}
    >>> edges = pd.DataFrame(genes | {"weight": [-1.0, -0.8, 0.2]})
    >>> axes = hf.pl.validation(validate(edges, "hematopoiesis"))
    >>> axes[0].figure.savefig("validation.png")
    """
    shown = validation_of(result)
    status = shown.edges["status"]
    groups = [(name, shown.edges[status == name]) for name in shown.counts]
    longest = max((min(len(rows), MAX_EDGES) for _, rows in groups), default=0)
    with figure_style():
        if axes is None:
            drawn = _new_axes(shown, len(groups), LINE * (longest + 4))
        else:
            drawn = panels(axes, 2 + len(groups), (0, 0))
        _draw_ranking(drawn[0], shown)
        _draw_signs(drawn[1], shown)
        for ax, (name, rows) in zip(drawn[2:], groups, strict=True):
            ax.set_axis_off()
            ax.set_title(f"{_TITLES[name]} ({len(rows):,})", fontsize=8)
            text = "\n".join(_lines(rows, shown.signed)) or "none"
            ax.text(0, 1, text, va="top", fontsize=6.5, transform=ax.transAxes)
    return drawn


def _new_axes(result: DrawnValidation, lists: int, height: float) -> np.ndarray:
    """Two panels above, so many lists of this height below, in a figure with title and notes."""
    figure = new_figure(7.6, 4.8 + height)
    rows = figure.add_gridspec(2, 1, height_ratios=(4.0, height), hspace=0.1)
    upper = rows[0].subgridspec(1, 2, width_ratios=(1.7, 1.0))
    lower = rows[1].subgridspec(1, lists)
    figure.suptitle(textwrap.fill(result.title, TITLE, break_on_hyphens=False), x=0.01, ha="left")
    figure.supxlabel(_notes(result), x=0.01, ha="left", fontsize=7)
    places = [*(upper[k] for k in range(2)), *(lower[k] for k in range(lists))]
    return np.array([figure.add_subplot(place) for place in places], dtype=object)


def _notes(result: DrawnValidation) -> str:
    """What counts as found, what stands behind published edges, and how certain the scores are."""
    words = f"The {result.found:,} strongest pairs count as found."
    if result.edges["evidence"].astype(bool).any():
        words += " Behind published edges: PubMed identifiers, or what else is cited."
    return textwrap.fill(words, NOTE) + "\n" + textwrap.fill(f"{result.over_cells}.", NOTE)


def _draw_ranking(ax: Axes, result: DrawnValidation) -> None:
    if not result.found:
        _write(ax, "Nothing is left to find:\nthe model was given every edge")
        return
    if not result.rankings:  # a file of an earlier version
        _write(ax, "The run has no curves:\nvalidate it again")
        return
    precision_recall(result.rankings, chance=result.chance, base_rate=result.base_rate, ax=ax)
    title = f"{result.found:,} edges among {result.pairs:,} pairs"
    ax.set_title("\n".join([f"{title}:", *result.verdicts]) if result.verdicts else title)


def _draw_signs(ax: Axes, result: DrawnValidation) -> None:
    if result.signs is None:
        _write(ax, "No signs to compare")
        return
    signs(result.signs, ax=ax)


def _write(ax: Axes, text: str) -> None:
    ax.set_axis_off()
    ax.text(0.5, 0.5, text, ha="center", va="center", transform=ax.transAxes)


def _lines(rows: pd.DataFrame, signed: bool) -> list[str]:
    """``A ⊣ B  1, 2``: the sign is the published one, or for new edges the inferred.

    Where the network has the opposite sign, the line says so.
    """
    lines = []
    for row in rows.head(MAX_EDGES).to_dict("records"):
        here = int((row["weight"] > 0) - (row["weight"] < 0)) if signed else 0
        published = int(row["reference_sign"])
        sign = here if row["status"] == "novel" else published
        papers = [item for item in str(row["evidence"]).split(";") if item]
        line = f"{row['source']} {_ARROW[sign]} {row['target']}"
        if row["status"] == "matched" and here * published == -1:
            line += f" (here {_ARROW[here]})"
        if papers:
            line += f"  {', '.join(papers[:MAX_PAPERS])}" + " …" * (len(papers) > MAX_PAPERS)
        lines.append(line)
    return [*lines, *([f"… {len(rows) - MAX_EDGES:,} more"] if len(rows) > MAX_EDGES else [])]
