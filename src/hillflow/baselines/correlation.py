"""Correlation of expression over all cells: the oldest network there is, without direction."""

from __future__ import annotations

import numpy as np

from hillflow.baselines.off_diagonal import off_diagonal
from hillflow.data import Snapshots, Trajectories
from hillflow.networks.network import Network


def correlation(data: Snapshots | Trajectories) -> Network:
    """Pearson's r of every pair over all cells, times and conditions; 0 for constant genes.

    r is the same both ways, so each pair ranks beside its reverse. Cost O(cells · genes²).

    Returns
    -------
    Network
        The weight is r, signed, strongest first; no self-pairs.
    """
    centred = data.x - data.x.mean(axis=0, dtype=np.float64)
    length = np.linalg.norm(centred, axis=0)
    unit = centred / np.where(length > 0, length, 1.0)
    r = unit.T @ unit
    return off_diagonal((r + r.T) / 2, data.genes)  # rounding must not break the tie of i, j
