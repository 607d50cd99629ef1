"""A linear law in closed form: production as a weighted sum of regulators, and the gene itself.

    p_i = b_i + Σ_j W_ij x_j + c_i x_i,   min Σ |p − …|² / n + λ Σ W²    (standardised)

Weights are W_ij sd(x_j)/sd(p_i). Regulators share one Gram matrix for all targets; the gene's own
level, where it is no regulator, enters by a rank-one update. Cost O(regulators² · (regulators +
targets)) for each resampling; the cells are not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from hillflow.closed_form.steps import Array
from hillflow.closed_form.sums import Sums

TARGETS = 200  # solved at a time
_SAME = 1e-12  # variance, relative to 1 + mean², that the rounding of 32-bit numbers makes


def linear_weights(sums: Sums, counts: Array, penalties: Sequence[float]) -> Array:
    """Standardised slopes, [penalties, members, targets, regulators]; 0 for what is constant.

    Parameters
    ----------
    sums
        Of the steps in which these targets are free.
    counts
        How often each member draws each block, [members, blocks].
    penalties
        λ, as shares of the variance of a regulator.
    """
    regulators, outside = len(sums.regulators), sums.outside
    out = np.zeros((len(penalties), len(counts), len(sums.targets), regulators))
    rows = sums.gram[:, -1, -1]
    if rows.sum() < 3:
        return out
    (gram, moment, own, own_own, own_y), x_there, y_there = _standard(sums)
    able = counts @ rows >= 3
    counts, n = counts[able], counts[able] @ rows
    grams = _drawn(counts, n, gram)
    ridge = np.diag([*np.ones(regulators), 1e-9])
    within = np.full(len(sums.targets), -1)
    within[outside] = np.arange(len(outside))
    own_own, own_y = _drawn(counts, n, own_own), _drawn(counts, n, own_y)
    for p, penalty in enumerate(penalties):
        ridge[np.arange(regulators), np.arange(regulators)] = penalty
        factors = [cho_factor(one + ridge, check_finite=False) for one in grams]
        for part in np.array_split(np.arange(len(sums.targets)), -(-len(sums.targets) // TARGETS)):
            apart = np.flatnonzero(within[part] >= 0)  # of the part
            at = within[part][apart]
            moments, owns = _drawn(counts, n, moment[..., part]), _drawn(counts, n, own[..., at])
            for k, m in enumerate(np.flatnonzero(able)):
                sides = np.hstack([moments[k], owns[k]])
                solved = cho_solve(factors[k], sides, check_finite=False)
                slopes, by_own = np.hsplit(solved, [len(part)])
                rest = own_own[k, at] + penalty - np.einsum("rt,rt->t", owns[k], by_own)
                own_slope = own_y[k, at] - np.einsum("rt,rt->t", owns[k], slopes[:, apart])
                slopes[:, apart] -= by_own * (own_slope / rest)
                out[p, m, part] = slopes[:-1].T * x_there * y_there[part, None]
    return out


def _drawn(counts: Array, rows: Array, sums: Array) -> Array:
    """Means over the rows that each member draws, [members, …], of sums [blocks, …]."""
    means = counts @ sums.reshape(len(sums), -1) / rows[:, None]
    return np.asarray(means.reshape(len(counts), *sums.shape[1:]))


Standard = tuple[Array, Array, Array, Array, Array]


def _standard(sums: Sums) -> tuple[Standard, NDArray[np.bool_], NDArray[np.bool_]]:
    """Sums of levels and productions with mean 0 and deviation 1; and which of x and y vary.

    What is constant has sums of 0.
    """
    n = sums.gram[:, -1, -1]
    whole, all_rows, outside = sums.gram.sum(axis=0), float(n.sum()), sums.outside
    x_mean, x_scale, x_there = _moments(np.diag(whole)[:-1], whole[:-1, -1], all_rows)
    z_mean, z_scale, _ = _moments(sums.own_own.sum(axis=0), sums.own[:, -1].sum(axis=0), all_rows)
    y_mean, y_scale, y_there = _moments(
        sums.square.sum(axis=0), sums.moment[:, -1].sum(axis=0), all_rows
    )
    centre, scale = np.append(x_mean, 0.0), np.append(x_scale, 1.0)[:, None]
    gram, moment, own = (np.empty_like(one) for one in (sums.gram, sums.moment, sums.own))
    for k, of_block in enumerate(n):
        ones = sums.gram[k, :, -1] - of_block * centre  # Σ of the centred (x, 1)
        for out, raw, mean, factor in (
            (gram, sums.gram, centre, scale[:, 0]),
            (moment, sums.moment, y_mean, y_scale),
            (own, sums.own, z_mean, z_scale),
        ):
            out[k] = (raw[k] - np.outer(centre, raw[k, -1]) - np.outer(ones, mean)) * scale * factor
    z, y = sums.own[:, -1], sums.moment[:, -1][:, outside]
    of_y = y_mean[outside]
    own_own = (sums.own_own - 2 * z_mean * z + n[:, None] * z_mean**2) * z_scale**2
    own_y = sums.own_y - z_mean * y - of_y * z + n[:, None] * z_mean * of_y
    return (gram, moment, own, own_own, own_y * z_scale * y_scale[outside]), x_there, y_there


def _moments(squares: Array, totals: Array, rows: float) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Mean, 1/deviation (0 for what is constant), and which vary, of columns."""
    mean = totals / rows
    variance = squares / rows - mean**2
    there = variance > _SAME * (1 + mean**2)
    return mean, np.where(there, 1 / np.sqrt(np.where(there, variance, 1.0)), 0.0), there
