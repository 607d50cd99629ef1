"""Perturbations by the size of their effect, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hillflow.errors import InputError
from hillflow.pl.style import ACTIVATION, NEUTRAL, figure_style, new_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


MOSTLY = 0.5  # share of the cells that must stay within what was measured


def plot_ranking(ranking: pd.DataFrame, *, most: int = 20, ax: Axes | None = None) -> Axes:
    """Bars of the effect, largest above; grey where most cells leave what was measured.

    Parameters
    ----------
    ranking
        `KnockoutResult.ranking`, or the table ``ranking.csv``. Its interval, over the members of
        an ensemble, is drawn where there is one.
    most
        At most so many; how many are left out is said above.
    ax
        Where to draw; new axes unless given.
    """
    if ranking.empty:
        raise InputError("a ranking with perturbations", "none", "predict one or more first")
    order = ranking.sort_values("effect", ascending=False, kind="stable")
    shown, hidden = order.head(most), max(len(order) - most, 0)
    place = np.arange(len(shown))
    effect = shown["effect"].to_numpy(float)
    known = shown[["low", "high"]].notna().all(axis=1).to_numpy()
    inside = shown["in_support"].to_numpy(float) >= MOSTLY
    with figure_style():
        ax = new_axes(4.6, 0.8 + 0.21 * len(shown)) if ax is None else ax
        colors = np.where(inside, ACTIVATION, NEUTRAL)
        ax.barh(place, effect, height=0.7, color=list(colors))
        low, high = (shown[end].to_numpy(float)[known] for end in ("low", "high"))
        ax.hlines(place[known], low, high, color="black", linewidth=1.2)
        ax.axvline(0, color="black", linewidth=0.8)
        ax.set_yticks(place, shown["perturbation"])
        ax.set_ylim(len(shown) - 0.4, -0.6)
        ax.set_xlabel("shift of the other genes (standard deviations)")
        ax.set_title(_title(bool(known.any()), bool(inside.all()), hidden))
    return ax


def _title(intervals: bool, inside: bool, hidden: int) -> str:
    lines = ["Predicted effect" + ", 95 % interval" * intervals]
    if not inside:
        lines.append("grey: mostly outside measured states")
    if hidden:
        lines.append(f"{hidden:,} smaller not drawn")
    return "\n".join(lines)
