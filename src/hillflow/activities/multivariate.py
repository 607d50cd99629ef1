"""Activity by a multivariate linear model: all regulators explain a cell's expression together.

    y = a + W β + ε,   β̂ = least squares,   t_k = β̂_k / √(s² [(MᵀM)⁻¹]_kk),   M = [1, W]

with the residual variance s² = Σ ε̂² / df, df = G − regulators − 1. Among solutions that fit alike
the shortest is taken (pseudo-inverse): regulators with the same targets share an activity. β̂ is
the activity by network component analysis with known weights (Liao et al. 2003); t is what
decoupler's ``mlm`` (Badia-i-Mompel et al. 2022) reports, with which it agrees.

When not: regulators have nearly the same targets (t is then near 0 for both), or are as many as the
genes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from hillflow.errors import InputError, listing
from hillflow.findings import warn

if TYPE_CHECKING:
    from hillflow.activities.regulons import Regulons

Array = NDArray[np.float64]
Statistic = Literal["t", "slope"]
_SAME = 1e-9  # of the largest: directions that the targets do not determine


@dataclass(frozen=True, eq=False)
class Design:
    """M = [1, W] and what regressions on it need.

    Attributes
    ----------
    matrix
        M, [genes, 1 + regulators].
    inverse
        (MᵀM)⁺, [1 + regulators, 1 + regulators].
    df
        Degrees of freedom of the residuals: genes less the rank of M.
    """

    matrix: Array
    inverse: Array
    df: int

    @classmethod
    def of(cls, regulons: Regulons) -> Design:
        """The design of regulons; a warning names those that their targets do not tell apart."""
        genes, count = regulons.weight.shape
        if genes <= count + 1:
            raise InputError(
                f"more genes than the {count:,} regulators and an intercept", f"{genes:,} genes",
                "use method='ulm' (--method ulm), or raise tmin=… (--tmin)",
            )  # fmt: skip
        matrix = np.column_stack([np.ones(genes), regulons.weight.toarray()])
        values, vectors = np.linalg.eigh(matrix.T @ matrix)
        told = values > _SAME * values[-1]
        alike = np.flatnonzero((np.abs(vectors[:, ~told]) > 1e-6).any(axis=1))
        if len(alike):
            names = ["all genes", *regulons.regulators]
            warn(
                f"the targets of {listing(names[k] for k in alike)} are the same, or sums of those "
                "of others: these activities are shared out equally, and cannot be told apart",
                "activity.same-targets",
            )
        scaled = vectors[:, told] / np.sqrt(values[told])
        return cls(matrix, scaled @ scaled.T, genes - int(told.sum()))

    @cached_property
    def projector(self) -> Array:
        """P = M⁺, so that β̂ = P y; [1 + regulators, genes]."""
        return self.inverse @ self.matrix.T


def mlm(x: Any, regulons: Regulons, statistic: Statistic = "t") -> tuple[Array, int]:
    """The activity of every regulator in every cell, and the degrees of freedom.

    Parameters
    ----------
    x
        Expression, dense or CSR, [cells, genes].
    regulons
        Of R regulators, over the same genes.
    statistic
        "t": t-values; "slope": β̂, in units of expression.

    Returns
    -------
    tuple
        [cells, R], and df. Cost O(cells · genes · R) for dense x, O(nonzeros · R) for sparse,
        and O(genes · R²) once.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.activities import mlm, regulons
    >>> from hillflow.networks import Network
    >>> network = Network.from_columns(["A", "A", "B", "B"], ["c", "d", "d", "e"])
    >>> found = regulons(network, ["c", "d", "e", "f", "g"], tmin=2)
    >>> slope, df = mlm(np.array([[3.0, 4.0, 2.0, 1.0, 1.0]]), found, "slope")
    >>> slope.round(6).tolist(), df
    ([[2.0, 1.0]], 2)
    """
    design, x = Design.of(regulons), x.astype(float)
    beta = np.asarray(x @ design.projector.T)
    if statistic == "slope":
        return beta[:, 1:], design.df
    square = x.multiply(x) if hasattr(x, "multiply") else x * x
    total = np.asarray(square.sum(axis=1)).ravel()
    explained = (beta * np.asarray(x @ design.matrix)).sum(axis=1)
    residual = np.maximum(total - explained, 0.0)
    residual[residual <= 1e-12 * total] = np.nan  # alike in all genes, or explained altogether
    variance = residual[:, None] / design.df * np.diag(design.inverse)
    return (beta / np.sqrt(variance))[:, 1:], design.df
