"""A network's score beside those of simple guesses and of chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hillflow.errors import InputError
from hillflow.pl.style import ACTIVATION, NEUTRAL, figure_style, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_scores(
    precision: dict[str, float],
    base_rate: float,
    chance: Sequence[float] | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Bars of average precision, the first in colour, over the band that chance stays in.

    Parameters
    ----------
    precision
        Average precision by the ranking's name, the network first.
    base_rate
        Share of pairs that are edges.
    chance
        Ends of the band, where it is known.
    ax
        Where to draw; new axes unless given.
    """
    if not precision:
        raise InputError("one score or more", "none", "validate a network first")
    place = np.arange(len(precision))
    with figure_style():
        ax = new_axes(4.8, 0.9 + 0.28 * len(precision)) if ax is None else ax
        if chance is not None:
            ax.axvspan(*chance, color=NEUTRAL, alpha=0.25, linewidth=0, label="chance, 95 %")
        values = list(precision.values())
        colors = [ACTIVATION, *["#A9BCC9"] * (len(values) - 1)]
        ax.barh(place, values, height=0.65, color=colors, zorder=2)
        for row, value in enumerate(values):
            ax.text(value, row, f" {value:.2f}", va="center", fontsize=8, zorder=3)
        ax.axvline(
            base_rate, color="black", linestyle=":", linewidth=1, label="base rate", zorder=3
        )
        ax.set_yticks(place, list(precision))
        ax.set_ylim(len(values) - 0.5, -0.5)
        ax.set_xlim(0, min(1.1, 1.15 * max(values)))
        ax.set_xlabel("average precision")
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax
