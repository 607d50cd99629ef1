"""Edges in their context: what a regulator does in one group of cells and not in another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from hillflow.data import Snapshots, Trajectories
from hillflow.data.times import format_time

LEAST_SHARE = 0.2  # of an edge's largest effect, for an effect of the other sign to count


def groups_of(data: Snapshots | Trajectories, by: str | None) -> np.ndarray | None:
    """The group of each row as text, [rows]; None where there is but one.

    Labels where cells carry them and ``by="labels"``; else conditions where there are several;
    else times.
    """
    if by is None:
        return None
    if isinstance(data, Snapshots):
        if data.labels is not None and len(np.unique(data.labels)) > 1:
            return data.labels.astype(str)
        conditions, names = data.condition, [condition.name for condition in data.conditions]
    else:
        names = list(dict.fromkeys(condition.name for condition in data.conditions))
        place = np.array([names.index(condition.name) for condition in data.conditions])
        conditions = place[data.series]
    if len(names) > 1:
        return np.array(names)[conditions]
    times = data.times
    if len(times) < 2:
        return None
    written = np.array([format_time(float(time), data.time_unit) for time in times])
    return written[np.searchsorted(times, data.time)]


def turns(by_group: np.ndarray) -> np.ndarray:
    """Which edges change sign between groups; [groups, target, source] → [target, source].

    Both signs occur, and the smaller effect is at least `LEAST_SHARE` of the larger.
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
