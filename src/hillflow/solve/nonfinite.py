"""States that left the finite numbers, or are about to: see it cheaply, say where it began."""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.errors import NumericalError
from hillflow.fields.base import VectorField

BLOW_UP = 1e12  # no cell is so many times what it was, or what 1 is; rounding is all that is left


def bound_on(x: Tensor) -> Tensor:
    """What no later state may exceed: 10¹² times the largest entry of x (at least 10¹²)."""
    most = torch.finfo(x.dtype).max
    if not x.numel():
        return x.new_tensor(most)
    return (BLOW_UP * x.detach().abs().amax().clamp(min=1.0)).clamp(max=most)


def all_within(x: Tensor, bound: Tensor) -> bool:
    """Whether every entry is finite and no larger than `bound` in size."""
    return not x.numel() or bool(x.detach().abs().amax() <= bound)  # NaN is never within


def all_finite(x: Tensor) -> bool:
    """Whether every entry is finite: one sum where all is well, a full look where it is not."""
    x = x.detach()
    # A NaN or an infinity always spoils the sum; a sum may also overflow by itself.
    return bool(torch.isfinite(x.sum())) or bool(torch.isfinite(x).all())


def nonfinite_error(
    field: VectorField, t: float | Tensor, x: Tensor, where: str, fix: str, bound: Tensor
) -> NumericalError:
    """The error for states x at time t, naming the first entry not finite or beyond `bound`.

    A cell is its row in x (with a stack of interventions, their two indices); rows count
    from 0.
    """
    lost = ~(x.abs() <= bound)
    if not bool(lost.any()):
        return NumericalError("a solve that ends", f"none{where}", fix)
    first = [int(index) for index in lost.nonzero()[0]]
    *row, column = first
    cell = "the only cell" if not row else f"cell {row[0] if len(row) == 1 else row}"
    gene = repr(field.genes[column]) if column < len(field.genes) else f"column {column}"
    time = torch.as_tensor(t, dtype=torch.float64).expand(x.shape[:-1])[tuple(row)]
    cells = int(lost.any(-1).sum())
    more = "" if cells < 2 else f", and {cells - 1:,} more cells"
    value = float(x[tuple(first)])
    return NumericalError(
        f"finite states, none above {float(bound):.3g} (10¹² times their start)",
        f"{value:.3g} in gene {gene} of {cell} at time {float(time):.6g}{where}{more}",
        fix,
    )
