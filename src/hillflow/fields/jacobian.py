"""Jacobian statistics over any number of cells, without storing cells × genes × genes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from hillflow.errors import InputError
from hillflow.fields.base import Time, VectorField
from hillflow.fields.states import admitted


@dataclass(frozen=True)
class JacobianStatistic:
    """Statistics of the Jacobians of many cells; matrices are [target, source].

    Attributes
    ----------
    mean, mean_abs
        E J and E|J|.
    cells
        Number of states.
    """

    mean: Tensor
    mean_abs: Tensor
    cells: int

    @property
    def sign_consistency(self) -> Tensor:
        """|E J| / E|J|, from 0 (both signs equally) to 1 (always the same sign); 0 if J is 0."""
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
    """Return the mean, mean absolute value and sign consistency of ∂f/∂x over cells.

    Parameters
    ----------
    field
        A vector field.
    x
        States, [cells, genes] (for a field of second order [cells, 2·genes], or levels alone).
    t
        A number, or one time per cell.
    weights
        Weight of each cell, [cells]; not negative, and not all 0.
    memory_mb
        Bound on the memory of Jacobians, in MB; it does not change the result.

    Returns
    -------
    JacobianStatistic

    Examples
    --------
    >>> import torch
    >>> from hillflow.fields import jacobian_statistic, make_field
    >>> field = make_field("linear", ["GATA1", "SPI1"])
    >>> statistic = jacobian_statistic(field, torch.rand(20, 2))
    >>> statistic.mean.shape, statistic.sign_consistency.round().tolist()
    (torch.Size([2, 2]), [[1.0, 1.0], [1.0, 1.0]])
    """
    x = admitted(field, x)
    if x.ndim != 2 or not len(x):
        raise InputError(
            "one cell per row, and at least one",
            f"shape {list(x.shape)}",
            "give states [cells, genes]; use field.do(…) for one intervention at a time",
        )
    cells, columns = x.shape
    # Memory per cell: the Jacobian, its float64 copy, its absolute value and the buffers of
    # autodiff, counted as four matrices in float64.
    each = 4 * columns * columns * 8 / 2**20
    chunk = max(1, int(memory_mb / each))
    w = _shares(weights, cells)
    # Sums over many cells are in float64, so that the chunk size does not change the result.
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
    """Return the weight of each cell divided by their sum, [cells], float64."""
    w = torch.ones(cells) if weights is None else torch.as_tensor(weights).cpu()
    w = w.double()
    usable = w.shape == (cells,) and bool(((w >= 0) & torch.isfinite(w)).all()) and w.sum() > 0
    if not usable:
        raise InputError(
            f"{cells:,} weights, one per cell, none negative and not all 0",
            f"shape {list(w.shape)}" + (f" with the sum {float(w.sum()):g}" if w.numel() else ""),
            "leave weights out to count every cell equally",
        )
    return w / w.sum()
