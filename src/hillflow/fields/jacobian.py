"""Jacobian statistics over any number of cells, without holding cells × genes × genes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from hillflow.fields.base import Time, VectorField


@dataclass(frozen=True)
class JacobianStatistic:
    """What the Jacobians of many cells have in common; matrices are [target, source].

    Attributes
    ----------
    mean, mean_abs
        E J and E|J|.
    cells
        How many states went in.
    """

    mean: Tensor
    mean_abs: Tensor
    cells: int

    @property
    def sign_consistency(self) -> Tensor:
        """|E J| / E|J|, from 0 (as often up as down) to 1 (always one sign); 0 where J is 0."""
        safe = torch.where(self.mean_abs > 0, self.mean_abs, torch.ones_like(self.mean_abs))
        return self.mean.abs() / safe


@torch.no_grad()
def jacobian_statistic(
    field: VectorField,
    x: Tensor,
    t: Time = None,
    *,
    weights: Tensor | None = None,
    memory_mb: float = 256.0,
) -> JacobianStatistic:
    """Mean, mean absolute and sign consistency of ∂f/∂x over the rows of x.

    Parameters
    ----------
    x
        States, [cells, genes].
    t
        A number, or one time a cell.
    weights
        How much each cell counts, [cells].
    memory_mb
        Bound on the Jacobians held at once; it sets the chunk, not the result.
    """
    cells, genes = x.shape
    # Beside each Jacobian stand its float64 copy, its absolute value and what autodiff holds
    # while it works: leave room for four, counted in float64.
    each = 4 * genes * genes * 8 / 2**20
    chunk = max(1, int(memory_mb / each))
    w = torch.ones(cells, dtype=torch.float64) if weights is None else weights.double().cpu()
    # Sums over many cells are kept in float64 so that the chunk does not change the answer.
    mean = torch.zeros(genes, genes, dtype=torch.float64, device=x.device)
    mean_abs = torch.zeros_like(mean)
    for start in range(0, cells, chunk):
        rows = slice(start, start + chunk)
        time = t[rows] if isinstance(t, Tensor) and t.ndim else t
        jacobians = field.jacobian(x[rows], time).double()
        share = (w[rows] / w.sum()).to(x.device)
        mean += torch.einsum("b,bij->ij", share, jacobians)
        mean_abs += torch.einsum("b,bij->ij", share, jacobians.abs())
    return JacobianStatistic(mean.to(x.dtype), mean_abs.to(x.dtype), cells)
