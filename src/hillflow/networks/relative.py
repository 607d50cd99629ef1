"""Weights relative to the strongest of each target, so that targets compare."""

from __future__ import annotations

import numpy as np


def to_strongest(matrix: np.ndarray, otherwise: np.ndarray | float = 1.0) -> np.ndarray:
    """w_ij / max_{k≠i} |w_ik|, [target, source]: 1 for a target's strongest regulator.

    Relative to the target, since how far a gene's production moves says more about its scale
    than about who moves it. A target that nobody else moves has nothing but its self-edge, which
    is divided by `otherwise`, one number or [target].
    """
    size = np.abs(matrix)
    np.fill_diagonal(size, 0.0)
    strongest = size.max(axis=1, initial=0.0)
    return matrix / np.where(strongest > 0, strongest, otherwise)[:, None]
