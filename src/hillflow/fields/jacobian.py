"""Jacobian statistics over any number of cells, without holding cells × genes × genes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from hillflow.errors import InputError
from hillflow.fields.base import Time, VectorField
from hillflow.fields.states import admitted


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
        States, [cells, genes] (of a field of second order [cells, 2·genes], or levels alone).
    t
        A number, or one time a cell.
    weights
        How much each cell counts, [cells]; not negative, and not all 0.
    memory_mb
        Bound on the Jacobians held at once; it sets the chunk, not the result.
    """
    x = admitted(field, x)
    if x.ndim != 2 or not len(x):
        raise InputError(
            "one cell a row, and at least one",
            f"shape {list(x.shape)}",
            "give states [cells, genes]; look at stacked interventions one by one, field.do(…)",
        )
    cells, columns = x.shape
    # Beside each Jacobian stand its float64 copy, its absolute value and what autodiff holds
    # while it works: leave room for four, counted in float64.
    each = 4 * columns * columns * 8 / 2**20
    chunk = max(1, int(memory_mb / each))
    w = _shares(weights, cells)
    # Sums over many cells are kept in float64 so that the chunk does not change the answer.
    mean = torch.zeros(columns, columns, dtype=torch.float64, device=x.device)
    mean_abs = torch.zeros_like(mean)
    for start in range(0, cells, chunk):
        rows = slice(start, start + chunk)
        time = t[rows] if isinstance(t, Tensor) and t.ndim else t
        jacobians = field.jacobian(x[rows], time).double()
        share = w[rows].to(x.device)
        mean += torch.einsum("b,bij->ij", share, jacobians)
        mean_abs += torch.einsum("b,bij->ij", share, jacobians.abs())
    return JacobianStatistic(mean.to(x.dtype), mean_abs.to(x.dtype), cells)


def _shares(weights: Tensor | None, cells: int) -> Tensor:
    """Each cell's share of the whole, [cells], float64."""
    w = torch.ones(cells) if weights is None else torch.as_tensor(weights).cpu()
    w = w.double()
    usable = w.shape == (cells,) and bool(((w >= 0) & torch.isfinite(w)).all()) and w.sum() > 0
    if not usable:
        raise InputError(
            f"{cells:,} weights, one a cell, none negative and not all 0",
            f"shape {list(w.shape)}" + (f" with the sum {float(w.sum()):g}" if w.numel() else ""),
            "leave weights out to count every cell alike",
        )
    return w / w.sum()
