"""Confidence in each edge of a fit of several members: stability, calibrated to a probability.

Members differ by seed and by the cells drawn, so an edge that all members share depends on
neither. This is stability selection (Meinshausen & Bühlmann 2010). Stability is not yet a
probability, since a bias that all members share is stable too. Stability was therefore calibrated
on simulated systems of known network: ``python -m benchmarks calibrate_confidence`` fitted

    logit P(edge) = a + Σ_k b_k feature_k

and wrote the numbers below. An edge j → i with weight w_m in member m has three features:

===========  ================================================================================
steadiness   log(1 + |mean w| / (sd w + 0.05 rms)), rms over all edges and members
selection    share of members in which the edge is among the strongest k (k: two per gene)
share        |mean w_ij| / Σ_j |mean w_ij|, its share of the target's total regulation
===========  ================================================================================

On systems that were not used for the calibration, 91 % of the edges with a confidence of 0.8 or
more were true, and 99 % of those with 0.9 or more. The confidence is too high on data without
perturbations (78 % true at 0.6 or more, 83 % at 0.8) and on linear noise-driven systems (2 of 4 at
0.8), and too low on sparse networks with knockouts. Counting noise, batch effects and hidden
regulators were not simulated.

Self-edges have no confidence. Autoregulation and decay have the same effect on a gene's own
velocity, so a fit exchanges one for the other, and does so in the same way in every member. On the
simulated systems false self-edges were as steady and as large as true ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from hillflow.errors import InputError

FEATURES = ("steadiness", "selection", "share")
INTERCEPT, COEFFICIENTS = -3.75, (0.604, 1.17, 6.07)
STRONGEST = 2  # edges per gene that a member selects
_FLOOR = 0.05  # share of the rms weight added to the members' sd: few members may agree by chance
HOW_TO_GET = "a fit of one member has no confidence; fit several with ensemble=10 (--ensemble 10)"


@dataclass(frozen=True, eq=False)
class Stability:
    """Agreement of the members of a fit; matrices [target, source].

    Attributes
    ----------
    steadiness, selection, share
        The three features, see the module.
    agreement
        Share of members whose weight has the sign of the mean weight.
    """

    steadiness: np.ndarray
    selection: np.ndarray
    share: np.ndarray
    agreement: np.ndarray

    def features(self, at: np.ndarray) -> np.ndarray:
        """The `FEATURES` of the pairs that a mask [target, source] selects, [pairs, 3]."""
        return np.stack([getattr(self, name)[at] for name in FEATURES], axis=1)

    @property
    def confidence(self) -> np.ndarray:
        """The calibrated probability that an edge is real; NaN for self-edges."""
        others = ~np.eye(len(self.share), dtype=bool)
        probability = np.full(self.share.shape, np.nan)
        logit = INTERCEPT + self.features(others) @ np.array(COEFFICIENTS)
        probability[others] = 1 / (1 + np.exp(-logit))
        return probability


def stability(weights: np.ndarray, listed: np.ndarray) -> Stability:
    """Compare the members of a fit.

    Parameters
    ----------
    weights
        [members, target, source], of at least two members.
    listed
        Which pairs are candidates, [target, source]. Self-edges do not enter the scales (rms, sum
        of regulation, strongest edges), but are compared with the same scales.
    """
    if len(weights) < 2:
        raise InputError("a fit of two members or more", f"{len(weights)}", HOW_TO_GET)
    others = listed & ~np.eye(len(listed), dtype=bool)
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


def reliability(
    confidence: ArrayLike, truth: ArrayLike, bins: int | ArrayLike = 10
) -> pd.DataFrame:
    """Compute the share of true edges at each level of confidence.

    Parameters
    ----------
    confidence, truth
        The confidence of each edge, and whether it is true, in the same order. Edges without a
        confidence (NaN) are left out.
    bins
        Number of bins of equal width, or the bin edges, increasing from 0 to 1.

    Returns
    -------
    DataFrame
        One row per bin that has edges: ``low``, ``high``, ``edges``, ``confidence`` (mean in the
        bin) and ``true``, the share of true edges, with its 95 % interval ``true_low``,
        ``true_high`` (Wilson 1927). A bin is calibrated if ``confidence`` lies in this interval.

    Examples
    --------
    >>> from hillflow.causal import reliability
    >>> table = reliability([0.9, 0.9, 0.9, 0.9, 0.1], [True, True, True, False, False], bins=2)
    >>> table["true"].tolist()
    [0.0, 0.75]
    """
    scores = np.asarray(confidence, dtype=float).ravel()
    is_true = np.asarray(truth, dtype=bool).ravel()
    if scores.shape != is_true.shape:
        raise InputError(
            "one truth for each confidence",
            f"{is_true.size} truths and {scores.size} confidences",
            "give both for the same edges, in the same order",
        )
    known = np.isfinite(scores)
    scores, is_true = scores[known], is_true[known]
    if not scores.size or scores.min() < 0 or scores.max() > 1:
        raise InputError(
            "confidences between 0 and 1",
            f"{scores.min():.3g} to {scores.max():.3g}" if scores.size else "none",
            "pass the column 'confidence' of the network of a fit of several members",
        )  # fmt: skip
    ends = np.linspace(0, 1, bins + 1) if isinstance(bins, int) else np.asarray(bins, dtype=float)
    bin_of = np.clip(np.digitize(scores, ends) - 1, 0, len(ends) - 2)
    rows = []
    for k in np.unique(bin_of):
        inside = bin_of == k
        count, true = int(inside.sum()), float(is_true[inside].mean())
        low, high = _wilson(true, count)
        rows.append(
            {
                "low": ends[k], "high": ends[k + 1], "edges": count,
                "confidence": scores[inside].mean(), "true": true,
                "true_low": low, "true_high": high,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _wilson(share: float, count: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + (z / (2 * count)) ** 2)
    return max(0.0, middle - half), min(1.0, middle + half)
