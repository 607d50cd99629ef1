"""Effect sizes with intervals and tests over the members of a fit, never over cells.

Cells simulated by one member are no replicates: with enough cells any difference is
"significant". The uncertainty lies in the fit. Members that differ by seed and by bootstrapped
cells measure it: their spread is the standard error of one fit (Efron 1979), and does not shrink
with their number. All members share one data set, so the variation between experiments is not
included. Where a fit learned noise, each member simulates random paths of its own, so that its
spread also holds the sampling error of the simulated means. The spread of single cells around
those means is not in an interval: it is in the predicted cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LEVEL = 0.95  # coverage of every interval


@dataclass(frozen=True, eq=False)
class Effect:
    """The effect size of each perturbation, [perturbations] each.

    Attributes
    ----------
    size, low, high
        Length of the shift and its 95 % interval, which cannot fall below 0. The interval is NaN
        for a fit of one member.
    p, fdr
        p of the hypothesis of no effect, and p adjusted over the perturbations (Benjamini and
        Hochberg 1995). NaN for a fit of one member.
    """

    size: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray
    fdr: np.ndarray


def interval(members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bounds mean ± t sd √(1 + 1/M) over M members (first axis); NaN for one member.

    sd is the standard error of one fit, and sd / √M the error of a mean over M members. t has
    M − 1 degrees of freedom.
    """
    count = len(members)
    if count < 2:
        unknown = np.full(members.shape[1:], np.nan)
        return unknown, unknown.copy()
    from scipy.stats import t

    error = members.std(axis=0, ddof=1) * np.sqrt(1 + 1 / count)
    half = t.ppf((1 + LEVEL) / 2, count - 1) * error
    mean = members.mean(axis=0)
    return mean - half, mean + half


def effect_sizes(shifts: np.ndarray) -> Effect:
    """Length of the mean shift d̄, its interval along d̄ (cut at 0), and a test of d̄ = 0.

    With S the covariance over M members, and Student's t with M − 1 degrees of freedom,

        t = ‖d̄‖ / √((1 + 1/M) tr S),    p = P(|t_{M−1}| ≥ t).

    The test is exact if the errors of the members lie in one direction, and conservative if they
    lie in many, since the length then varies less. Dempster (1958) corrects for this, but needs
    the number of directions, which cannot be estimated from a handful of members.

    Parameters
    ----------
    shifts
        [members, perturbations, numbers]; NaN where a simulation diverged. For one member only
        the sizes are known.
    """
    count, mean = len(shifts), shifts.mean(axis=0)
    size = np.linalg.norm(mean, axis=-1)
    if count < 2:
        unknown = np.full(size.shape, np.nan)
        return Effect(size, unknown, unknown, unknown, unknown)
    from scipy.stats import t

    direction = mean / np.where(size > 0, size, 1.0)[:, None]
    low, high = interval((shifts * direction).sum(axis=-1))
    error = np.sqrt((1 + 1 / count) * shifts.var(axis=0, ddof=1).sum(axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(size == 0, 1.0, 2 * t.sf(size / error, count - 1))
    return Effect(size, np.maximum(low, 0.0), high, p, false_discovery_rate(p))


def false_discovery_rate(p: np.ndarray) -> np.ndarray:
    """p adjusted by Benjamini and Hochberg over the values that are not NaN."""
    from scipy.stats import false_discovery_control

    known = np.isfinite(p)
    adjusted = np.full(p.shape, np.nan)
    if known.any():
        adjusted[known] = false_discovery_control(p[known])
    return adjusted
