"""A test for lack of fit: whether the residuals of a law still depend on the regulators."""

from __future__ import annotations

import math
from itertools import combinations_with_replacement

import numpy as np
import torch

Array = np.ndarray
CHANCE = 1e-3  # probability of flagging a correct law
CLEAR = 4e-4  # least share of y's variance: a deviation of 2 % of the standard deviation
_DEGREE = 4
_WIDEST = 5  # most regulators for which products are tested


def unexplained(residuals: Array, jacobian: Array, x: Array) -> float | None:
    """Share of y's variance that the law misses systematically; None if not significant.

    A score test of the law against the law plus a smooth function of all regulators: residuals are
    regressed on the Jacobian of the law and on products of Legendre polynomials of the regulators'
    ranks, of total degree 4. F = ((R0 − R1)/q) / (R1/(n − k − q)).

    Parameters
    ----------
    residuals
        y minus the law in units of y's standard deviation, times the root of the weight, [n].
    jacobian
        Derivative of the law by its k constants, with the same row weights, [n, k].
    x
        Levels of the candidates, with the regulators of the law first, [n, P].
    """
    from scipy.stats import f

    n, k = jacobian.shape
    smooth = _products(x[:, :_WIDEST], (n - k) // 4)
    within = _left(residuals, jacobian)
    beyond = _left(residuals, np.concatenate([jacobian, smooth], 1))
    q, rest = smooth.shape[1], n - k - smooth.shape[1]
    r0, r1 = float(within @ within), float(beyond @ beyond)
    if q == 0 or rest < 1 or r0 <= 1e-18 * n:
        return None
    chance = f.sf((r0 - r1) / q / max(r1 / rest, 1e-300), q, rest)
    share = (r0 - r1 * (n - k) / rest) / n
    return share if chance < CHANCE and share > CLEAR else None


def _left(values: Array, columns: Array) -> Array:
    """Residuals of the values after regression on the columns."""
    scale = np.linalg.norm(columns, axis=0)
    # torch instead of numpy, because it respects torch's number of threads
    q, r = torch.linalg.qr(torch.from_numpy(columns[:, scale > 0] / scale[scale > 0]))
    independent = q[:, torch.diagonal(r).abs() > 1e-8].numpy()
    return values - independent @ (independent.T @ values)


def _products(x: Array, most: int) -> Array:
    """Products of Legendre polynomials of ranks, up to the degree that has at most `most`."""
    from scipy.stats import rankdata

    count = x.shape[1]
    degree = _DEGREE
    while degree > 1 and math.comb(count + degree, degree) - 1 > most:
        degree -= 1
    ranks = 2 * (rankdata(x, axis=0) - 0.5) / len(x) - 1
    powers = [np.polynomial.legendre.legvander(ranks[:, j], degree) for j in range(count)]
    columns = []
    for size in range(1, degree + 1):
        for chosen in combinations_with_replacement(range(count), size):
            degrees = np.bincount(chosen, minlength=count)
            columns.append(np.prod([powers[j][:, degrees[j]] for j in set(chosen)], axis=0))
    return np.stack(columns, 1) if len(columns) <= most else np.empty((len(x), 0))
