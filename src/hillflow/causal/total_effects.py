"""Total effects in a structural causal model at rest: what a held gene does to all others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def total_effects(slopes: NDArray[np.float64], rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """The slope of each gene's resting level in the level at which another gene is held.

    With S = ∂g_i/∂x_j and gene j held at ξ by do(x_j = ξ), the others rest at x = S x, so that

        ∂x_i/∂ξ = [(I − S₋ⱼ,₋ⱼ)⁻¹ S₋ⱼ,ⱼ]_i = M_ij / M_jj,    M = (I − S)⁻¹

    (Bollen 1987 for linear models with loops; the ratio follows from Cramer's rule). Where paths do
    not return to a gene it is the sum over all paths of the products of their slopes (Wright 1934).
    It holds for small changes of ξ. If the other genes do not come back to this state while j is
    held, the derivative exists but nothing follows it: column j is NaN. Holding the gene that
    closes a negative loop may do so.

    Parameters
    ----------
    slopes
        Direct effects ∂g_i/∂x_j at a stable state, [target, source].
    rates
        Decay rates γ, [genes]: 0 where a gene is clamped.

    Returns
    -------
    numpy.ndarray
        [target, source], 1 on the diagonal. Cost: one inverse, and for each gene the eigenvalues
        of a matrix of all others, O(genes⁴) in all.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.causal.total_effects import total_effects
    >>> chain = np.array([[0, 0, 0], [2.0, 0, 0], [0, -0.5, 0]])  # A → B ⊣ C
    >>> float(total_effects(chain, np.ones(3))[2, 0])
    -1.0
    """
    size = len(slopes)
    inverse = np.linalg.inv(np.eye(size) - slopes)
    jacobian = rates[:, None] * (slopes - np.eye(size))
    free = rates > 0
    total = np.full((size, size), np.nan)
    for held in range(size):
        others = free & (np.arange(size) != held)
        growth = np.linalg.eigvals(jacobian[np.ix_(others, others)]).real
        if not len(growth) or growth.max() < 0:
            total[:, held] = inverse[:, held] / inverse[held, held]
    return total
