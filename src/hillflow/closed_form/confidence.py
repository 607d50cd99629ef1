"""Confidence of closed-form edges: stability over bootstraps, calibrated to a probability.

    logit P(edge) = a + Σ_k b_k feature_k

with the features of `hillflow.networks.stability`. The numbers are not those of members of a fit,
since bootstraps of the same cells agree more than fits from other starts do; ``python -m benchmarks
calibrate_closed_form`` fitted them on simulated systems.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hillflow.networks.stability import Stability, stability

INTERCEPT, COEFFICIENTS = -3.75, (0.604, 1.17, 6.07)


def confidences(
    weights: NDArray[np.float64], listed: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], Stability]:
    """P(edge) of each listed pair (NaN elsewhere), and its features.

    Parameters
    ----------
    weights
        [bootstraps, target, regulator].
    listed
        Which pairs may be edges, without self-edges, [target, regulator].
    """
    stable = stability(weights, listed, listed)
    return stable.probability(listed, INTERCEPT, COEFFICIENTS), stable
