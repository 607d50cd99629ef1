"""Weights relative to the strongest regulator of each target, to compare across targets."""

from __future__ import annotations

import numpy as np


def relative_to_strongest(matrix: np.ndarray, otherwise: np.ndarray | float = 1.0) -> np.ndarray:
    """Return w_ij / max_{k≠i} |w_ik|, [target, source]: 1 for a target's strongest regulator.

    Weights are divided by target, because their absolute size reflects the scale of the target
    more than the influence of its regulators. A target with no other regulator has only its
    self-edge, which is divided by `otherwise`, one number or [target].
    """
    size = np.abs(matrix)
    np.fill_diagonal(size, 0.0)
    strongest = size.max(axis=1, initial=0.0)
    return matrix / np.where(strongest > 0, strongest, otherwise)[:, None]
