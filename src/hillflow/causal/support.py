"""Whether a predicted state lies among the measured cells, or is an extrapolation.

A state is in the support if its distance to the nearest measured cell is at most the 0.99 quantile
of the same distance among measured cells:

    d(z) = min_j ‖z − z_j‖ ≤ q_0.99( min_{k≠j} ‖z_j − z_k‖ )

in the basis in which cells are coupled. This tests only the states: a law may be wrong inside the
support, and right outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hillflow.errors import InputError

MOST_CELLS = 2000  # measured cells that a state is compared with
QUANTILE = 0.99


@dataclass(frozen=True, eq=False)
class Support:
    """Measured cells to compare with, and the largest distance within the support.

    Attributes
    ----------
    neighbours
        scikit-learn's index of the measured cells.
    reach
        The distance to the nearest measured cell up to which a state is in the support.
    """

    neighbours: Any
    reach: float

    @classmethod
    def of(cls, points: np.ndarray, seed: int = 0, quantile: float = QUANTILE) -> Support:
        """From the coordinates of measured cells, [cells, coordinates]; a sample if many."""
        from sklearn.neighbors import NearestNeighbors

        if len(points) < 3:
            raise InputError(
                "three measured cells or more to compare with", f"{len(points)}", "give more cells"
            )
        if len(points) > MOST_CELLS:
            random = np.random.default_rng(seed)
            points = points[random.choice(len(points), MOST_CELLS, replace=False)]
        neighbours = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(points)
        distance, _ = neighbours.kneighbors()  # from each cell to another cell, not to itself
        return cls(neighbours, float(np.quantile(distance, quantile)))

    def holds(self, points: np.ndarray) -> np.ndarray:
        """Whether each state, [..., coordinates], is in the support; False for NaN."""
        flat = points.reshape(-1, points.shape[-1])
        inside = np.zeros(len(flat), dtype=bool)
        known = np.isfinite(flat).all(axis=-1)
        if known.any():
            distance, _ = self.neighbours.kneighbors(flat[known])
            inside[known] = distance[:, 0] <= self.reach
        return inside.reshape(points.shape[:-1])

    def share(self, points: np.ndarray) -> np.ndarray:
        """The share of cells in the support, [..., cells, coordinates] → [...]."""
        share: np.ndarray = self.holds(points).mean(axis=-1)
        return share
