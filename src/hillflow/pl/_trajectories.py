"""Genes over time: measured, and simulated by the fitted field from the first cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hillflow.data import Cells
from hillflow.data.times import format_time
from hillflow.errors import GeneNameError, UnsupportedError, did_you_mean
from hillflow.model.at_rest import check_moving
from hillflow.pl._fitted import FittedOrRun, members_and_cells
from hillflow.pl._stream import control_rows
from hillflow.pl._style import ACTIVATION, NEUTRAL, figure_style, panels, shared_legend
from hillflow.symbolic.agreement import first_cells

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CELLS = 200  # simulated from the first time
MOMENTS = 41
BAND = (0.1, 0.9)  # quantiles of the cells


def trajectory(
    fitted: FittedOrRun, gene: str, *, data: Cells | None = None, ax: Axes | None = None
) -> Axes:
    """One gene of the control cells over time: measured at each time, and simulated.

    Bars and band hold the middle 80 % of cells; the line is the mean over cells and members.

    Parameters
    ----------
    fitted
        A run, or a fit (with `data`).
    gene
        Its name.
    data
        The measured cells; those of the run if None.
    ax
        Axes to draw on; a new figure if None.

    Returns
    -------
    Axes
        The axes drawn on.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.results import Run
    >>> run = Run.open("run")
    >>> ax = hf.pl.trajectory(run, run.data.genes[0])
    """
    axes = trajectories(fitted, data=data, genes=(gene,), axes=None if ax is None else (ax,))
    return axes[0]


def trajectories(
    fitted: FittedOrRun,
    *,
    data: Cells | None = None,
    genes: Sequence[str] | None = None,
    top: int = 12,
    axes: Sequence[Axes] | None = None,
) -> np.ndarray:
    """One panel a gene, as `trajectory` draws it; every member starts from the first cells.

    Parameters
    ----------
    fitted
        A run, or a fit (with `data`).
    data
        The measured cells; those of the run if None.
    genes
        Which genes; if None, the `top` whose measured mean changes most, in standard deviations.
    top
        How many genes at most, if none are named.
    axes
        Axes to draw on, one for each gene; a new figure if None.

    Returns
    -------
    ndarray of Axes
        The axes drawn on, one for each gene.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.results import Run
    >>> axes = hf.pl.trajectories(Run.open("run"), top=2)
    """
    models, cells = members_and_cells(fitted, data)
    check_moving(models[0], "genes over time")
    rows = control_rows(cells)
    x, time = cells.x[rows], cells.time[rows]
    times = np.unique(time)
    if len(times) < 2:
        raise UnsupportedError(
            "cells of several times, to draw genes over time", "cells of one time",
            "draw the velocities of cells: hillflow.pl.stream",
        )  # fmt: skip
    chosen = _changing_most(x, time, times, cells.genes, top) if genes is None else list(genes)
    for gene in chosen:
        if gene not in cells.genes:
            raise GeneNameError("a gene of the data", repr(gene), did_you_mean(gene, cells.genes))
    columns = [cells.genes.index(gene) for gene in chosen]
    moments = np.linspace(times[0], times[-1], MOMENTS)
    start = first_cells(cells, CELLS)
    simulated = np.concatenate(
        [
            model.simulate(model.denoise(start), moments, steps=2)[..., columns]
            for model in models
        ],
        axis=1,
    )  # fmt: skip
    wide = min(4, len(chosen))
    size = 1.9 * wide + 0.4, 1.55 * -(-len(chosen) // wide) + 0.5
    with figure_style():
        drawn = panels(axes, len(chosen), size, wide, sharex=True)
        for k, (ax, gene) in enumerate(zip(drawn, chosen, strict=True)):
            measured = [x[time == moment, columns[k]] for moment in times]
            _draw(ax, gene, times, measured, moments, simulated[..., k])
        ends = times[[0, -1]]
        for ax in drawn:
            ax.set_xticks(ends, [format_time(end, cells.time_unit) for end in ends])
        shared_legend(drawn, axes is None, loc="outside lower center", ncols=2)
    return drawn


def _draw(
    ax: Axes, gene: str, times: np.ndarray, measured: list[np.ndarray], moments: np.ndarray,
    simulated: np.ndarray,
) -> None:  # fmt: skip
    low, high = np.quantile(simulated, BAND, axis=1)
    ax.fill_between(moments, low, high, color=ACTIVATION, alpha=0.18, linewidth=0)
    ax.plot(moments, simulated.mean(axis=1), color=ACTIVATION, label="simulated", zorder=2)
    mean = np.array([values.mean() for values in measured])
    ends = np.array([np.quantile(values, BAND) for values in measured]).T
    ax.vlines(times, *ends, color=NEUTRAL, linewidth=1.2, zorder=1)
    ax.plot(times, mean, "o", color="black", markersize=3.5, label="measured", zorder=3)
    ax.set_title(gene)
    ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]))


def _changing_most(
    x: np.ndarray, time: np.ndarray, times: np.ndarray, genes: tuple[str, ...], top: int
) -> list[str]:
    means = np.stack([x[time == moment].mean(axis=0) for moment in times])
    change = np.ptp(means, axis=0) / np.maximum(x.std(axis=0), 1e-12)
    return [genes[k] for k in np.argsort(-change, kind="stable")[:top]]
