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

from hillflow.closed_form.steps import Array
from hillflow.closed_form.sums import Sums

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
    s, x_there, y_there = _standard(sums)
    for m, drawn in enumerate(counts):
        n = float(drawn @ rows)
        if n < 3:
            continue
        gram, moment, own, own_own, own_y = (np.tensordot(drawn, one, axes=1) / n for one in s)
        for p, penalty in enumerate(penalties):
            ridge = np.diag([*np.full(regulators, penalty), 1e-9])
            solved = np.linalg.solve(gram + ridge, np.hstack([moment, own]))
            slopes, by_own = np.hsplit(solved, [len(sums.targets)])
            rest = own_own + penalty - np.einsum("rt,rt->t", own, by_own)
            own_slope = (own_y - np.einsum("rt,rt->t", own, slopes[:, outside])) / rest
            slopes[:, outside] -= by_own * own_slope
            out[p, m] = slopes[:-1].T * x_there * y_there[:, None]
    return out


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
