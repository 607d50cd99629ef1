"""Activity by a univariate linear model: how expression follows the targets of one regulator.

In each cell the expression y of all G genes is regressed on the weights w of one regulator (0 for
genes that are no targets), y = a + b w, and the activity is the t-value of b,

    t = r √(df / ((1 − r)(1 + r))),   r = corr(y, w),   df = G − 2.

Source: Badia-i-Mompel et al. 2022 (decoupler, ``ulm``), with which it agrees.

When not: regulators that share most of their targets get nearly the same activity (`mlm` tells
them apart, where their targets do).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

Array = NDArray[np.float64]
EPS = 2.2e-16  # keeps t finite at r = ±1


def ulm(x: Any, weight: csc_matrix) -> tuple[Array, int]:
    """The t-values of every regulator in every cell, and their degrees of freedom.

    Parameters
    ----------
    x
        Expression, dense or CSR, [cells, genes].
    weight
        Signed weights, sparse, [genes, regulators].

    Returns
    -------
    tuple
        t, [cells, regulators], NaN in cells whose genes are all alike; and df. Cost
        O(cells · edges), and O(cells · genes) for the moments; nothing else is dense.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csc_matrix
    >>> from hillflow.activities import ulm
    >>> t, df = ulm(np.array([[2.0, 1.0, 0.0, 0.5]]), csc_matrix([[1.0], [1.0], [0.0], [0.0]]))
    >>> t.round(3).tolist(), df
    ([[2.236]], 2)
    """
    x, genes = x.astype(float), x.shape[1]
    sums, squares = _moments(x)
    weights = np.asarray(weight.sum(axis=0)).ravel()
    of_weights = np.asarray(weight.multiply(weight).sum(axis=0)).ravel()
    product = np.asarray(_dense(x @ weight))
    t = t_values(product, sums[:, None], squares[:, None], weights, of_weights, genes)
    return t, genes - 2


def t_values(product: Any, x: Any, xx: Any, w: Any, ww: Any, count: Any) -> Array:
    """t from the sums Σxw, Σx, Σx², Σw, Σw² over `count` genes; NaN where x or w does not vary."""
    var_x, var_w = xx - x * x / count, ww - w * w / count
    alike = (var_x <= 1e-12 * xx) | (var_w <= 1e-12 * ww)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = (product - x * w / count) / np.sqrt(var_x * var_w)
    r = np.where(alike, np.nan, np.clip(r, -1.0, 1.0))
    return np.asarray(r * np.sqrt((count - 2) / ((1 - r + EPS) * (1 + r + EPS))))


def _moments(x: Any) -> tuple[Array, Array]:
    """Σ and Σ of squares over the genes of each cell, of dense or sparse expression."""
    square = x.multiply(x) if hasattr(x, "multiply") else x * x
    return np.asarray(x.sum(axis=1)).ravel(), np.asarray(square.sum(axis=1)).ravel()


def _dense(matrix: Any) -> Any:
    return matrix.toarray() if hasattr(matrix, "toarray") else matrix
