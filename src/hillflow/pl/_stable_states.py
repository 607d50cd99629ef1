"""The levels of genes in each stable state, as a heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hillflow.causal import ScmResult
from hillflow.pl._results import absent, refused
from hillflow.pl._style import SEQUENTIAL, drawing, figure_of, text_width
from hillflow.results import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CELL = 0.27  # inches a gene


def stable_states(states: ScmResult | Run, *, top: int = 30, ax: Axes | None = None) -> Axes:
    """Level of each gene in each stable state, in standard deviations of the control cells.

    Genes that differ most between states stand first. The labels below say how many of the followed
    cells come to rest at a state, and which fate its measured neighbours have.

    Parameters
    ----------
    states
        The result of ``hillflow.scm``, or a run with it.
    top
        At most so many genes.
    ax
        Axes to draw on; a new figure if None.

    Returns
    -------
    Axes
        The axes drawn on.

    Examples
    --------
    >>> import hillflow as hf
    >>> ax = hf.pl.stable_states(hf.scm("run"))
    """
    result = _result_of(states)
    levels = result.differing(top)
    genes = [str(gene) for gene in levels.index]
    values = levels.to_numpy() / result.spread[[result.genes.index(gene) for gene in genes], None]
    names = [
        f"{row['state']}{': ' + str(row['label']) if row['label'] else ''} ({row['share']:.0%})"
        for row in result.table.to_dict("records")
    ]
    width = 2.2 + text_width(genes) + 2 * _CELL * max(len(names), 2)
    with drawing(ax, width, 1.0 + text_width(names) + _CELL * max(len(genes), 3)) as ax:
        image = ax.imshow(values, cmap=SEQUENTIAL, aspect="auto")
        middle = (np.nanmin(values) + np.nanmax(values)) / 2
        for row, column in np.ndindex(*values.shape):
            level = levels.to_numpy()[row, column]
            color = "white" if values[row, column] <= middle else "black"
            ax.text(column, row, f"{level:.2g}", ha="center", va="center", color=color, fontsize=7)
        ax.set_xticks(range(len(names)), names, rotation=90)
        ax.set_yticks(range(len(genes)), genes)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        bar = figure_of(ax).colorbar(image, ax=ax, pad=0.02)
        bar.set_label("standard deviations")
        hidden = len(result.genes) - len(genes)
        lines = ["Levels in each stable state"] + [f"{hidden:,} genes not drawn"] * bool(hidden)
        ax.set_title("\n".join(lines))
    return ax


def _result_of(given: ScmResult | Run) -> ScmResult:
    if isinstance(given, Run):
        if given.scm is None:
            raise absent(given, "stable states", "scm")
        return given.scm
    if isinstance(given, ScmResult):
        return given
    raise refused(given, "the stable states of a law, or a run with them", "hf.scm(run)")
