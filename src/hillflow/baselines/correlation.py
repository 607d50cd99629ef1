"""Correlation of expression over all cells, a network without direction."""

from __future__ import annotations

import numpy as np

from hillflow.baselines.off_diagonal import off_diagonal
from hillflow.data import Snapshots, Trajectories
from hillflow.networks.network import Network


def correlation(data: Snapshots | Trajectories) -> Network:
    """Return Pearson's r of every pair over all cells, times and conditions; 0 for constant genes.

    r is symmetric, so each pair has the same rank as its reverse. Cost O(cells · genes²).

    Parameters
    ----------
    data
        Snapshots or trajectories.

    Returns
    -------
    Network
        Signed weights r of all pairs of two genes, strongest first.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.baselines import correlation
    >>> from hillflow.data import Snapshots
    >>> x = np.random.default_rng(0).random((40, 1)) @ [[1.0, -2.0]]
    >>> cells = Snapshots.from_arrays(x, np.repeat([0, 1], 20), ["GATA1", "SPI1"])
    >>> correlation(cells).weight.round(6).tolist()
    [-1.0, -1.0]
    """
    centred = data.x - data.x.mean(axis=0, dtype=np.float64)
    length = np.linalg.norm(centred, axis=0)
    unit = centred / np.where(length > 0, length, 1.0)
    r = unit.T @ unit
    return off_diagonal((r + r.T) / 2, data.genes)  # symmetric in spite of rounding
