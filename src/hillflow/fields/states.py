"""States as a user hands them over: looked at once, before any work starts."""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.errors import InputError
from hillflow.fields.base import VectorField


def admitted(field: VectorField, x: Tensor) -> Tensor:
    """States x as the field admits them, [..., state_size], or an error that says what to change.

    Refused: what is no tensor, whole numbers, another number of columns than the field has
    (a field of second order takes levels alone as well), and another precision than its own.
    """
    if not isinstance(x, Tensor):
        raise InputError(
            "states as a tensor",
            f"{type(x).__name__}",
            "convert an array with torch.from_numpy(x), in the field's precision",
        )
    if not x.is_floating_point() or not x.ndim or x.shape[-1] not in field.start_sizes:
        columns = " or ".join(f"[..., {size}]" for size in field.start_sizes)
        whole = "one column a gene"
        if field.state_size == 2 * len(field.genes):
            whole = f"levels of {len(field.genes)} genes, then their velocities if known"
        raise InputError(
            f"floating-point states {columns}, {whole}",
            f"{_short(x.dtype)} of shape {list(x.shape)}",
            "order the columns as field.genes and convert with x.float()",
        )
    own = field.dtype
    if own is not None and x.dtype != own:
        raise InputError(
            f"states in the precision of the field, {_short(own)}",
            _short(x.dtype),
            f"convert the states with x.to(torch.{_short(own)}), or the field with "
            f"field.to(torch.{_short(x.dtype)})",
        )
    return field.admit(x)


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
