"""Whether edges called at 80 % are true in 80 % of cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hillflow.errors import InputError
from hillflow.pl.style import ACTIVATION, NEUTRAL, figure_style, new_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def plot_reliability(reliability: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Share of true edges at each confidence, with 95 % intervals, over the diagonal.

    Parameters
    ----------
    reliability
        As `hillflow.causal.confidence.reliability` gives it. Above the diagonal the confidence
        is too modest, below it too sure. The number of edges stands beside each point.
    ax
        Where to draw; new axes unless given.
    """
    if reliability.empty:
        raise InputError("a bin with edges", "none", "give edges that carry a confidence")
    x, y = reliability["confidence"], reliability["true"]
    with figure_style():
        ax = new_axes(3.4, 3.2) if ax is None else ax
        ax.plot((0, 1), (0, 1), color=NEUTRAL, linestyle=":", linewidth=1, label="calibrated")
        ax.vlines(
            x, reliability["true_low"], reliability["true_high"], color=ACTIVATION, linewidth=1.2
        )
        ax.plot(x, y, "o-", color=ACTIVATION, markersize=4, linewidth=0.8, label="these edges")
        for row in reliability.to_dict("records"):
            ax.annotate(
                f"{row['edges']:,}", (row["confidence"], row["true"]), (5, -4),
                textcoords="offset points", fontsize=7,
            )  # fmt: skip
        ax.set_xlim(0, 1.02)
        ax.set_ylim(0, 1.02)
        ax.set_xlabel("confidence")
        ax.set_ylabel("share that is true")
        ax.set_title(f"{int(reliability['edges'].sum()):,} edges")
        ax.legend(loc="upper left")
    return ax
