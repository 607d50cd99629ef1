"""Confidence in each edge of a fit of several members: stability, calibrated to a probability.

Members differ by seed and by the cells drawn, so an edge that all members share depends on
neither. This is stability selection (Meinshausen & Bühlmann 2010). Stability is not yet a
probability, since a bias that all members share is stable too. Stability was therefore calibrated
on simulated systems of known network: ``python -m benchmarks calibrate_confidence`` fitted

    logit P(edge) = a + Σ_k b_k feature_k

and wrote the numbers below. The features are those of `hillflow.networks.stability`, over members.

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

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from hillflow.errors import InputError
from hillflow.networks.stability import Stability
from hillflow.networks.stability import stability as agreement

INTERCEPT, COEFFICIENTS = -3.75, (0.604, 1.17, 6.07)
HOW_TO_GET = "a fit of one member has no confidence; fit several with ensemble=10 (--ensemble 10)"


def stability(weights: np.ndarray, listed: np.ndarray) -> Stability:
    """Compare the members of a fit, [members, target, source] of at least two."""
    if len(weights) < 2:
        raise InputError("a fit of two members or more", f"{len(weights)}", HOW_TO_GET)
    return agreement(weights, listed, listed & ~np.eye(len(listed), dtype=bool))


def confidences(stable: Stability) -> np.ndarray:
    """The calibrated probability that an edge is real; NaN for self-edges."""
    others = ~np.eye(len(stable.share), dtype=bool)
    return stable.probability(others, INTERCEPT, COEFFICIENTS)


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
