"""Perturbations ranked by the size of their predicted effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hillflow.errors import InputError
from hillflow.pl._results import KnockoutsLike, ranking_of
from hillflow.pl._style import ACTIVATION, NEUTRAL, drawing, text_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes


MOSTLY = 0.5  # share of the cells that must stay within what was measured


def knockout_ranking(ranking: KnockoutsLike, *, top: int = 20, ax: Axes | None = None) -> Axes:
    """Bars of the effect, largest above; grey where most cells leave the measured states.

    A diamond marks the effect in measured cells of that perturbation, where the table has it.

    Parameters
    ----------
    ranking
        A `KnockoutResult`, a run with perturbations, or their ``ranking``: ``ranking.csv``. The
        interval over the members of an ensemble is drawn where there is one.
    top
        At most so many perturbations; the title says how many are not drawn.
    ax
        Axes to draw on; a new figure if None.

    Returns
    -------
    Axes
        The axes drawn on.

    Examples
    --------
    >>> import pandas as pd
    >>> import hillflow as hf
    >>> ax = hf.pl.knockout_ranking(pd.read_csv("run/ranking.csv"))
    """
    table = ranking_of(ranking)
    if table.empty:
        raise InputError("a ranking with perturbations", "none", "predict one or more first")
    order = table.sort_values("effect", ascending=False, kind="stable")
    shown, hidden = order.head(top), max(len(order) - top, 0)
    place = np.arange(len(shown))
    known = shown[["low", "high"]].notna().all(axis=1).to_numpy()
    inside = shown["in_support"].to_numpy(float) >= MOSTLY
    with drawing(ax, 3.5 + text_width(shown["perturbation"]), 0.9 + 0.21 * len(shown)) as ax:
        colors = np.where(inside, ACTIVATION, NEUTRAL)
        ax.barh(place, shown["effect"].to_numpy(float), height=0.7, color=list(colors))
        low, high = (shown[end].to_numpy(float)[known] for end in ("low", "high"))
        ax.hlines(place[known], low, high, color="black", linewidth=1.2)
        ax.axvline(0, color="black", linewidth=0.8)
        measured = shown.get("measured_effect", shown["effect"] * np.nan).to_numpy(float)
        ax.plot(measured, place, "D", color="white", markeredgecolor="black", markersize=4)
        ax.set_yticks(place, shown["perturbation"])
        ax.set_ylim(len(shown) - 0.4, -0.6)
        ax.set_xlabel("shift of the other genes (standard deviations)")
        lines = ["Predicted effect" + ", 95 % interval" * bool(known.any())]
        lines += ["diamond: in measured cells"] * bool(np.isfinite(measured).any())
        lines += ["grey: mostly outside measured states"] * (not inside.all())
        lines += [f"{hidden:,} smaller not drawn"] * bool(hidden)
        ax.set_title("\n".join(lines))
    return ax
