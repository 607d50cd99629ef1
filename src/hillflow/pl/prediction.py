"""Observed beside predicted: the same populations, measured and simulated, in one plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hillflow.data import LinearBasis, Snapshots, format_time
from hillflow.errors import GeneNameError, InputError, listing
from hillflow.interventions import Intervention
from hillflow.pl.style import ACTIVATION, NEUTRAL, figure_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_prediction(observed: Snapshots, predicted: Snapshots, most: int = 4) -> Figure:
    """One row a condition, one panel a time: measured cells grey, predicted ones blue.

    Parameters
    ----------
    observed, predicted
        Over the same genes. Shown are the conditions and times of `predicted` that were also
        measured; the plane holds the principal components of the measured cells shown.
    most
        Draw at most so many conditions, in the order of `predicted`; how many are left out is
        said above.
    """
    from matplotlib.figure import Figure

    if observed.genes != predicted.genes:
        alien = sorted(set(observed.genes) ^ set(predicted.genes))
        raise GeneNameError(
            "observed and predicted cells over the same genes",
            f"{listing(alien)} in one of them only" if alien else "another order",
            "call .select_genes(model.genes) on the observed ones",
        )
    times = [float(t) for t in predicted.times if t in observed.times]
    every = [c for c in predicted.conditions if c in observed.conditions]
    conditions, hidden = every[:most], len(every[most:])
    shown = np.isin(observed.time, times) & np.isin(
        observed.condition, [observed.condition_index(c) for c in conditions]
    )
    if not shown.any():
        raise InputError(
            "a time and a condition both measured and predicted",
            f"predicted times {listing(predicted.times)}",
            "predict at measured times",
        )
    plane = LinearBasis.fit(observed.x[shown], 2)
    size = (1.7 * len(times) + 0.8, 1.7 * len(conditions) + 0.6)
    with figure_style():
        figure = Figure(figsize=size)
        panels = figure.subplots(
            len(conditions), len(times), sharex=True, sharey=True, squeeze=False
        )
        for row, condition in zip(panels, conditions, strict=True):
            for panel, time in zip(row, times, strict=True):
                for cells, color, name in (
                    (observed, NEUTRAL, "measured"), (predicted, ACTIVATION, "predicted"),
                ):  # fmt: skip
                    z = plane.project(cells.x[_rows(cells, time, condition)])
                    panel.scatter(
                        z[:, 0], z[:, 1], s=3, color=color, linewidths=0, label=name, alpha=0.6,
                        rasterized=True,
                    )  # fmt: skip
            row[0].set_ylabel(condition.name)
        for panel, time in zip(panels[0], times, strict=True):
            panel.set_title(format_time(time, observed.time_unit))
        handles, names = panels[0, 0].get_legend_handles_labels()
        if hidden:
            more = f"{hidden} more condition{'s' * (hidden > 1)} not drawn"
            figure.suptitle(more, x=0.0, ha="left", fontsize=8)
        figure.legend(handles, names, loc="outside lower center", ncols=2, markerscale=3)
    return figure


def _rows(cells: Snapshots, time: float, condition: Intervention) -> np.ndarray:
    if condition not in cells.conditions:
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(
        (cells.time == time) & (cells.condition == cells.condition_index(condition))
    )
