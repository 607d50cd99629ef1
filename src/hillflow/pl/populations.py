"""Populations over time, in the plane of the first two principal components."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hillflow.data import LinearBasis, Snapshots, format_time
from hillflow.errors import InputError
from hillflow.interventions import Intervention
from hillflow.pl.style import CATEGORIES, figure_of, figure_style, new_axes, time_colors

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_populations(snapshots: Snapshots, most: int = 9) -> Figure:
    """One panel a condition: cells coloured by time, all panels in the control's plane.

    Parameters
    ----------
    snapshots
        With or without a basis; the plane is fitted on the cells of the first condition: the
        control, where there is one.
    most
        Draw at most so many conditions; the rest is named in the title.
    """
    from matplotlib.figure import Figure

    conditions = snapshots.conditions[:most]
    columns = min(3, len(conditions))
    rows = -(-len(conditions) // columns)
    with figure_style():
        figure = Figure(figsize=(2.9 * columns + 0.8, 2.5 * rows + 0.4))
        panels = np.atleast_1d(figure.subplots(rows, columns, sharex=True, sharey=True)).ravel()
        reference = np.flatnonzero(snapshots.condition == 0)
        plane = LinearBasis.fit(snapshots.x[reference], 2)
        for panel, condition in zip(panels, conditions, strict=False):
            _scatter(panel, snapshots, condition, plane.project(snapshots.x))
        for panel in panels[len(conditions) :]:
            panel.set_axis_off()
        for panel in panels[::columns]:
            panel.set_ylabel(f"PC2 ({plane.explained[1]:.0%})")
        for panel in panels[len(conditions) - columns : len(conditions)]:
            panel.set_xlabel(f"PC1 ({plane.explained[0]:.0%})")
            panel.tick_params(labelbottom=True)
        handles, names = panels[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside right upper", title="time", markerscale=3)
        hidden = len(snapshots.conditions) - len(conditions)
        if hidden:
            figure.suptitle(
                f"{hidden} more condition{'s' * (hidden > 1)} not drawn",
                x=0.0,
                ha="left",
                fontsize=8,
            )
    return figure


def plot_labels(snapshots: Snapshots, ax: Axes | None = None) -> Figure:
    """Share of each label among the control cells over time, as stacked bars."""
    if snapshots.labels is None:
        raise InputError(
            "snapshots with cell labels", "none", "pass label=… when you load the data"
        )
    with figure_style():
        ax = new_axes() if ax is None else ax
        bottom = np.zeros(len(snapshots.times))
        control = snapshots.condition == 0
        names, counts = np.unique(snapshots.labels[control], return_counts=True)
        kinds = names[np.argsort(-counts, kind="stable")]  # the commonest at the bottom
        for index, kind in enumerate(kinds):
            share = np.array(
                [
                    (snapshots.labels[control & (snapshots.time == t)] == kind).mean()
                    for t in snapshots.times
                ]
            )
            color = CATEGORIES[index % len(CATEGORIES)]
            positions = np.arange(len(share))
            ax.bar(positions, share, bottom=bottom, color=color, width=0.8, label=kind)
            bottom += share
        ticks = [format_time(t, snapshots.time_unit) for t in snapshots.times]
        ax.set_xticks(np.arange(len(ticks)), ticks)
        ax.set_ylabel("share of cells")
        ax.set_title(f"Cell labels over time, {snapshots.conditions[0].name}")
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure_of(ax)


def _scatter(panel: Axes, snapshots: Snapshots, condition: Intervention, z: np.ndarray) -> None:
    colors = time_colors(snapshots.times)
    for time, color in zip(snapshots.times, colors, strict=True):
        cells = snapshots.rows(time, condition)
        label = format_time(time, snapshots.time_unit)
        panel.scatter(
            z[cells, 0], z[cells, 1], s=3, color=color, linewidths=0, label=label, rasterized=True
        )
    panel.set_title(condition.name)
