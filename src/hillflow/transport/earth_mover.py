"""Wasserstein distances W1 and W2, as a differentiable loss and as scores of results."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from hillflow.errors import InputError
from hillflow.transport.coupling import check_states, check_weights
from hillflow.transport.divergences import register_divergence
from hillflow.transport.exact import solve_exact, squared_distances
from hillflow.transport.pairwise import check_clouds, shares


@register_divergence(
    name="wasserstein",
    formula="W_p = (min Σ γ_ij |x_i − y_j|^p)^(1/p)",
    source="Kantorovich 1942; Bonneel et al. 2011 (solver)",
    cost="time O(n^2.5) on the CPU, memory O(n²)",
    when_not="more than about 2,000 points per step: see sliced, energy",
)
def wasserstein(
    x: Tensor,
    y: Tensor,
    wx: Tensor | None = None,
    wy: Tensor | None = None,
    *,
    p: int = 2,
    root: bool = True,
) -> Tensor:
    """Return the exact W_p between clouds, a scalar, differentiable in the points.

    The optimal plan is computed without gradient; the gradient is that of the distances of its
    pairs (envelope theorem, exact if the plan is unique). There is no gradient in the masses.

    Parameters
    ----------
    x, y
        Points, [n, d] and [m, d].
    wx, wy
        Masses, [n] and [m]; scaled to sum 1.
    p
        1 or 2, with Euclidean distances.
    root
        For p = 2, whether to return W2, or W2², whose gradient stays bounded as the distance
        tends to 0.

    Returns
    -------
    Tensor
        A scalar, in units of x (for ``root=False`` squared).

    Examples
    --------
    >>> import torch
    >>> from hillflow.transport import wasserstein
    >>> x = torch.tensor([[0.0], [1.0]])
    >>> wasserstein(x, x + 3).item()
    3.0
    """
    check_clouds(x, y, wx, wy)
    _check_order(p)
    cost = squared_distances(_array(x), _array(y))
    plan = solve_exact(
        _array(shares(wx, x)), _array(shares(wy, y)), cost if p == 2 else np.sqrt(cost)
    )
    i, j = np.nonzero(plan)
    weight = x.new_tensor(plan[i, j])
    difference = x[torch.as_tensor(i, device=x.device)] - y[torch.as_tensor(j, device=y.device)]
    if p == 1:
        return weight @ difference.norm(dim=1)
    total = weight @ difference.square().sum(dim=1)
    return total.sqrt() if root and float(total.detach()) > 0 else total


def w1(
    x: np.ndarray, y: np.ndarray, wx: np.ndarray | None = None, wy: np.ndarray | None = None
) -> float:
    """Return W1 between clouds, the least mean Euclidean distance. Memory O(n m).

    Parameters
    ----------
    x, y
        Points, [n, d] and [m, d].
    wx, wy
        Masses, [n] and [m]; scaled to sum 1.

    Returns
    -------
    float
        In units of x.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.transport import w1
    >>> x = np.array([[0.0, 0.0], [1.0, 0.0]])
    >>> w1(x, x + [3.0, 4.0])
    5.0
    """
    return _score(x, y, wx, wy, 1)


def w2(
    x: np.ndarray, y: np.ndarray, wx: np.ndarray | None = None, wy: np.ndarray | None = None
) -> float:
    """Return W2 between clouds, the root of the least mean squared distance. Memory O(n m).

    Parameters
    ----------
    x, y
        Points, [n, d] and [m, d].
    wx, wy
        Masses, [n] and [m]; scaled to sum 1.

    Returns
    -------
    float
        In units of x.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.transport import w2
    >>> w2(np.array([[0.0], [1.0]]), np.array([[3.0], [4.0]]), wx=np.array([1.0, 1.0]))
    3.0
    """
    return _score(x, y, wx, wy, 2)


def _score(
    x: np.ndarray, y: np.ndarray, wx: np.ndarray | None, wy: np.ndarray | None, p: int
) -> float:
    x, y = check_states(x, "first cloud"), check_states(y, "second cloud")
    if x.shape[1] != y.shape[1]:
        raise InputError(
            "both clouds in the same coordinates",
            f"{x.shape[1]} and {y.shape[1]}",
            "project both with one basis",
        )
    a, b = check_weights(wx, len(x), "first cloud"), check_weights(wy, len(y), "second cloud")
    cost = squared_distances(x, y)
    cost = np.sqrt(cost) if p == 1 else cost
    total = float((solve_exact(a / a.sum(), b / b.sum(), cost) * cost).sum())
    return total if p == 1 else float(np.sqrt(total))


def _check_order(p: int) -> None:
    if p not in (1, 2):
        raise InputError("p = 1 or p = 2", f"{p}", "choose one of the two")


def _array(values: Tensor) -> np.ndarray:
    return np.asarray(values.numpy(force=True), dtype=np.float64)
