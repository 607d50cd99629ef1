"""States that left the finite numbers: see it cheaply, then say where it began."""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.errors import NumericalError
from hillflow.fields.base import VectorField


def all_finite(x: Tensor) -> bool:
    """Whether every entry is finite: one sum where all is well, a full look where it is not."""
    x = x.detach()
    # A NaN or an infinity always spoils the sum; a sum may also overflow by itself.
    return bool(torch.isfinite(x.sum())) or bool(torch.isfinite(x).all())


def nonfinite_error(
    field: VectorField, t: float | Tensor, x: Tensor, where: str, fix: str
) -> NumericalError:
    """The error for states x at time t, naming the first entry that is not finite.

    A cell is its row in x (with a stack of interventions, their two indices); rows count
    from 0.
    """
    bad = (~torch.isfinite(x)).nonzero()
    if not len(bad):
        return NumericalError("a solve that ends", f"none{where}", fix)
    first = [int(index) for index in bad[0]]
    *row, column = first
    cell = "the only cell" if not row else f"cell {row[0] if len(row) == 1 else row}"
    gene = repr(field.genes[column]) if column < len(field.genes) else f"column {column}"
    time = torch.as_tensor(t, dtype=torch.float64).expand(x.shape[:-1])[tuple(row)]
    cells = int((~torch.isfinite(x)).any(-1).sum())
    more = "" if cells < 2 else f", and {cells - 1:,} more cells"
    return NumericalError(
        "finite states",
        f"{float(x[tuple(first)])} in gene {gene} of {cell} at time {float(time):.6g}{where}{more}",
        fix,
    )
