"""A constant of a law."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Parameter:
    """A constant of a law with its interval (`Law.interval`); limits are NaN if there is none."""

    name: str
    value: float
    low: float = math.nan
    high: float = math.nan
    unit: str = ""

    @property
    def has_interval(self) -> bool:
        """Whether it has an interval of some width."""
        return self.low < self.high
