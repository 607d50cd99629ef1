"""Candidate regulators by a regression of velocities, for cells of one time.

    W = argmin ‖V − Z W‖² + λ n ‖W‖²,   W = (ZᵀZ + λ n)⁻¹ ZᵀV

with the levels Z and the velocities V of n cells, both centred and divided by their standard
deviation (unknown velocities are 0). The candidates of a gene have the largest |W|.

Source: ridge regression; of velocities on levels as in Dynamo's linear fits (Qiu et al. 2022).
Cost: O(cells · genes² + genes³).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hillflow.data import Snapshots
from hillflow.errors import InputError

_PENALTY = 0.1


def velocity_weights(data: Snapshots) -> NDArray[np.float64]:
    """Return W, [target, source]; 0 for constant genes and for genes without a velocity."""
    if data.velocity is None:
        raise InputError("cells with a velocity", "none", "give velocity=… to Snapshots")
    levels, velocities = _standard(data.x), _standard(data.velocity)
    inner = levels.T @ levels + _PENALTY * len(levels) * np.eye(len(data.genes))
    return np.asarray(np.linalg.solve(inner, levels.T @ velocities).T)


def strongest_by_velocity(
    data: Snapshots, count: int, allowed: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs (source, target) of the `count` strongest allowed regulators of each gene.

    Parameters
    ----------
    data
        Cells with a velocity.
    count
        Candidates of a gene.
    allowed
        Which pairs may be chosen, [target, source].
    """
    weight = np.where(allowed, np.abs(velocity_weights(data)), -1.0)
    best = np.argsort(-weight, axis=1, kind="stable")[:, :count]
    target = np.repeat(np.arange(len(weight)), best.shape[1])
    kept = weight[target, best.ravel()] >= 0
    return best.ravel()[kept].astype(np.int64), target[kept].astype(np.int64)


def _standard(values: np.ndarray) -> NDArray[np.float64]:
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, values, 0.0).astype(np.float64)
    centred = np.where(known, centred - centred.sum(axis=0) / count, 0.0)
    spread = np.sqrt((centred**2).sum(axis=0) / count)
    return np.asarray(centred / np.where(spread > 0, spread, 1.0))
