"""Edges by group of cells: what a regulator does in one group and not in another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from hillflow.data import Snapshots, Trajectories
from hillflow.data.times import format_time

LEAST_SHARE = 0.2  # an effect of the other sign counts from this share of the largest effect


def groups_of(data: Snapshots | Trajectories, by: str | None) -> np.ndarray | None:
    """The group of each row as text, [rows]; None if all cells are in one group.

    With ``by="labels"`` the groups are the cell labels if cells have them, else the conditions if
    there are several, else the times.
    """
    if by is None:
        return None
    if isinstance(data, Snapshots):
        if data.labels is not None and len(np.unique(data.labels)) > 1:
            return data.labels.astype(str)
        conditions, names = data.condition, [condition.name for condition in data.conditions]
    else:
        names = list(dict.fromkeys(condition.name for condition in data.conditions))
        index = np.array([names.index(condition.name) for condition in data.conditions])
        conditions = index[data.series]
    if len(names) > 1:
        return np.array(names)[conditions]
    times = data.times
    if len(times) < 2:
        return None
    texts = np.array([format_time(float(time), data.time_unit) for time in times])
    return texts[np.searchsorted(times, data.time)]


def turns(by_group: np.ndarray) -> np.ndarray:
    """Which edges change sign between groups; [groups, target, source] → [target, source].

    An edge changes sign if both signs occur, and the smaller effect is at least `LEAST_SHARE` of
    the larger.
    """
    up, down = by_group.max(0), -by_group.min(0)
    smaller, larger = np.minimum(up, down), np.maximum(up, down)
    return (smaller > 0) & (smaller >= LEAST_SHARE * larger)


def group_table(
    genes: Sequence[str], names: Sequence[str], by_group: np.ndarray, listed: np.ndarray
) -> pd.DataFrame:
    """``group, source, target, weight`` of the listed pairs; `by_group` as in `turns`."""
    target, source = np.nonzero(listed)
    gene = np.array(genes, dtype=object)
    return pd.DataFrame(
        {
            "group": np.repeat(np.array(names, dtype=object), len(target)),
            "source": np.tile(gene[source], len(names)),
            "target": np.tile(gene[target], len(names)),
            "weight": by_group[:, target, source].reshape(-1),
        }
    )
