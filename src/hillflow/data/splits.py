"""Leaving data out: a time, a condition, a share of cells, or whole series.

The basis is fitted again on the training cells alone and lent to the left-out ones, so that
what is left out shapes nothing.
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
    """Training data, and what was left out of it."""

    train: Data
    left_out: Data


def leave_out_time(snapshots: Snapshots, *times: float) -> Split[Snapshots]:
    """Leave out every cell measured at these times."""
    held = np.isin(snapshots.time, [snapshots.nearest_time(time) for time in times])
    if len(np.unique(snapshots.time[~held])) < 2:
        raise TimeError(
            "at least two times to train on",
            f"{len(snapshots.times)} times with {len(times)} left out",
            "leave out fewer times",
        )
    return _split(snapshots, held)


def leave_out_condition(snapshots: Snapshots, *conditions: Intervention | str) -> Split[Snapshots]:
    """Leave out every cell under these interventions, at all times."""
    held = np.isin(snapshots.condition, [snapshots.condition_index(c) for c in conditions])
    if held.all():
        raise InputError("a condition to train on", "none left", "leave out fewer conditions")
    return _split(snapshots, held)


def leave_out_cells(snapshots: Snapshots, share: float = 0.2, seed: int = 0) -> Split[Snapshots]:
    """Leave out a share of the cells of every population, drawn at random by `seed`."""
    _check_share(share)
    held = np.zeros(len(snapshots), dtype=bool)
    random = np.random.default_rng(seed)
    for population in snapshots.populations():
        count = min(len(population) - 1, max(1, round(share * len(population))))
        held[random.permutation(population.rows)[:count]] = True
    return _split(snapshots, held)


def leave_out_series(
    trajectories: Trajectories, names: Sequence[str] | float = 0.2, seed: int = 0
) -> Split[Trajectories]:
    """Leave out series by name, or a share of them drawn at random by `seed`."""
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


def _split(snapshots: Snapshots, held: np.ndarray) -> Split[Snapshots]:
    if not held.any():
        raise InputError(
            "something to leave out", "no cell", "name a time or a condition, or a larger share"
        )
    train, left_out = snapshots.take(~held), snapshots.take(held)
    if snapshots.basis is not None:
        train = replace(train, basis=snapshots.basis.refit(train.x))
        left_out = replace(left_out, basis=train.basis)
    return Split(train, left_out)


def _check_share(share: float) -> None:
    if not 0 < share < 1:
        raise InputError("a share between 0 and 1", f"{share:g}", "0.2 leaves out a fifth")
