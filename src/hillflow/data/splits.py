"""Split data into a training part and a left-out part: times, conditions, cells or series.

If the data have a basis, it is fitted again on the training cells alone and used for both
parts, so that left-out cells never influence it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np

from hillflow.data.snapshots import Snapshots
from hillflow.data.trajectories import Trajectories
from hillflow.errors import InputError, TimeError
from hillflow.interventions import Intervention

Data = TypeVar("Data", Snapshots, Trajectories)


@dataclass(frozen=True)
class Split(Generic[Data]):
    """The two parts of a data set.

    Attributes
    ----------
    train, left_out
        `Snapshots` or `Trajectories`, as the data that were split.
    """

    train: Data
    left_out: Data


def leave_out_time(snapshots: Snapshots, *times: float) -> Split[Snapshots]:
    """Leave out every cell measured at these times.

    Parameters
    ----------
    snapshots
        Cells of at least three times.
    *times
        Measured times, in ``snapshots.time_unit``.

    Returns
    -------
    Split
        At least two times remain in ``train``.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.data import Snapshots, leave_out_time
    >>> x = np.random.default_rng(0).random((60, 2))
    >>> cells = Snapshots.from_arrays(x, np.repeat([0, 1, 2], 20), ["GATA1", "SPI1"])
    >>> split = leave_out_time(cells, 1)
    >>> split.train.times.tolist(), split.left_out.times.tolist()
    ([0.0, 2.0], [1.0])
    """
    left_out = np.isin(snapshots.time, [snapshots.nearest_time(time) for time in times])
    if len(np.unique(snapshots.time[~left_out])) < 2:
        raise TimeError(
            "at least two times to train on",
            f"{len(snapshots.times)} times with {len(times)} left out",
            "leave out fewer times",
        )
    return _split(snapshots, left_out)


def leave_out_condition(snapshots: Snapshots, *conditions: Intervention | str) -> Split[Snapshots]:
    """Leave out every cell of these conditions, at all times.

    Parameters
    ----------
    snapshots
        Cells of at least two conditions.
    *conditions
        Interventions or their text; "control" is one of them.

    Returns
    -------
    Split
        At least one condition remains in ``train``.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.data import Snapshots, leave_out_condition
    >>> x, time = np.random.default_rng(0).random((80, 2)), np.tile([0, 1], 40)
    >>> condition = ["control"] * 40 + ["GATA1=ko"] * 40
    >>> cells = Snapshots.from_arrays(x, time, ["GATA1", "SPI1"], condition)
    >>> leave_out_condition(cells, "GATA1=ko").left_out.conditions
    (Intervention('GATA1=knockout'),)
    """
    left_out = np.isin(snapshots.condition, [snapshots.condition_index(c) for c in conditions])
    if left_out.all():
        raise InputError("a condition to train on", "none left", "leave out fewer conditions")
    return _split(snapshots, left_out)


def leave_out_cells(snapshots: Snapshots, share: float = 0.2, seed: int = 0) -> Split[Snapshots]:
    """Leave out a random share of the cells of every population.

    Parameters
    ----------
    snapshots
        All cells.
    share
        Between 0 and 1. At least one cell of each population is left out, and one kept.
    seed
        Seed of the draw.

    Returns
    -------
    Split

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.data import Snapshots, leave_out_cells
    >>> x = np.random.default_rng(0).random((60, 2))
    >>> cells = Snapshots.from_arrays(x, np.repeat([0, 1, 2], 20), ["GATA1", "SPI1"])
    >>> split = leave_out_cells(cells, 0.25)
    >>> len(split.train), len(split.left_out)
    (45, 15)
    """
    _check_share(share)
    left_out = np.zeros(len(snapshots), dtype=bool)
    random = np.random.default_rng(seed)
    for population in snapshots.populations():
        count = validation_cells(len(population), share)
        left_out[random.permutation(population.rows)[:count]] = True
    return _split(snapshots, left_out)


def validation_cells(cells: int, share: float) -> int:
    """Return how many of the cells of a population `leave_out_cells` leaves out."""
    return min(cells - 1, max(1, round(share * cells)))


def leave_out_series(
    trajectories: Trajectories, names: Sequence[str] | float = 0.2, seed: int = 0
) -> Split[Trajectories]:
    """Leave out series by name, or a random share of them.

    Parameters
    ----------
    trajectories
        At least two series.
    names
        Names of series, or the share of series to leave out.
    seed
        Seed of the draw.

    Returns
    -------
    Split

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.data import Trajectories, leave_out_series
    >>> x = np.random.default_rng(0).random((5, 3, 2))  # series, times, genes
    >>> data = Trajectories.from_arrays(x, [0, 1, 2], ["GATA1", "SPI1"], list("abcde"))
    >>> leave_out_series(data, ["b"]).train.names
    ('a', 'c', 'd', 'e')
    """
    if isinstance(names, str):
        names = [names]
    if isinstance(names, float):
        _check_share(names)
        count = min(len(trajectories) - 1, max(1, round(names * len(trajectories))))
        order = np.random.default_rng(seed).permutation(len(trajectories))[:count]
        names = [trajectories.names[k] for k in sorted(order)]
    kept = [name for name in trajectories.names if name not in set(names)]
    left_out = trajectories.take(names)
    if not kept:
        raise InputError("a series to train on", "none left", "leave out fewer series")
    return Split(trajectories.take(kept), left_out)


def _split(snapshots: Snapshots, mask: np.ndarray) -> Split[Snapshots]:
    if not mask.any():
        raise InputError(
            "something to leave out", "no cell", "name a time or a condition, or a larger share"
        )
    train, left_out = snapshots.take(~mask), snapshots.take(mask)
    if snapshots.basis is not None:
        train = replace(train, basis=snapshots.basis.refit(train.x))
        left_out = replace(left_out, basis=train.basis)
    return Split(train, left_out)


def _check_share(share: float) -> None:
    if not 0 < share < 1:
        raise InputError("a share between 0 and 1", f"{share:g}", "0.2 leaves out a fifth")
