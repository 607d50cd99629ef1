"""Precision against recall of inferred networks, over the band that chance stays in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from hillflow.report.style import CATEGORIES, NEUTRAL, figure_style, new_axes

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
    with figure_style():
        ax = new_axes(4.4, 3.4) if ax is None else ax
        if null is not None:
            ax.fill_between(
                null.recall, null.precision_low, null.precision_high, color=NEUTRAL, alpha=0.3,
                linewidth=0, label=f"chance: {_NULLS[null.kind]}, 95 %",
            )  # fmt: skip
        for number, (name, one) in enumerate(scores.items()):
            recall, precision = one.curve()
            ax.step(
                np.append(0.0, recall), np.append(precision[0], precision), where="pre",
                color=CATEGORIES[number % len(CATEGORIES)], linewidth=2.0 if not number else 1.0,
                label=f"{name} (AP {one.ap:.3f})", zorder=3 - number / len(scores),
            )  # fmt: skip
        for one in list(scores.values())[:1]:
            ax.axhline(
                one.base_rate, color="black", linewidth=0.8, linestyle=":", label="base rate"
            )
            ax.set_title(f"{one.edges:,} edges among {one.pairs:,} pairs")
        tops = [one.curve()[1].max() for one in scores.values()]
        ax.set_xlim(0, 1)
        ax.set_ylim(0, min(1.02, 1.15 * max(tops, default=1.0)))
        ax.set_xlabel("recall")
        ax.set_ylabel("precision")
        ax.legend(loc="upper right", fontsize=7)
    return ax
