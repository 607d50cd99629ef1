"""States at which a fitted field is evaluated: the cells, and states widened beyond them.

A formula that fits at the cells may still be wrong: regulators are correlated there, and many
functions agree over a short range. Therefore the candidates are also drawn independently of each
other, over a range that is wider than that of the cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hillflow.errors import InputError

LEAST_CELLS = 10
_TRIM = 0.005  # share of cells at each end that is left out of the range of a gene


@dataclass(frozen=True)
class Sampling:
    """Number and range of the states to which a law is fitted.

    Attributes
    ----------
    states
        Number of cells, and of states in the wider range.
    widen
        Range of each candidate as a multiple of its range in the cells; clipped at 0 for
        expression levels.
    tolerance
        Error that is accepted, as a share of the standard deviation of production: terms that
        improve a law by less are left out, because the field itself is only an estimate.
    left_out
        Share of the cells that are left out, to compute the error on them.
    members
        Largest number of members of a fit that are distilled separately, to compute
        ``law.agreement``; 0 for none.
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
                "a range no narrower than that of the cells (widen=1)", f"widen={self.widen}",
                "write widen=1.5",
            )  # fmt: skip
        if not 0 <= self.tolerance < 1:
            raise InputError(
                "a share of the spread, 0 or more and below 1", f"tolerance={self.tolerance}",
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
    """Rows of fitted cells, at most `states`, and rows of left-out cells."""
    if cells < LEAST_CELLS:
        raise InputError(
            f"at least {LEAST_CELLS} cells, whose range gives the states of the laws", f"{cells}",
            "pass more of the fitted cells (data=…)",
        )  # fmt: skip
    order = random.permutation(cells)
    count = max(1, round(sampling.left_out * cells))
    return np.sort(order[count:][: sampling.states]), np.sort(order[:count][: sampling.states])


def widened(
    x: np.ndarray,
    columns: np.ndarray,
    widen: float,
    count: int,
    random: np.random.Generator,
    positive: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """States in which some genes are drawn independently, in a wider range than the cells.

    Parameters
    ----------
    x
        Cells, [cells, genes].
    columns
        The genes to draw, uniformly over `widen` times their range.
    widen
        Factor on the ranges.
    count
        Number of states.
    random
        Random numbers.
    positive
        Whether to clip the ranges at 0.

    Returns
    -------
    states, rows
        States [count, genes], and the cell from which each has its other genes, [count].
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
