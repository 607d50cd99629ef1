"""Read signs, weights and evidence of edges from the many ways in which they are written."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from hillflow.errors import FileFormatError, InputError, did_you_mean

BOTH = 2  #: internal code of an edge reported to activate and to inhibit

_WORDS = {
    1: ("+", "activation", "activates", "activating", "activator", "stimulation", "positive", "up"),
    -1: ("-", "\N{MINUS SIGN}", "repression", "represses", "repressor", "inhibition", "inhibits",
         "inhibiting", "inhibitor", "negative", "down"),
    0: ("", "unknown", "regulates", "regulation", "?", "na", "nan", "none"),
    BOTH: ("both", "dual", "+-", "-+", "+/-"),
}  # fmt: skip
SIGN_OF = {word: sign for sign, words in _WORDS.items() for word in words}


def read_signs(values: Iterable[object], column: str = "sign") -> NDArray[np.int8]:
    """Read +1, −1, 0 and both (code 2) from numbers or words such as ``inhibits``."""
    cache: dict[object, int] = {}
    codes = []
    for row, value in enumerate(values, start=1):
        if value not in cache:
            cache[value] = _read_sign(value, column, row)
        codes.append(cache[value])
    return np.array(codes, dtype=np.int8)


def _read_sign(value: object, column: str, row: int) -> int:
    text = "" if value is None else str(value).strip().casefold()
    if text in SIGN_OF:
        return SIGN_OF[text]
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if number in (-1.0, 0.0, 1.0):
        return int(number)
    raise FileFormatError(
        f"signs in {column!r} written as 1, -1, 0, +, -, activation, repression, unknown or both",
        f"{str(value)!r} in edge {row}",
        did_you_mean(text, tuple(word for word in SIGN_OF if len(word) > 2)),
    )


def mark_both(sign: Sequence[object] | None, both: Sequence[object] | None) -> list[object] | None:
    """Return the signs with ``both`` for the edges that a second column marks."""
    if both is None:
        return None if sign is None else list(sign)
    if sign is None:
        raise InputError(
            "a column 'sign' beside the column 'both'", "none", "add it: 1, -1, or 0 for both"
        )
    marked = [str(value).strip().casefold() in ("true", "1", "yes") for value in both]
    return ["both" if mark else value for mark, value in zip(marked, sign, strict=True)]


def read_weights(values: Iterable[object], column: str = "weight") -> NDArray[np.float64]:
    """Read finite numbers; an empty field is 1, the weight of an edge without one."""
    weights = []
    for row, value in enumerate(values, start=1):
        text = str(value).strip()
        try:
            weight = 1.0 if text == "" else float(text)
        except ValueError:
            weight = math.nan
        if not math.isfinite(weight):
            raise FileFormatError(
                f"finite numbers in {column!r}",
                f"{text!r} in edge {row}",
                "correct the number, or leave the field empty",
            )
        weights.append(weight)
    return np.array(weights, dtype=np.float64)


def finite_numbers(values: Iterable[object], column: str) -> NDArray[np.float64]:
    """Read numbers that must all be finite; ``+`` and ``-`` are 1 and −1."""
    numbers = []
    for row, value in enumerate(values, start=1):
        try:
            text = str(value).strip()
            number = {"+": 1.0, "-": -1.0}[text] if text in ("+", "-") else float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise FileFormatError(
                f"finite numbers in {column!r}", f"{value!r} in edge {row}",
                "correct the number, or leave the row out",
            )  # fmt: skip
        numbers.append(number)
    return np.array(numbers)


def signs_of_weights(weights: NDArray[np.float64]) -> NDArray[np.int8]:
    """Return the sign of each weight, as in decoupler's networks."""
    return np.sign(weights).astype(np.int8)


def unite_evidence(texts: Sequence[str]) -> str:
    """Join ``;``-separated lists, each item once, in order of first appearance."""
    items = (item.strip() for text in texts for item in text.split(";"))
    return ";".join(dict.fromkeys(item for item in items if item))


def text_array(values: Iterable[object]) -> NDArray[np.object_]:
    """Return an array of Python strings; NumPy's own string types would pad and cut them."""
    values = list(values)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
