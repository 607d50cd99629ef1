"""Measured populations over time, in the plane of two principal components."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hillflow.data import LinearBasis, Snapshots
from hillflow.data.times import format_time
from hillflow.interventions import Intervention
from hillflow.pl._results import CellsLike, snapshots_of
from hillflow.pl._style import figure_of, figure_style, panels, shared_legend, time_colors

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def populations(
    snapshots: CellsLike, *, max_conditions: int = 9, axes: Sequence[Axes] | None = None
) -> np.ndarray:
    """One panel a condition: cells coloured by time, all panels in the control's plane.

    Parameters
    ----------
    snapshots
        Snapshots, or a run on them, with or without a basis; the plane is fitted to the cells of
        the first condition: the control, where there is one.
    max_conditions
        Draw at most so many conditions; how many are not drawn stands above.
    axes
        Axes to draw on, one for each condition; a new figure if None.

    Returns
    -------
    ndarray of Axes
        The axes drawn on, one for each condition.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.results import Run
    >>> axes = hf.pl.populations(Run.open("run"))
    """
    cells = snapshots_of(snapshots)
    conditions = cells.conditions[:max_conditions]
    columns = min(3, len(conditions))
    size = 2.9 * columns + 0.8, 2.5 * -(-len(conditions) // columns) + 0.4
    plane = LinearBasis.fit(cells.x[cells.condition == 0], 2)
    place = plane.project(cells.x)
    with figure_style():
        drawn = panels(axes, len(conditions), size, columns, sharex=True, sharey=True)
        for ax, condition in zip(drawn, conditions, strict=True):
            _scatter(ax, cells, condition, place)
        for ax in drawn[::columns]:
            ax.set_ylabel(f"PC2 ({plane.explained[1]:.0%})")
        for ax in drawn[-columns:]:
            ax.set_xlabel(f"PC1 ({plane.explained[0]:.0%})")
        shared_legend(
            drawn, axes is None, loc="outside right upper", title="time", markerscale=3
        )  # fmt: skip
        hidden = len(cells.conditions) - len(conditions)
        if hidden and axes is None:
            more = f"{hidden} more condition{'s' * (hidden > 1)} not drawn"
            figure_of(drawn[0]).suptitle(more, x=0.0, ha="left", fontsize=8)
    return drawn


def _scatter(ax: Axes, snapshots: Snapshots, condition: Intervention, place: np.ndarray) -> None:
    for time, color in zip(snapshots.times, time_colors(snapshots.times), strict=True):
        cells = place[snapshots.rows(time, condition)]
        ax.scatter(
            cells[:, 0], cells[:, 1], s=3, color=color, linewidths=0, rasterized=True,
            label=format_time(time, snapshots.time_unit),
        )  # fmt: skip
    ax.set_title(condition.name)
