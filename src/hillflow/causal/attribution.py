"""Integrated gradients: how much each regulator contributes to a target's velocity."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from hillflow.fields.base import Time, VectorField

POINTS = 8  # Gauss–Legendre nodes along the path: exact for polynomials up to degree 15


@torch.no_grad()
def attributions(field: VectorField, x: Tensor, t: Time, baseline: Tensor) -> Tensor:
    """A_ij = (x_j − b_j) ∫₀¹ ∂r_i/∂x_j (b + s (x − b)) ds, [cells, target, source].

    The contributions sum to the difference that they explain, Σ_j A_ij = r_i(x) − r_i(b)
    (Sundararajan, Taly & Yan 2017, eq. 1 and proposition 1).

    Parameters
    ----------
    field, x, t
        The field with output r; states, [cells, genes]; one time for all cells, or one for each.
    baseline
        The state b that every path starts from, [genes].
    """
    return (x - baseline).unsqueeze(-2) * _mean_slope(field, x, t, baseline)


@torch.no_grad()
def mean_attribution(
    field: VectorField, x: Tensor, t: Time, baseline: Tensor, *, memory_mb: float = 256.0
) -> Tensor:
    """E|A_ij| over states, with the sign of the mean slope along the paths, [target, source].

    The sign of A_ij follows the sign of x_j − b_j, so it does not show whether j activates or
    represses i. The sign of the slope does.

    Parameters
    ----------
    field, x, t, baseline
        As in `attributions`.
    memory_mb
        Bound on the memory of the Jacobians. It sets the chunk size and does not change the
        result.

    Notes
    -----
    Cost: `POINTS` Jacobians a state.
    """
    cells, genes = x.shape
    chunk = max(1, int(memory_mb * 2**20 / (4 * 8 * genes * genes)))
    size = torch.zeros(genes, genes, dtype=torch.float64, device=x.device)
    slope = torch.zeros_like(size)
    for first in range(0, cells, chunk):
        rows = slice(first, first + chunk)
        time = t[rows] if isinstance(t, Tensor) and t.ndim else t
        along = _mean_slope(field, x[rows], time, baseline).double()
        moved = (x[rows] - baseline).double().abs().unsqueeze(-2)
        size += (moved * along.abs()).sum(0)
        slope += along.sum(0)
    return size / cells * slope.sign()


def _mean_slope(field: VectorField, x: Tensor, t: Time, baseline: Tensor) -> Tensor:
    """∫₀¹ ∂r/∂x (b + s (x − b)) ds, [cells, target, source]."""
    nodes, weights = np.polynomial.legendre.leggauss(POINTS)
    total = x.new_zeros(*x.shape, x.shape[-1])
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        total += float(weight) * field.jacobian(baseline + float(node) * (x - baseline), t)
    return total
