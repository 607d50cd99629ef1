"""Cell types over time, as they were measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hillflow.data.times import format_time
from hillflow.errors import InputError
from hillflow.pl._results import CellsLike, snapshots_of
from hillflow.pl._style import BESIDE, CATEGORIES, drawing, text_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def labels(snapshots: CellsLike, *, ax: Axes | None = None) -> Axes:
    """Share of each label among the control cells over time, as stacked bars.

    Parameters
    ----------
    snapshots
        With labels, such as cell types; or a run on such. Control is the first condition.
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
    >>> ax = hf.pl.labels(Run.open("run"))
    """
    cells = snapshots_of(snapshots)
    if cells.labels is None:
        raise InputError(
            "snapshots with cell labels", "none", "pass label=… when you load the data"
        )
    control = cells.condition == 0
    names, counts = np.unique(cells.labels[control], return_counts=True)
    at_time = [cells.labels[control & (cells.time == time)] for time in cells.times]
    place = np.arange(len(at_time))
    with drawing(ax, 3.0 + text_width(names), 3.2) as ax:
        bottom = np.zeros(len(at_time))
        commonest_first = names[np.argsort(-counts, kind="stable")]
        for index, name in enumerate(commonest_first):
            share = np.array([(there == name).mean() for there in at_time])
            color = CATEGORIES[index % len(CATEGORIES)]
            ax.bar(place, share, bottom=bottom, color=color, width=0.8, label=name)
            bottom += share
        ax.set_xticks(place, [format_time(t, cells.time_unit) for t in cells.times])
        ax.set_ylabel("share of cells")
        ax.set_title(f"Cell labels over time, {cells.conditions[0].name}")
        ax.legend(**BESIDE)
    return ax
