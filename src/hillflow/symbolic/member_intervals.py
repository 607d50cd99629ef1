"""Intervals of a constant over the members of a fit, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FEW = 5  # members, below which their range is given: quantiles of so few values mean nothing


def member_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """The interval of a constant over members; the first value is always inside.

    The 2.5 to 97.5 % quantiles of five members or more, the range of fewer, None of a single one.

    Parameters
    ----------
    values
        The constant in each member that has it, that of the quoted law first.
    """
    if len(values) < 2:
        return None
    if len(values) < FEW:
        return min(values), max(values)
    low, high = np.quantile(values, [0.025, 0.975]).tolist()
    return min(low, values[0]), max(high, values[0])


def interval_kind(members: int) -> str:
    """``range of 3 members``: what to call the intervals of a law that is read from a member.

    A law that was searched for (0 members) has 95 % intervals of its regression.
    """
    if members < 1:
        return "95 % intervals"
    if members < FEW:
        return f"range of {members} members"
    return f"2.5 to 97.5 % quantiles of {members} members"
