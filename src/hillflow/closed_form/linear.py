"""A linear law in closed form: production as a weighted sum of regulators, and the gene itself.

    p_i = b_i + Σ_j W_ij x_j + c_i x_i,   min Σ |p − …|² / n + λ Σ W²    (standardised)

Weights are W_ij sd(x_j)/sd(p_i). Regulators share one Gram matrix for all targets; the gene's own
level, where it is no regulator, enters by a rank-one update. Cost O(rows · regulators · (regulators
+ genes)) once, then O(regulators² · (regulators + genes)) for each resampling.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hillflow.closed_form.steps import Array, Levels, varying
from hillflow.closed_form.sums import block_dots, block_products


def linear_weights(
    states: Levels,
    production: Levels,
    regulators: NDArray[np.int64],
    targets: NDArray[np.int64],
    bounds: NDArray[np.int64],
    counts: Array,
    penalties: Sequence[float],
) -> Array:
    """Standardised slopes, [penalties, members, targets, regulators]; 0 for what is constant.

    Parameters
    ----------
    states, production
        [rows, genes], rows by block.
    regulators, targets
        Columns.
    bounds, counts
        Blocks of the rows, and how often each member draws each.
    penalties
        λ, as shares of the variance of a regulator.
    """
    x, x_there = _standard(states[:, regulators])
    y, y_there = _standard(production[:, targets])
    own, _ = _standard(states[:, targets])
    own = own * ~np.isin(targets, regulators)  # a regulator is in the sums already
    x1 = np.concatenate([x, np.ones((len(x), 1), x.dtype)], axis=1)
    rows = np.diff(bounds).astype(float)
    kept = {
        "gram": block_products(x1, x1, bounds), "moment": block_products(x1, y, bounds),
        "own": block_products(x1, own, bounds), "own_own": block_dots(own, own, bounds),
        "own_y": block_dots(own, y, bounds),
    }  # fmt: skip
    out = np.zeros((len(penalties), len(counts), len(targets), len(regulators)))
    for m, drawn in enumerate(counts):
        n = float(drawn @ rows)
        if n < 3:
            continue
        s = {name: np.tensordot(drawn, value, axes=1) / n for name, value in kept.items()}
        for p, penalty in enumerate(penalties):
            ridge = np.diag([*np.full(len(regulators), penalty), 1e-9])
            solved = np.linalg.solve(s["gram"] + ridge, np.hstack([s["moment"], s["own"]]))
            plain, by_own = np.hsplit(solved, [len(targets)])
            rest = s["own_own"] + penalty - np.einsum("rt,rt->t", s["own"], by_own)
            own_slope = (s["own_y"] - np.einsum("rt,rt->t", s["own"], plain)) / rest
            slopes = (plain - by_own * own_slope)[:-1].T
            out[p, m] = slopes * x_there * y_there[:, None]
    return out


def _standard(values: Levels) -> tuple[Levels, NDArray[np.bool_]]:
    """Columns with mean 0 and deviation 1, and which of them vary; the others are 0."""
    varies = varying(values)
    spread = np.where(varies, values.std(axis=0), 1)
    return (values - values.mean(axis=0)) / spread * varies, varies
