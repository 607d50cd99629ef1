"""How much error each further piece of a formula takes away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from hillflow.pl.style import ACTIVATION, CATEGORIES, figure_style, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hillflow.symbolic import ParetoFront

BEYOND = CATEGORIES[1]


def plot_front(front: ParetoFront, *, ax: Axes | None = None) -> Axes:
    """Error against complexity of one gene's laws; the law of least BIC is ringed.

    The error is a share of the production's spread, so that 1 is what its mean would reach:
    where it was fitted (line), and beyond the measured cells (open squares).
    """
    complexity = [law.complexity for law in front]
    best = front.best
    with figure_style():
        ax = new_axes(3.0, 2.4) if ax is None else ax
        errors = [law.error for law in front]
        ax.plot(complexity, errors, "o-", color=ACTIVATION, markersize=4, label="where fitted")
        beyond = [np.nan if law.error_off is None else law.error_off for law in front]
        ax.plot(
            complexity, beyond, "s", color=BEYOND, markersize=4, fillstyle="none",
            label="beyond the cells",
        )  # fmt: skip
        ax.plot(
            best.complexity, best.error, "o", color="black", markersize=10, fillstyle="none",
            label="least BIC",
        )  # fmt: skip
        finite = [one for one in (*errors, *beyond) if np.isfinite(one)]
        ax.set_ylim(0, 1.12 * max((min(one, 1.2) for one in finite), default=1.0))
        ax.set_title(front.gene)
    return ax


def plot_fronts(laws: Mapping[str, ParetoFront], *, most: int = 12) -> Figure:
    """One panel a gene, those first whose best law is most complex.

    Parameters
    ----------
    laws
        `Laws`, or any mapping from gene to front.
    most
        At most so many genes; how many are left out is said below.
    """
    from matplotlib.figure import Figure

    chosen = sorted(laws.values(), key=lambda front: -front.best.complexity)[:most]
    wide = min(4, len(chosen))
    high = -(-len(chosen) // wide)
    with figure_style():
        figure = Figure(figsize=(1.9 * wide + 0.6, 1.6 * high + 0.7))
        panels = figure.subplots(high, wide, squeeze=False).ravel()
        for panel, front in zip(panels, chosen, strict=False):
            plot_front(front, ax=panel)
        for panel in panels[len(chosen) :]:
            panel.set_axis_off()
        handles, names = panels[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside upper center", ncols=3)
        hidden = len(laws) - len(chosen)
        more = f"; {hidden:,} more gene{'s' * (hidden > 1)} not drawn" if hidden else ""
        figure.supxlabel(f"complexity (nodes of the formula){more}", fontsize=9)
        figure.supylabel("error (share of the spread)", fontsize=9)
    return figure
