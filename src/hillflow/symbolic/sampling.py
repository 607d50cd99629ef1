"""States at which a fitted field is evaluated: the cells, and states widened beyond them.

A formula that is right where the cells lie may still be the wrong formula: regulators move
together there, and many shapes agree over a short range. So each parent is also drawn by
itself, independent of the others, over a range wider than the cells show.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hillflow.errors import InputError

LEAST_CELLS = 10
_TRIM = 0.005  # share of cells at either end that does not count for the range of a gene


@dataclass(frozen=True)
class Sampling:
    """How many states a law is fitted to, and how far beyond the cells they lie.

    Attributes
    ----------
    states
        Cells, and as many states widened beyond them, at which the law is fitted.
    widen
        Each parent's range, as a multiple of that of the cells; none of it below 0 where
        the field is one of expression.
    tolerance
        How closely a law need follow the field, as a share of the production's spread: terms
        that mend less are left out, since a field is itself only a fit.
    left_out
        Share of the cells that are kept apart, to say how well the law holds on them.
    members
        At most so many members of an ensemble are distilled by themselves, to see in how
        many the same structure comes out; 0: none.
    """

    states: int = 500
    widen: float = 1.5
    tolerance: float = 0.05
    left_out: float = 0.2
    members: int = 5

    def __post_init__(self) -> None:
        if self.states < 10:
            raise InputError("at least 10 states", f"states={self.states}", "write states=500")
        if not self.widen >= 1:
            raise InputError(
                "a range of at least that of the cells (widen=1)", f"widen={self.widen}",
                "write widen=1.5",
            )  # fmt: skip
        if not 0 <= self.tolerance < 1:
            raise InputError(
                "a share of the spread from 0 to 1", f"tolerance={self.tolerance}",
                "write tolerance=0.05",
            )  # fmt: skip
        if not 0 < self.left_out < 1:
            raise InputError(
                "a share of cells between 0 and 1", f"left_out={self.left_out}",
                "write left_out=0.2",
            )  # fmt: skip
        if self.members < 0:
            raise InputError("0 members or more", f"members={self.members}", "write members=5")


def split_cells(
    cells: int, sampling: Sampling, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Rows to fit at, `states` of them at most, and left-out rows; no cell is in both."""
    if cells < LEAST_CELLS:
        raise InputError(
            f"at least {LEAST_CELLS} cells, whose range says where to read the field", f"{cells}",
            "pass more of the cells that were fitted (data=…)",
        )  # fmt: skip
    order = random.permutation(cells)
    held = max(1, round(sampling.left_out * cells))
    return np.sort(order[held:][: sampling.states]), np.sort(order[:held][: sampling.states])


def widened(
    x: np.ndarray,
    columns: np.ndarray,
    widen: float,
    count: int,
    random: np.random.Generator,
    positive: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """States in which some genes are drawn independently, beyond where the cells lie.

    Parameters
    ----------
    x
        Cells, [cells, genes].
    columns
        The genes to draw, each uniformly over `widen` times its range, about its middle.
    count
        How many states.
    positive
        Whether a range ends at 0.

    Returns
    -------
    states, rows
        [count, genes], and the cell whose other genes each has, [count].
    """
    rows = random.integers(len(x), size=count)
    states = x[rows].copy()
    low, high = np.quantile(x[:, columns], (_TRIM, 1 - _TRIM), axis=0)
    beyond = 0.5 * (widen - 1) * (high - low)
    low, high = low - beyond, high + beyond
    if positive:
        low = np.maximum(low, 0.0)
    states[:, columns] = random.uniform(low, high, size=(count, len(columns)))
    return states, rows
