"""Genes through time: what was measured, and what the fitted field makes of the first cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hillflow.causal.fitted import cells_of
from hillflow.data import Cells, format_time
from hillflow.errors import GeneNameError, did_you_mean
from hillflow.model import Fitted, members_of
from hillflow.pl.stream import control_rows
from hillflow.pl.style import ACTIVATION, NEUTRAL, figure_of, figure_style
from hillflow.symbolic.agreement import first_cells

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CELLS = 200  # simulated from the first time
MOMENTS = 41
BAND = (0.1, 0.9)  # quantiles of the cells


def plot_trajectory(
    gene: str, fitted: Fitted, data: Cells | None = None, *, ax: Axes | None = None
) -> Axes:
    """One gene: measured mean and spread of the control at each time, simulation over them.

    Bars and band hold the middle 80 % of cells; the line is the mean over cells and members.
    """
    figure = plot_trajectories(fitted, data, genes=(gene,), axes=None if ax is None else (ax,))
    return figure.axes[0] if ax is None else ax


def plot_trajectories(
    fitted: Fitted,
    data: Cells | None = None,
    *,
    genes: Sequence[str] | None = None,
    most: int = 12,
    axes: Sequence[Axes] | None = None,
) -> Figure:
    """One panel a gene, control cells only; every member is simulated from the first time.

    Parameters
    ----------
    fitted
        A model, an ensemble, or a run.
    data
        The cells; those of the run unless given.
    genes
        Which; unless given the `most` whose measured mean moves most, in standard deviations.
    axes
        One for each gene; a new figure unless given.
    """
    from matplotlib.figure import Figure

    models, cells = members_of(fitted), cells_of(fitted, data)
    rows = control_rows(cells)
    x, time = cells.x[rows], cells.time[rows]
    times = np.unique(time)
    chosen = _moving(x, time, times, cells.genes, most) if genes is None else list(genes)
    for gene in chosen:
        if gene not in cells.genes:
            raise GeneNameError("a gene of the data", repr(gene), did_you_mean(gene, cells.genes))
    columns = [cells.genes.index(gene) for gene in chosen]
    moments = np.linspace(times[0], times[-1], MOMENTS)
    start = first_cells(cells, CELLS)
    simulated = np.concatenate(
        [one.simulate(one.denoise(start), moments, steps=2)[..., columns] for one in models],
        axis=1,
    )
    with figure_style():
        if axes is None:
            wide = min(4, len(chosen))
            high = -(-len(chosen) // wide)
            figure = Figure(figsize=(1.9 * wide + 0.4, 1.55 * high + 0.5))
            panels = list(figure.subplots(high, wide, sharex=True, squeeze=False).ravel())
        else:
            panels = list(axes)
        for k, (panel, gene) in enumerate(zip(panels, chosen, strict=False)):
            measured = [x[time == moment, columns[k]] for moment in times]
            _draw(panel, gene, times, measured, moments, simulated[..., k])
        for panel in panels[len(chosen) :]:
            panel.set_axis_off()
        unit = cells.time_unit
        panels[0].set_xticks(times[[0, -1]], [format_time(one, unit) for one in times[[0, -1]]])
        if axes is None:
            handles, names = panels[0].get_legend_handles_labels()
            figure.legend(handles, names, loc="outside lower center", ncols=2)
    return figure_of(panels[0])


def _draw(
    panel: Axes, gene: str, times: np.ndarray, measured: list[np.ndarray], moments: np.ndarray,
    simulated: np.ndarray,
) -> None:  # fmt: skip
    low, high = np.quantile(simulated, BAND, axis=1)
    panel.fill_between(moments, low, high, color=ACTIVATION, alpha=0.18, linewidth=0)
    panel.plot(moments, simulated.mean(axis=1), color=ACTIVATION, label="simulated", zorder=2)
    mean = np.array([values.mean() for values in measured])
    ends = np.array([np.quantile(values, BAND) for values in measured]).T
    panel.vlines(times, *ends, color=NEUTRAL, linewidth=1.2, zorder=1)
    panel.plot(times, mean, "o", color="black", markersize=3.5, label="measured", zorder=3)
    panel.set_title(gene)
    panel.set_ylim(bottom=min(0.0, panel.get_ylim()[0]))


def _moving(
    x: np.ndarray, time: np.ndarray, times: np.ndarray, genes: tuple[str, ...], most: int
) -> list[str]:
    means = np.stack([x[time == moment].mean(axis=0) for moment in times])
    moved = np.ptp(means, axis=0) / np.maximum(x.std(axis=0), 1e-12)
    return [genes[k] for k in np.argsort(-moved, kind="stable")[:most]]
