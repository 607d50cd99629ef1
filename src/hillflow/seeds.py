"""The range of valid random seeds, the same everywhere."""

from __future__ import annotations

import operator
from typing import Any

from hillflow.errors import InputError

LARGEST_SEED = 2**63 - 1  # NumPy, torch and JSON readers with 64-bit integers all hold it


def check_seed(seed: Any) -> int:
    """Return the seed if it is a whole number from 0 to 2⁶³ − 1."""
    try:
        number = -1 if isinstance(seed, bool) else operator.index(seed)
    except TypeError:
        number = -1
    if not 0 <= number <= LARGEST_SEED:
        raise InputError(
            f"a whole number from 0 to {LARGEST_SEED} as seed", repr(seed), "use for example 0"
        )
    return number
