"""Confidence of closed-form edges: stability over bootstraps, calibrated to a probability.

    logit P(edge) = a + Σ_k b_k feature_k

with the features of `hillflow.networks.stability`. ``python -m benchmarks calibrate_closed_form``
fitted the numbers on simulated systems; they came out close to those of members of a fit
(`hillflow.causal.confidence`). On systems that were left out, 92 % of the edges with a confidence
of 0.8 or more were true. Counting noise, batch effects and hidden regulators were not simulated.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hillflow.networks.stability import Stability, stability

INTERCEPT, COEFFICIENTS = -3.54, (0.354, 0.985, 7.22)


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
