"""How sure an ensemble is of each edge: stability, and a probability calibrated on known systems.

Members differ by seed and by the cells drawn; what comes back in all of them does not hang on
either. That much is stability selection (Meinshausen & Bühlmann 2010). It is not yet a
probability: a bias that all members share is stable too. So what stability is worth was measured
on simulated systems whose network is known, by ``python -m benchmarks calibrate_confidence``,
which fitted

    logit P(edge) = a + Σ_k b_k feature_k

and wrote the numbers below. Three features of an edge j → i, with w_m its weight in member m:

===========  ================================================================================
steadiness   log(1 + |mean w| / (sd w + 0.05 rms)), rms over all edges and members
selection    share of members in which the edge is among the strongest k, k two a gene
share        |mean w_ij| / Σ_j |mean w_ij|, its part of all that regulates the target
===========  ================================================================================

On systems that the map was not fitted to, 91 % of the edges called at 0.8 or more were true and
99 % of those at 0.9 or more. It is too sure where nothing was perturbed (78 % true at 0.6 or more,
83 % at 0.8) and on linear noise-driven systems (2 of 4 at 0.8), and too modest on sparse networks
with knockouts. Counting noise, batch effects and hidden regulators were not simulated.

Self-edges have no confidence. Autoregulation and decay act alike on a gene's own velocity, so a fit
trades one for the other, and does so the same way in every member: on the simulated systems false
self-edges were as steady and as large as true ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from hillflow.errors import InputError

FEATURES = ("steadiness", "selection", "share")
INTERCEPT, COEFFICIENTS = -3.75, (0.604, 1.17, 6.07)
STRONGEST = 2  # edges a gene that a member selects
_FLOOR = 0.05  # of the rms weight, added to the members' sd: few members may agree by chance
HOW_TO_GET = "one fit cannot say how sure it is; fit an ensemble (--ensemble 10)"


@dataclass(frozen=True, eq=False)
class Stability:
    """What the members of an ensemble agree on; matrices [target, source].

    Attributes
    ----------
    steadiness, selection, share
        The features above.
    agreement
        Share of members whose sign is that of the mean.
    """

    steadiness: np.ndarray
    selection: np.ndarray
    share: np.ndarray
    agreement: np.ndarray

    def features(self, at: np.ndarray) -> np.ndarray:
        """`FEATURES` of the pairs in a mask [target, source], [pairs, 3]."""
        return np.stack([getattr(self, name)[at] for name in FEATURES], axis=1)

    @property
    def confidence(self) -> np.ndarray:
        """The calibrated probability that an edge is real; NaN for self-edges."""
        others = ~np.eye(len(self.share), dtype=bool)
        found = np.full(self.share.shape, np.nan)
        logit = INTERCEPT + self.features(others) @ np.array(COEFFICIENTS)
        found[others] = 1 / (1 + np.exp(-logit))
        return found


def stability(weights: np.ndarray, listed: np.ndarray) -> Stability:
    """Compare the members of an ensemble.

    Parameters
    ----------
    weights
        [members, target, source], two members at least.
    listed
        Which pairs are candidates, [target, source]. Self-edges are measured by the same yardstick,
        and are no part of it.
    """
    if len(weights) < 2:
        raise InputError("two members or more", f"{len(weights)}", HOW_TO_GET)
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
    """How often each pair is as strong as the k-th strongest pair of a member."""
    count = int(others.sum())
    if not count:
        return np.where(listed, 1.0, 0.0)
    strongest = max(1, min(count // 2, STRONGEST * len(others)))
    size = np.abs(weights)
    bound = np.sort(size[:, others], axis=1)[:, -strongest]
    return ((size >= bound[:, None, None]) & (size > 0) & listed).mean(0)


def reliability(
    confidence: np.ndarray, truth: np.ndarray, bins: int | np.ndarray = 10
) -> pd.DataFrame:
    """Of the edges called at each confidence, the share that is true.

    Parameters
    ----------
    confidence, truth
        Of each edge, in the same order; edges without a confidence are left out.
    bins
        How many of equal width, or their edges, rising from 0 to 1.

    Returns
    -------
    DataFrame
        A row a bin that has edges: ``low``, ``high``, ``edges``, ``confidence`` (its mean) and
        ``true``, the share of true ones, with a 95 % interval ``true_low``, ``true_high`` (Wilson
        1927). Calibrated where ``confidence`` lies within.
    """
    confidence = np.asarray(confidence, dtype=float).ravel()
    truth = np.asarray(truth, dtype=bool).ravel()
    if confidence.shape != truth.shape:
        raise InputError(
            "one truth for each confidence", f"{truth.size} and {confidence.size}", "align them"
        )
    known = np.isfinite(confidence)
    confidence, truth = confidence[known], truth[known]
    if not confidence.size or confidence.min() < 0 or confidence.max() > 1:
        raise InputError(
            "confidences between 0 and 1", "none" if not confidence.size else "others",
            "take the column 'confidence' of an ensemble's graph",
        )  # fmt: skip
    ends = np.linspace(0, 1, bins + 1) if isinstance(bins, int) else np.asarray(bins, dtype=float)
    place = np.clip(np.digitize(confidence, ends) - 1, 0, len(ends) - 2)
    rows = []
    for k in np.unique(place):
        inside = place == k
        count, true = int(inside.sum()), float(truth[inside].mean())
        low, high = _wilson(true, count)
        rows.append(
            {
                "low": ends[k], "high": ends[k + 1], "edges": count,
                "confidence": confidence[inside].mean(), "true": true,
                "true_low": low, "true_high": high,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _wilson(share: float, count: int, z: float = 1.96) -> tuple[float, float]:
    """The interval of a share (Wilson 1927)."""
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + (z / (2 * count)) ** 2)
    return max(0.0, middle - half), min(1.0, middle + half)
