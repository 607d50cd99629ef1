"""One value per row: what a column given in Python must be, whatever it holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from hillflow.errors import InputError

_FIX = (
    "give a list or a one-dimensional array of numbers or text (x.detach() of a tensor, "
    "x.toarray().ravel() of a sparse column)"
)


def as_column(values: Any, name: str, error: type[InputError] = InputError) -> Any:
    """Return the values as they are if they have one dimension, others than arrays as a list.

    Refused: what is no series of values, several dimensions, sparse or complex numbers, lists
    within the list, tensors that are differentiated, and text that no file can hold.
    """
    expected = f"one value of {name} per row, in one dimension"
    if hasattr(values, "toarray") or getattr(values, "requires_grad", False):
        raise error(expected, f"a {type(values).__name__} of another kind", _FIX)
    shape = getattr(values, "shape", None)
    if shape is None:
        if isinstance(values, str | bytes) or not isinstance(values, Iterable):
            raise error(expected, repr(values), _FIX)
        values = list(values)
    elif len(shape) != 1:
        raise error(expected, f"shape {tuple(shape)}", _FIX)
    kind = getattr(getattr(values, "dtype", None), "kind", "O")
    if kind == "c":
        raise error(expected, "complex numbers", _FIX)
    if kind in "OU":
        for value in values:
            if isinstance(value, list | tuple | set | dict | np.ndarray | complex):
                raise error(expected, f"{value!r} among them", _FIX)
            if isinstance(value, str) and not value.isascii():
                _check_text(value, name, error)
    return values


def _check_text(value: str, name: str, error: type[InputError]) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise error(
            f"text as {name} that a file can hold", repr(value),
            "read it again with its right encoding: it has half a character",
        ) from None  # fmt: skip
