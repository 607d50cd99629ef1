"""A gene's law as response curves: its production as each regulator varies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hillflow.data import Cells
from hillflow.errors import GeneNameError, InputError, did_you_mean
from hillflow.pl._results import laws_of, refused
from hillflow.pl._style import BESIDE, CATEGORIES, NEUTRAL, drawing, text_width
from hillflow.results import Run
from hillflow.symbolic import Law, Laws

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = np.ndarray
POINTS = 121
LOW, HIGH = 0.05, 0.95  # quantiles of a regulator's levels that count as low and high
CELLS = 200  # of which bands are made
_BINS, _SMOOTH = 60, 1.5  # of densities: bins, and the width of their smoothing in bins
_RIDGE = 0.11  # height of a density as a share of the largest production


def law(laws: Laws | Run, gene: str, *, data: Cells | None = None, ax: Axes | None = None) -> Axes:
    """Production of a gene as each regulator varies, with the cells' levels beneath.

    Each curve runs over the levels that its regulator has in the cells. Of two regulators, the
    other one is held high (solid, 95 % quantile) or low (dashed, 5 %). Of three or more, the others
    are held as they are in a cell: the band is the middle 90 % over cells, and the line a cell in
    which the response is large (95 % quantile of its range). Dots mark the threshold K. Regulators
    that act through proteins are drawn at the levels of their mRNA. Of a gene whose production is
    constant, production and decay are drawn over its own levels: it rests where they cross. Of an
    ensemble, the law is that of the first member.

    Parameters
    ----------
    laws
        Laws, with `data`, or a run.
    gene
        Its name.
    data
        The cells; those of the run if None.
    ax
        Axes to draw on; a new figure if None.

    Returns
    -------
    Axes
        The axes drawn on.

    Examples
    --------
    >>> import hillflow as hf
    >>> run = hf.Run.open("run")
    >>> ax = hf.pl.law(run, next(iter(run.laws)))
    """
    if not isinstance(laws, Laws | Run):
        raise refused(laws, "laws, or a run with laws", "hf.laws(run), or the run")
    cells = laws.data if isinstance(laws, Run) and data is None else data
    if cells is None:
        raise InputError(
            "the cells, whose levels are drawn beneath the curves", "laws alone",
            "pass data=…, or a run in place of its laws",
        )  # fmt: skip
    found = laws_of(laws)
    chosen = found[gene].best
    levels = _levels(chosen, found, cells)
    own = _levels_of([gene], cells) if not chosen.parents else None
    with drawing(ax, 4.6 + text_width(chosen.parents), 3.2) as ax:
        if own is None:
            _draw(ax, chosen, levels)
        else:
            _draw_constant(ax, chosen, own[:, 0])
        unit = f" (per {found.time_unit})" if found.time_unit else ""
        scale = "" if cells.scale == "unknown" else f" ({cells.scale})"
        ax.set_xlabel(f"level of {'the regulator' if own is None else gene}{scale}")
        ax.set_ylabel(f"production of {gene}{unit}")
        ax.set_title(_title(chosen))
    return ax


def _levels(law: Law, laws: Laws, cells: Cells) -> Array:
    """Levels of the law's regulators in the cells, raised to the floor of the curves, [n, R]."""
    floor = [laws.floor.get(parent, 0.0) for parent in law.parents]
    return np.maximum(_levels_of(law.parents, cells), floor)


def _levels_of(genes: Sequence[str], cells: Cells) -> Array:
    """Levels of some genes in the cells, [n, genes]."""
    missing = [gene for gene in genes if gene not in cells.genes]
    if missing:
        raise GeneNameError(
            "cells with all genes of the figure", f"none of {missing[0]!r}",
            did_you_mean(missing[0], cells.genes),
        )  # fmt: skip
    return np.asarray(cells.x, dtype=float)[:, [cells.genes.index(gene) for gene in genes]]


def _title(law: Law) -> str:
    if not law.parents:
        return f"{law.gene} has no regulator: production is constant"
    if law.rule is None:
        return law.gene
    text = law.rule.text()
    return f"{law.gene} is on if {text}" if len(text) <= 60 else law.gene


def _draw(ax: Axes, law: Law, levels: Array) -> None:
    count = len(law.parents)
    thresholds = {each.name: each.value for each in law.parameters}
    top = 0.0
    for k, parent in enumerate(law.parents):
        color = CATEGORIES[k % len(CATEGORIES)]
        grid = np.linspace(levels[:, k].min(), levels[:, k].max(), POINTS)
        threshold = thresholds.get(f"K[{parent}]", np.nan)
        if count > 2:
            low, high = np.quantile(_responses(law, levels, k, grid), [LOW, HIGH], axis=0)
            ax.fill_between(grid, low, high, color=color, alpha=0.1, linewidth=0)
            ax.plot(grid, np.transpose((low, high)), color=color, alpha=0.4, linewidth=0.7)
            top = max(top, float(high.max()))
        for label, style, held in _held(law, levels, k, grid):
            states = np.tile(held, (POINTS, 1))
            states[:, k] = grid
            curve = law.evaluate(states, law.parents)
            ax.plot(grid, curve, style, color=color, label=label)
            top = max(top, float(curve.max()))
            if grid[0] < threshold < grid[-1]:
                ax.plot(threshold, np.interp(threshold, grid, curve), "o", color=color,
                        markersize=4)  # fmt: skip
    _densities(ax, levels, top)
    ax.legend(**BESIDE)


def _draw_constant(ax: Axes, law: Law, levels: Array) -> None:
    """Constant production, and decay, over the levels of the gene itself."""
    made = float(law.evaluate(np.zeros((1, 0)), ())[0])
    grid = np.linspace(min(0.0, levels.min()), max(levels.max(), 1e-9), POINTS)
    ax.plot(grid, np.full(POINTS, made), color=CATEGORIES[0], label="production (constant)")
    top = made
    if law.decay:
        ax.plot(grid, law.decay * grid, "--", color=NEUTRAL, label="decay")
        top = max(made, law.decay * float(grid[-1]))
        rest = made / law.decay
        if grid[0] < rest < grid[-1]:
            ax.plot(rest, made, "o", color=CATEGORIES[0], markersize=4)
    _densities(ax, levels[:, None], top)
    ax.legend(**BESIDE)


def _densities(ax: Axes, levels: Array, top: float) -> None:
    """Ridges of the cells' levels [n, R] below curves that reach up to `top`."""
    count, top = levels.shape[1], top or 1.0
    for k in range(count):
        _density(ax, levels[:, k], -(k + 1) * 1.15 * _RIDGE * top, _RIDGE * top, CATEGORIES[k % 7])
    ax.set_ylim(-(count * 1.15 + 0.3) * _RIDGE * top, 1.08 * top)
    ax.set_yticks([tick for tick in ax.get_yticks() if 0 <= tick <= 1.08 * top])
    ax.spines["left"].set_bounds(0, 1.08 * top)
    ax.axhline(0, color="0.8", linewidth=0.8, zorder=0)
    ax.text(1.0, -0.15 * _RIDGE * top, "cells", transform=ax.get_yaxis_transform(), va="top",
            ha="right", color="0.4", fontsize="small")  # fmt: skip


def _held(law: Law, levels: Array, k: int, grid: Array) -> list[tuple[str, str, Array]]:
    """Name, line style and levels of the other regulators, for each curve of regulator k."""
    parent = law.parents[k]
    if len(law.parents) > 2:
        responses = np.ptp(_responses(law, levels, k, grid), axis=1)
        large = np.argsort(responses)[int(HIGH * (len(responses) - 1))]
        return [(parent, "-", levels[_rows(levels)][large])]
    if len(law.parents) < 2:
        return [(parent, "-", levels[0])]
    other = law.parents[1 - k]
    return [
        (f"{parent} ({other} high)", "-", np.quantile(levels, HIGH, axis=0)),
        (f"{parent} ({other} low)", "--", np.quantile(levels, LOW, axis=0)),
    ]


def _responses(law: Law, levels: Array, k: int, grid: Array) -> Array:
    """Curve of regulator k with the others as in each of some cells, [cells, points]."""
    states = np.repeat(levels[_rows(levels)][:, None], len(grid), axis=1)
    states[..., k] = grid
    return law.evaluate(states, law.parents)


def _rows(levels: Array) -> Array:
    """At most `CELLS` cells, evenly spaced."""
    return np.unique(np.linspace(0, len(levels) - 1, CELLS).astype(int))


def _density(ax: Axes, values: Array, bottom: float, height: float, color: str) -> None:
    """How many cells have each level, as a ridge of the given height."""
    from scipy.ndimage import gaussian_filter1d

    counts, edges = np.histogram(values, _BINS)
    smooth = gaussian_filter1d(counts.astype(float), _SMOOTH, mode="constant")
    # Roots: the few cells between two states are seen beside the many in them.
    share = np.sqrt(smooth / smooth.max())
    middle = (edges[1:] + edges[:-1]) / 2
    ax.fill_between(middle, bottom, bottom + height * share, color=color, alpha=0.5, linewidth=0)
