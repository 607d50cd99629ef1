"""How large an effect is, and how sure: from the members of an ensemble, never from cells.

Cells of one model are no replicates: with enough of them any difference is "significant". What
can be wrong is the model, and members that differ by seed and by bootstrapped cells show by how
much: their spread is the standard error of one fit (Efron 1979), and does not shrink with their
number. They share one data set, so what another experiment would change is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

LEVEL = 0.95  # of every interval


@dataclass(frozen=True, eq=False)
class Effect:
    """An effect size by perturbation, [perturbations] each; NaN for what one model cannot tell.

    Attributes
    ----------
    size, low, high
        Length of the shift, and its 95 % interval, which ends at 0 as a length does.
    p, fdr
        Of no effect, so whether it is more than nothing; and after Benjamini and Hochberg (1995)
        over the perturbations.
    """

    size: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray
    fdr: np.ndarray


def interval(members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bounds mean ± t sd √(1 + 1/M) over the M members (first axis); NaN for one.

    sd is the standard error of one fit, and sd / √M is what few members add to it; t has M − 1
    degrees of freedom.
    """
    count = len(members)
    if count < 2:
        unknown = np.full(members.shape[1:], np.nan)
        return unknown, unknown.copy()
    error = members.std(axis=0, ddof=1) * np.sqrt(1 + 1 / count)
    half = stats.t.ppf((1 + LEVEL) / 2, count - 1) * error
    mean = members.mean(axis=0)
    return mean - half, mean + half


def effect_sizes(shifts: np.ndarray) -> Effect:
    """Length of the mean shift d̄, its interval along d̄ from 0 on, and a test of d̄ = 0.

    With S the covariance of M members, and Student's t of M − 1 degrees of freedom,

        t = ‖d̄‖ / √((1 + 1/M) tr S),    p = P(|t_{M−1}| ≥ t).

    It is exact where members err in one direction, and cautious where they err in many: the
    length is then spread less (Dempster 1958 corrects for it, but needs the number of
    directions, which a handful of members does not tell).

    Parameters
    ----------
    shifts
        [members, perturbations, numbers]; NaN where a model ran away. One member gives sizes
        alone.
    """
    count, mean = len(shifts), shifts.mean(axis=0)
    size = np.linalg.norm(mean, axis=-1)
    if count < 2:
        none = np.full(size.shape, np.nan)
        return Effect(size, none, none, none, none)
    direction = mean / np.where(size > 0, size, 1.0)[:, None]
    low, high = interval((shifts * direction).sum(axis=-1))
    error = np.sqrt((1 + 1 / count) * shifts.var(axis=0, ddof=1).sum(axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(size == 0, 1.0, 2 * stats.t.sf(size / error, count - 1))
    return Effect(size, np.maximum(low, 0.0), high, p, false_discovery_rate(p))


def false_discovery_rate(p: np.ndarray) -> np.ndarray:
    """Benjamini and Hochberg's adjusted p over those that are known."""
    known = np.isfinite(p)
    adjusted = np.full(p.shape, np.nan)
    if known.any():
        adjusted[known] = stats.false_discovery_control(p[known])
    return adjusted
