"""Whether a predicted state is one that the data know: an extrapolation is marked as such.

A state is in the support where its nearest measured cell is no farther than measured cells are
from theirs, but for the remotest hundredth:

    d(z) = min_j ‖z − z_j‖ ≤ q_0.99( min_{k≠j} ‖z_j − z_k‖ )

in the basis in which cells are coupled. This is a test of the states alone: a law may still be
wrong inside the support, and right outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hillflow.errors import InputError

MOST_CELLS = 2000  # measured cells that are compared with
QUANTILE = 0.99


@dataclass(frozen=True, eq=False)
class Support:
    """Measured cells to compare with, and how far is too far.

    Attributes
    ----------
    reach
        The distance to the nearest measured cell up to which a state is in the support.
    """

    neighbours: Any
    reach: float

    @classmethod
    def of(cls, points: np.ndarray, seed: int = 0, quantile: float = QUANTILE) -> Support:
        """From the coordinates of measured cells, [cells, coordinates]; some if they are many."""
        from sklearn.neighbors import NearestNeighbors

        if len(points) < 3:
            raise InputError(
                "three measured cells or more to compare with", f"{len(points)}", "give more cells"
            )
        if len(points) > MOST_CELLS:
            random = np.random.default_rng(seed)
            points = points[random.choice(len(points), MOST_CELLS, replace=False)]
        found = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(points)
        to_others, _ = found.kneighbors()  # of each cell to another, not to itself
        return cls(found, float(np.quantile(to_others, quantile)))

    def holds(self, points: np.ndarray) -> np.ndarray:
        """Whether each state, [..., coordinates], is in the support; NaN is not."""
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
