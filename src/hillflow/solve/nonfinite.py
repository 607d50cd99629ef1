"""Detect states that are not finite or too large, and report where this began."""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.errors import NumericalError
from hillflow.fields.base import VectorField

BLOW_UP = 1e12  # a state this many times larger than its start (or than 1) has diverged


def bound_on(x: Tensor) -> Tensor:
    """Return the bound on later states: 10¹² times the largest entry of x (at least 10¹²)."""
    largest = torch.finfo(x.dtype).max
    if not x.numel():
        return x.new_tensor(largest)
    return (BLOW_UP * x.detach().abs().amax().clamp(min=1.0)).clamp(max=largest)


def all_within(x: Tensor, bound: Tensor) -> bool:
    """Return whether every entry is finite and at most `bound` in absolute value."""
    return not x.numel() or bool(x.detach().abs().amax() <= bound)  # False for NaN


def all_finite(x: Tensor) -> bool:
    """Return whether every entry is finite; usually one sum is enough to decide."""
    x = x.detach()
    # The sum is not finite if any entry is not; a sum of finite entries may also overflow.
    return bool(torch.isfinite(x.sum())) or bool(torch.isfinite(x).all())


def nonfinite_error(
    field: VectorField, t: float | Tensor, x: Tensor, where: str, fix: str, bound: Tensor
) -> NumericalError:
    """Return the error for states x at time t, naming the first entry beyond `bound`.

    A cell is named by its row in x (with a stack of interventions, by two indices), from 0.
    """
    wrong = ~(x.abs() <= bound)
    if not bool(wrong.any()):
        return NumericalError("an integration that completes", f"none{where}", fix)
    first = [int(index) for index in wrong.nonzero()[0]]
    *row, column = first
    cell = "the only cell" if not row else f"cell {row[0] if len(row) == 1 else row}"
    gene = repr(field.genes[column]) if column < len(field.genes) else f"column {column}"
    time = torch.as_tensor(t, dtype=torch.float64).expand(x.shape[:-1])[tuple(row)]
    cells = int(wrong.any(-1).sum())
    more = "" if cells < 2 else f", and {cells - 1:,} more cells"
    value = float(x[tuple(first)])
    return NumericalError(
        f"finite states, none above {float(bound):.3g} (10¹² times their start)",
        f"{value:.3g} in gene {gene} of {cell} at time {float(time):.6g}{where}{more}",
        fix,
    )
