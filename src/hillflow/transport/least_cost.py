"""A lower bound on the cost of any coupling, by duality, to judge a plan that was made in pieces.

    Σ_ij γ_ij c_ij ≥ Σ_i a_i u_i + Σ_j b_j v_j   if   u_i + v_j ≤ c_ij for all pairs

(Kantorovich 1942). Nearly the best v are smooth functions of the place, v(z) = −ε log Σ_i a_i
exp((φ_i − |z − z_i|²)/ε), with the potentials φ of an entropic plan between samples of the cells.
With u_i = min_j (c_ij − v_j) over all ends no pair breaks the condition. The mean of u is taken
over another sample of starts: on the first one it would be too high.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
SAMPLE = 2_000  # cells a side of the entropic plan
STARTS = 5_000  # over which the mean is taken
BLUR = (
    0.03  # ε over the mean squared distance; the highest bounds of .005 to .1 in 5 to 30 dimensions
)
AT_ONCE = 500  # rows of the distances that are held


def least_cost(
    z0: Array, z1: Array, a: Array, b: Array, seed: int = 0, sample: int = SAMPLE
) -> float:
    """Return a value that the cost of no coupling is below, but for the error of a mean.

    Parameters
    ----------
    z0, z1
        States at both ends, [n0, d] and [n1, d].
    a, b
        Masses with sum 1.
    seed
        Seed of the samples.
    sample
        Cells a side of the entropic plan; more give a tighter bound.

    Returns
    -------
    float
        A mean of |z_i − z_j|². Cost O(`STARTS` · n), and an entropic plan of `sample` cells. The
        bound is near the least cost in few dimensions, and loose where cells are far apart for
        their number.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.transport.least_cost import least_cost
    >>> z, mass = np.zeros((4, 1)), np.full(4, 0.25)
    >>> float(least_cost(z, z + 2, mass, mass))
    4.0
    """
    import torch

    from hillflow.transport.entropic import solve_potentials
    from hillflow.transport.exact import squared_distances

    random = np.random.default_rng(seed)
    i = random.choice(len(z0), min(sample, len(z0)), replace=False, p=a)
    j = random.choice(len(z1), min(sample, len(z1)), replace=False, p=b)
    cost = torch.as_tensor(squared_distances(z0[i], z1[j]), dtype=torch.float32)
    blur = BLUR * float(cost.mean()) or 1.0
    even_i, even_j = (torch.full((len(drawn),), 1 / len(drawn)) for drawn in (i, j))
    phi, _ = solve_potentials(cost, even_i, even_j, blur, tolerance=1e-3)
    v = _over(z1, z0[i], blur * phi.numpy().astype(float), blur)
    starts = random.choice(len(z0), min(STARTS, len(z0)), p=a)
    return float(_over(z0[starts], z1, v).mean() + b @ v)


def _over(z: Array, others: Array, potential: Array, blur: float = 0.0) -> Array:
    """Least of |z − other|² − potential over the others, [n]; soft, if there is a blur."""
    from hillflow.transport.exact import squared_distances

    found = []
    for k in range(0, len(z), AT_ONCE):
        left = squared_distances(z[k : k + AT_ONCE], others) - potential
        least = left.min(axis=1)
        if blur:
            least -= blur * np.log(np.exp((least[:, None] - left) / blur).mean(axis=1))
        found.append(least)
    return np.concatenate(found)
