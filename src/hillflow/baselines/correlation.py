"""Correlation of expression over all cells: the oldest network there is, without direction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hillflow.baselines.table import off_diagonal
from hillflow.data import Snapshots, Trajectories

if TYPE_CHECKING:
    import pandas as pd


def correlation(data: Snapshots | Trajectories) -> pd.DataFrame:
    """Pearson's r of every pair over all cells, times and conditions; 0 for constant genes.

    r is the same both ways, so each pair ranks beside its reverse. Cost O(cells · genes²).

    Returns
    -------
    DataFrame
        source, target, weight (r, signed), strongest first; no self-pairs.
    """
    centred = data.x - data.x.mean(axis=0, dtype=np.float64)
    length = np.linalg.norm(centred, axis=0)
    unit = centred / np.where(length > 0, length, 1.0)
    r = unit.T @ unit
    return off_diagonal((r + r.T) / 2, data.genes)  # rounding must not break the tie of i, j
