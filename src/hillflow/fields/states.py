"""Check the states that a user passes to a field or solver, before any work starts."""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.errors import InputError
from hillflow.fields.base import VectorField


def admitted(field: VectorField, x: Tensor) -> Tensor:
    """Return states x as admissible states of the field, [..., state_size].

    Refused are values that are not tensors, integers, a number of columns that differs from the
    field's (a field of second order also accepts levels alone), and a different precision.
    """
    if not isinstance(x, Tensor):
        raise InputError(
            "states as a tensor",
            f"{type(x).__name__}",
            "convert an array with torch.from_numpy(x), in the field's precision",
        )
    if not x.is_floating_point() or not x.ndim or x.shape[-1] not in field.start_sizes:
        columns = " or ".join(f"[..., {size}]" for size in field.start_sizes)
        content = "one column per gene"
        if field.state_size == 2 * len(field.genes):
            content = (
                f"levels of {len(field.genes)} genes, then their velocities or unspliced levels"
            )
        raise InputError(
            f"floating-point states {columns}, {content}",
            f"{_short(x.dtype)} of shape {list(x.shape)}",
            "order the columns as field.genes and convert with x.float()",
        )
    dtype = field.dtype
    if dtype is not None and x.dtype != dtype:
        raise InputError(
            f"states in the precision of the field, {_short(dtype)}",
            _short(x.dtype),
            f"convert the states with x.to(torch.{_short(dtype)}), or the field with "
            f"field.to(torch.{_short(x.dtype)})",
        )
    return field.admit(x)


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
