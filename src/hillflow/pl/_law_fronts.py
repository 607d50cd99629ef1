"""The error of a gene's laws against their complexity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from hillflow.errors import InputError
from hillflow.pl._results import laws_of, refused
from hillflow.pl._style import (
    ACTIVATION,
    BESIDE,
    CATEGORIES,
    drawing,
    figure_of,
    figure_style,
    panels,
    shared_legend,
)
from hillflow.symbolic import ParetoFront

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hillflow.results import Run

BEYOND = CATEGORIES[1]
COMPLEXITY, ERROR = "complexity (nodes of the formula)", "error (share of the spread)"


def law_front(front: ParetoFront, *, ax: Axes | None = None) -> Axes:
    """Error against complexity of one gene's laws; the law with the lowest BIC is ringed.

    The error is a share of the production's spread, so that 1 is what its mean would reach:
    where the law was fitted (line), and beyond the measured cells (open squares). Logic laws have
    no front: they are the model, without error or alternatives (draw them with `law`).

    Parameters
    ----------
    front
        The laws of one gene, as in `Laws`.
    ax
        Axes to draw on; a new figure if None.

    Returns
    -------
    Axes
        The axes drawn on.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.symbolic import Laws
    >>> front = next(iter(Laws.load("run/laws.json").values()))
    >>> ax = hf.pl.law_front(front)
    """
    if not isinstance(front, ParetoFront):
        raise refused(front, "the laws of one gene", "laws['GENE'], or all to hf.pl.law_fronts")
    _check(front)
    with drawing(ax, 4.4, 2.4) as ax:
        _draw(ax, front)
        ax.set_xlabel(COMPLEXITY)
        ax.set_ylabel(ERROR)
        ax.legend(**BESIDE)
    return ax


def law_fronts(
    laws: Mapping[str, ParetoFront] | Run, *, top: int = 12, axes: Sequence[Axes] | None = None
) -> np.ndarray:
    """One panel a gene, as `law_front` draws it; genes with the most complex best law first.

    Parameters
    ----------
    laws
        `Laws`, or any mapping from gene to front; or a run with laws.
    top
        At most so many genes; how many are not drawn stands below.
    axes
        Axes to draw on, one for each gene; a new figure if None.

    Returns
    -------
    ndarray of Axes
        The axes drawn on, one for each gene.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.symbolic import Laws
    >>> axes = hf.pl.law_fronts(Laws.load("run/laws.json"))
    """
    fronts = laws_of(laws)
    for front in fronts.values():
        _check(front)
    chosen = sorted(fronts.values(), key=lambda front: -front.best.complexity)[:top]
    wide = min(4, len(chosen))
    size = 1.9 * wide + 0.6, 1.6 * -(-len(chosen) // wide) + 0.7
    with figure_style():
        drawn = panels(axes, len(chosen), size, wide)
        for ax, front in zip(drawn, chosen, strict=True):
            _draw(ax, front)
        shared_legend(drawn, axes is None, loc="outside upper center", ncols=3)
        if axes is None:
            hidden = len(fronts) - len(chosen)
            more = f"; {hidden:,} more gene{'s' * (hidden > 1)} not drawn" if hidden else ""
            figure = figure_of(drawn[0])
            figure.supxlabel(f"{COMPLEXITY}{more}", fontsize=9)
            figure.supylabel(ERROR, fontsize=9)
    return drawn


def _check(front: ParetoFront) -> None:
    """Refuse laws that were not searched for: they have no error and no alternatives."""
    if not any(np.isfinite(law.bic) for law in front):
        raise InputError(
            "laws that were searched for, with an error and a BIC",
            f"the law of {front.gene!r} as its model has it ({front.best.engine})",
            f"draw what it says: hillflow.pl.law(run, {front.gene!r})",
        )  # fmt: skip


def _draw(ax: Axes, front: ParetoFront) -> None:
    complexity = [law.complexity for law in front]
    errors = [law.error for law in front]
    beyond = [np.nan if law.error_off is None else law.error_off for law in front]
    best = front.best
    ax.plot(complexity, errors, "o-", color=ACTIVATION, markersize=4, label="on the fitted states")
    ax.plot(
        complexity, beyond, "s", color=BEYOND, markersize=4, fillstyle="none",
        label="beyond the cells",
    )  # fmt: skip
    ax.plot(
        best.complexity, best.error, "o", color="black", markersize=10, fillstyle="none",
        label="lowest BIC",
    )  # fmt: skip
    finite = [error for error in (*errors, *beyond) if np.isfinite(error)]
    ax.set_ylim(0, 1.12 * max((min(error, 1.2) for error in finite), default=1.0))
    ax.set_title(front.gene)
