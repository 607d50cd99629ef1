"""Effect sizes with intervals and tests over the members of a fit, never over cells.

Cells simulated by one member are no replicates: with enough cells any difference is
"significant". The uncertainty lies in the fit. Members that differ by seed and by bootstrapped
cells measure it: their spread is the standard error of one fit (Efron 1979), and does not shrink
with their number. All members share one data set, so the variation between experiments is not
included. Where a fit learned noise, each member simulates random paths of its own, so that its
spread also holds the sampling error of the simulated means. The spread of single cells around
those means is not in an interval: it is in the predicted cells. Where a number is a share of few
cells (of fates), its sampling error over those cells is added to the variance over the members.
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


def interval(
    members: np.ndarray, over_cells: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Bounds mean ± t √((1 + 1/M) sd² + v) over M members (first axis); NaN for one member.

    sd is the standard error of one fit, and sd / √M the error of a mean over M members. v is the
    mean over the members of `over_cells`, the sampling variance of each number over its cells:
    members simulate the same cells, so it does not fall with their number. t has M − 1 degrees of
    freedom, which is conservative where v is large.
    """
    count = len(members)
    if count < 2:
        unknown = np.full(members.shape[1:], np.nan)
        return unknown, unknown.copy()
    from scipy.stats import t

    half = t.ppf((1 + LEVEL) / 2, count - 1) * np.sqrt(_variance(members, over_cells))
    mean = members.mean(axis=0)
    return mean - half, mean + half


def p_values(members: np.ndarray, over_cells: np.ndarray | None = None) -> np.ndarray:
    """p of the hypothesis that a number is 0: its `interval` of coverage 1 − p ends at 0.

    Two-sided t test over the members (first axis); 1 where the mean is 0, NaN for one member.
    """
    count, mean = len(members), members.mean(axis=0)
    if count < 2:
        return np.full(mean.shape, np.nan)
    return _tail(np.abs(mean), _variance(members, over_cells), count)


def _variance(members: np.ndarray, over_cells: np.ndarray | None) -> np.ndarray:
    variance: np.ndarray = (1 + 1 / len(members)) * members.var(axis=0, ddof=1)
    return variance if over_cells is None else variance + over_cells.mean(axis=0)


def _tail(size: np.ndarray, variance: np.ndarray, count: int) -> np.ndarray:
    """P(|t| ≥ size / √variance) with count − 1 degrees of freedom; 1 where size is 0."""
    from scipy.stats import t

    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(size == 0, 1.0, 2 * t.sf(size / np.sqrt(variance), count - 1)))


def effect_sizes(shifts: np.ndarray, over_cells: np.ndarray | None = None) -> Effect:
    """Length of the mean shift d̄, its interval along d̄ (cut at 0), and a test of d̄ = 0.

    With S the covariance over M members, and Student's t with M − 1 degrees of freedom,

        t = ‖d̄‖ / √((1 + 1/M) tr S + v),    p = P(|t_{M−1}| ≥ t).

    The test is exact if the errors of the members lie in one direction, and conservative if they
    lie in many, since the length then varies less. Dempster (1958) corrects for this, but needs
    the number of directions, which cannot be estimated from a handful of members.

    Parameters
    ----------
    shifts
        [members, perturbations, numbers]; NaN where a simulation diverged. For one member only
        the sizes are known.
    over_cells
        Sampling variance of each number over its cells, of the same shape, whose sum and mean over
        members is v; by default 0.
    """
    count, mean = len(shifts), shifts.mean(axis=0)
    size = np.linalg.norm(mean, axis=-1)
    if count < 2:
        unknown = np.full(size.shape, np.nan)
        return Effect(size, unknown, unknown, unknown, unknown)
    direction = mean / np.where(size > 0, size, 1.0)[:, None]
    low, high = interval((shifts * direction).sum(axis=-1))
    p = _tail(size, _variance(shifts, over_cells).sum(axis=-1), count)
    return Effect(size, np.maximum(low, 0.0), high, p, false_discovery_rate(p))


def false_discovery_rate(p: np.ndarray) -> np.ndarray:
    """p adjusted by Benjamini and Hochberg over the last axis, without values that are NaN."""
    from scipy.stats import false_discovery_control

    adjusted = np.full(p.shape, np.nan)
    rows = (one.reshape(-1, p.shape[-1]) for one in (adjusted, p))
    for row, values in zip(*rows, strict=True):
        known = np.isfinite(values)
        if known.any():
            row[known] = false_discovery_control(values[known])
    return adjusted
