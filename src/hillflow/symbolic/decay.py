"""A decay rate from states and velocities, before any formula is known."""

from __future__ import annotations

from itertools import combinations

import numpy as np

_LEVELS = (0.2, 0.4, 0.6, 0.8)  # quantiles of a regulator at which curves are half
_STEEPNESS = (1.0, 2.0, 4.0)
_SMALL = 1e-3  # cost of size, which settles what the data leave open towards the simplest


def estimated_decay(parents: np.ndarray, own: np.ndarray, velocity: np.ndarray) -> float:
    """γ of ẋ = P(parents) − γ x, with P any sum of rising and falling Hill curves and products.

    Non-negative least squares of ẋ on curves h(x_j; K, n) and 1 − h(x_j; K, n) over a grid of K
    and n, products of two for each pair of parents, a constant, and −x: so that neither production
    nor decay is negative.

    Parameters
    ----------
    parents
        Levels of the candidate regulators, [n, P].
    own, velocity
        Level and velocity of the gene, [n].
    """
    from scipy.optimize import nnls

    columns = [np.ones(len(own))]
    broad = []
    for level in np.maximum(parents, 0.0).T:
        for half in np.unique(np.quantile(level, _LEVELS)):
            if half <= 0:
                continue
            for steep in _STEEPNESS:
                rising = level**steep / (half**steep + level**steep)
                columns += [rising, 1.0 - rising]
        middle = np.median(level) or max(float(level.mean()), 1e-9)
        rising = level**2 / (middle**2 + level**2)
        broad.append((rising, 1.0 - rising))
    for first, second in combinations(broad, 2):
        columns += [a * b for a in first for b in second]
    design = np.stack([*columns, -own], axis=1)
    size = np.sqrt(np.mean(design**2, axis=0))
    size[size == 0] = 1.0
    scaled = design / size
    cost = _SMALL * np.sqrt(len(own)) * np.eye(scaled.shape[1])
    cost[0, 0] = cost[-1, -1] = 0.0  # the constant and the decay are free
    target = np.concatenate([velocity, np.zeros(len(cost))])
    weights, _ = nnls(np.concatenate([scaled, cost]), target, maxiter=100 * len(cost))
    return float(weights[-1] / size[-1])
