"""Precision against recall of inferred networks, over the band that chance stays in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from hillflow.pl.style import CATEGORIES, NEUTRAL, figure_style, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hillflow.evaluate import NetworkScores, Null

_NULLS = {"labels": "random edges", "degrees": "edges rewired"}


def plot_precision_recall(
    scores: Mapping[str, NetworkScores], null: Null | None = None, ax: Axes | None = None
) -> Axes:
    """One curve a ranking, the base rate dotted, the null's central 95 % grey.

    Parameters
    ----------
    scores
        By name, over one universe; the first is drawn boldest.
    null
        Of the first ranking.
    ax
        Where to draw; new axes unless given.
    """
    curves = {}
    for name, one in scores.items():
        recall, precision = one.curve()
        whole = np.append(0.0, recall), np.append(precision[0], precision)
        curves[f"{name} (AP {one.ap:.3f})"] = whole
    band = None
    if null is not None:
        band = null.kind, null.recall, null.precision_low, null.precision_high
    first = next(iter(scores.values()), None)
    ax = draw_curves(curves, None if first is None else first.base_rate, band, ax)
    if first is not None:
        ax.set_title(f"{first.edges:,} edges among {first.pairs:,} pairs", loc="left")
    return ax


def draw_curves(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    base_rate: float | None = None,
    band: tuple[str, ArrayLike, ArrayLike, ArrayLike] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """The same from plain numbers.

    Parameters
    ----------
    curves
        Recall and precision by their words in the legend; the first is drawn boldest.
    base_rate
        Precision of a random ranking.
    band
        Kind of the null, recall, and the lower and upper end of its precision.
    ax
        Where to draw; new axes unless given.
    """
    with figure_style():
        ax = new_axes(4.4, 3.4) if ax is None else ax
        if band is not None:
            ax.fill_between(
                *band[1:], color=NEUTRAL, alpha=0.3, linewidth=0,
                label=f"chance: {_NULLS[band[0]]}, 95 %",
            )  # fmt: skip
        for number, (words, (recall, precision)) in enumerate(curves.items()):
            ax.step(
                recall, precision, where="pre", label=words,
                color=CATEGORIES[number % len(CATEGORIES)], linewidth=2.0 if not number else 1.0,
                zorder=3 - number / len(curves),
            )  # fmt: skip
        if base_rate is not None:
            ax.axhline(base_rate, color="black", linewidth=0.8, linestyle=":", label="base rate")
        top = max((np.max(precision) for _, precision in curves.values()), default=1.0)
        ax.set_xlim(0, 1)
        ax.set_ylim(0, min(1.02, 1.15 * top))
        ax.set_xlabel("recall")
        ax.set_ylabel("precision")
        ax.legend(loc="upper right", fontsize=7)
    return ax
