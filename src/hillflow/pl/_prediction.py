"""Measured beside predicted: the same populations in one plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hillflow.data import LinearBasis, Snapshots
from hillflow.data.times import format_time
from hillflow.errors import GeneNameError, InputError, listing
from hillflow.interventions import Intervention
from hillflow.pl._results import CellsLike, predicted_of, snapshots_of
from hillflow.pl._style import ACTIVATION, NEUTRAL, figure_of, figure_style, panels, shared_legend

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hillflow.results.prediction import Prediction


def prediction(
    observed: CellsLike,
    predicted: Snapshots | Prediction,
    *,
    max_conditions: int = 4,
    axes: Sequence[Axes] | None = None,
) -> np.ndarray:
    """One row a condition, one panel a time: measured cells grey, predicted ones blue.

    Parameters
    ----------
    observed, predicted
        Cells over the same genes: snapshots, or a run; and predicted snapshots, or what
        ``hillflow.predict`` returns. Shown are the conditions and times of `predicted` that were
        also measured; the plane holds the principal components of the measured cells shown.
    max_conditions
        Draw at most so many conditions, in the order of `predicted`; how many are not drawn
        stands above.
    axes
        Axes to draw on, times within conditions; a new figure if None.

    Returns
    -------
    ndarray of Axes
        The axes drawn on, [conditions, times].

    Examples
    --------
    >>> import numpy as np
    >>> import hillflow as hf
    >>> x = np.random.default_rng(0).gamma(2.0, size=(40, 3))
    >>> cells = hf.Snapshots.from_arrays(x, np.repeat([0, 1], 20), ["A", "B", "C"], unit="h")
    >>> axes = hf.pl.prediction(cells, cells)
    """
    observed, predicted = snapshots_of(observed), predicted_of(predicted)
    if observed.genes != predicted.genes:
        different = sorted(set(observed.genes) ^ set(predicted.genes))
        raise GeneNameError(
            "observed and predicted cells over the same genes",
            f"{listing(different)} in one of them only" if different else "another order",
            "call .select_genes(model.genes) on the observed ones",
        )
    times = [float(time) for time in predicted.times if time in observed.times]
    both = [c for c in predicted.conditions if c in observed.conditions]
    conditions, hidden = both[:max_conditions], len(both[max_conditions:])
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
    shape = len(conditions), len(times)
    size = 1.7 * shape[1] + 0.8, 1.7 * shape[0] + 0.6
    with figure_style():
        drawn = panels(axes, shape[0] * shape[1], size, shape[1], sharex=True, sharey=True)
        drawn = drawn.reshape(shape)
        for row, condition in zip(drawn, conditions, strict=True):
            for ax, time in zip(row, times, strict=True):
                for cells, color, name in (
                    (observed, NEUTRAL, "measured"), (predicted, ACTIVATION, "predicted"),
                ):  # fmt: skip
                    place = plane.project(cells.x[_rows(cells, time, condition)])
                    ax.scatter(
                        place[:, 0], place[:, 1], s=3, color=color, linewidths=0, label=name,
                        alpha=0.6, rasterized=True,
                    )  # fmt: skip
            row[0].set_ylabel(condition.name)
        for ax, time in zip(drawn[0], times, strict=True):
            ax.set_title(format_time(time, observed.time_unit))
        if hidden and axes is None:
            more = f"{hidden} more condition{'s' * (hidden > 1)} not drawn"
            figure_of(drawn[0, 0]).suptitle(more, x=0.0, ha="left", fontsize=8)
        shared_legend(drawn, axes is None, loc="outside lower center", ncols=2, markerscale=3)
    return drawn


def _rows(cells: Snapshots, time: float, condition: Intervention) -> np.ndarray:
    if condition not in cells.conditions:
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(
        (cells.time == time) & (cells.condition == cells.condition_index(condition))
    )
