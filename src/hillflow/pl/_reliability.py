"""Whether edges with a confidence of 80 % are true in 80 % of cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hillflow.errors import InputError
from hillflow.pl._results import check_table
from hillflow.pl._style import ACTIVATION, BESIDE, NEUTRAL, drawing

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def reliability(bins: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Share of true edges at each confidence, with 95 % intervals, beside the diagonal.

    Above the diagonal the confidence is too low, below it too high. The number of edges stands
    beside each point.

    Parameters
    ----------
    bins
        The table that `hillflow.causal.confidence.reliability` returns.
    ax
        Axes to draw on; a new figure if None.

    Returns
    -------
    Axes
        The axes drawn on.

    Examples
    --------
    >>> import numpy as np
    >>> import hillflow as hf
    >>> from hillflow.causal.confidence import reliability
    >>> bins = reliability(np.array([0.1, 0.2, 0.8, 0.9]), np.array([0, 0, 1, 1]), bins=2)
    >>> ax = hf.pl.reliability(bins)
    """
    if getattr(bins, "empty", False):
        raise InputError("a bin with edges", "none", "give edges that carry a confidence")
    check_table(
        bins, ("confidence", "true", "true_low", "true_high", "edges"), "a table of bins",
        "what hillflow.causal.confidence.reliability returns",
    )  # fmt: skip
    x, y = bins["confidence"], bins["true"]
    with drawing(ax, 4.4, 3.2) as ax:
        ax.plot((0, 1), (0, 1), color=NEUTRAL, linestyle=":", linewidth=1, label="calibrated")
        ax.vlines(x, bins["true_low"], bins["true_high"], color=ACTIVATION, linewidth=1.2)
        ax.plot(x, y, "o-", color=ACTIVATION, markersize=4, linewidth=0.8, label="these edges")
        for row in bins.to_dict("records"):
            ax.annotate(
                f"{row['edges']:,}", (row["confidence"], row["true"]), (5, -4),
                textcoords="offset points", fontsize=7,
            )  # fmt: skip
        ax.set_xlim(0, 1.02)
        ax.set_ylim(0, 1.02)
        ax.set_xlabel("confidence")
        ax.set_ylabel("share of true edges")
        ax.set_title(f"{int(bins['edges'].sum()):,} edges")
        ax.legend(**BESIDE)
    return ax
