"""How far several estimates of one network agree: the features of a confidence.

===========  ================================================================================
steadiness   log(1 + |mean w| / (sd w + 0.05 rms)), rms over all edges and estimates
selection    share of estimates in which the edge is among the strongest k (k: two per gene)
share        |mean w_ij| / Σ_j |mean w_ij|, its share of the target's total regulation
===========  ================================================================================

An edge that all estimates share depends on none of what differs between them: stability selection
(Meinshausen & Bühlmann 2010). It is no probability, since a bias of all of them is stable too;
logistic maps fitted to simulated systems make it one (see `hillflow.causal.confidence` and
`hillflow.closed_form.confidence`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEATURES = ("steadiness", "selection", "share")
STRONGEST = 2  # edges per gene that an estimate selects
_FLOOR = 0.05  # share of the rms weight added to the sd: few estimates may agree by chance


@dataclass(frozen=True, eq=False)
class Stability:
    """Agreement of estimates; matrices [target, source].

    Attributes
    ----------
    steadiness, selection, share
        The three features, see the module.
    agreement
        Share of estimates whose weight has the sign of the mean weight.
    """

    steadiness: NDArray[np.float64]
    selection: NDArray[np.float64]
    share: NDArray[np.float64]
    agreement: NDArray[np.float64]

    def features(self, at: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The `FEATURES` of the pairs that a mask [target, source] selects, [pairs, 3]."""
        return np.stack([getattr(self, name)[at] for name in FEATURES], axis=1)

    def probability(
        self, at: NDArray[np.bool_], intercept: float, coefficients: tuple[float, ...]
    ) -> NDArray[np.float64]:
        """P(edge) of a logistic map of the features, for the pairs selected; NaN elsewhere."""
        probability = np.full(self.share.shape, np.nan)
        logit = intercept + self.features(at) @ np.array(coefficients)
        probability[at] = 1 / (1 + np.exp(-logit))
        return probability


def stability(
    weights: NDArray[np.float64], listed: NDArray[np.bool_], others: NDArray[np.bool_]
) -> Stability:
    """Compare estimates.

    Parameters
    ----------
    weights
        [estimates, target, source], of at least two.
    listed
        Which pairs are candidates, [target, source].
    others
        Which of them are of two different genes. Self-edges do not enter the scales (rms, sum of
        regulation, strongest edges), but are compared with the same scales.
    """
    mean = weights.mean(0)
    size = np.where(listed, np.abs(mean), 0.0)
    rms = np.sqrt(np.mean(weights[:, others] ** 2)) if others.any() else 1.0
    floor = max(_FLOOR * rms, np.finfo(float).tiny)
    total = np.where(others, size, 0.0).sum(1, keepdims=True)
    share = np.divide(size, total, out=np.zeros_like(size), where=total > 0)
    return Stability(
        steadiness=np.log1p(size / (weights.std(0, ddof=1) + floor)),
        selection=_selection(weights, others, listed),
        share=np.minimum(share, 1.0),
        agreement=(np.sign(weights) == np.sign(mean)).mean(0),
    )


def _selection(weights: np.ndarray, others: np.ndarray, listed: np.ndarray) -> np.ndarray:
    """Share of members in which each pair is at least as strong as the k-th strongest pair."""
    count = int(others.sum())
    if not count:
        return np.where(listed, 1.0, 0.0)
    strongest = max(1, min(count // 2, STRONGEST * len(others)))
    size = np.abs(weights)
    bound = np.sort(size[:, others], axis=1)[:, -strongest]
    return ((size >= bound[:, None, None]) & (size > 0) & listed).mean(0)
