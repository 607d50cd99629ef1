"""A prediction lessened by what the members of an ensemble differ in.

    ŷ = y + sign(d) ⊙ max(|d| − 2 s, 0),    d = mean over m of (ŷ_m − y),

y being a measured control cell, ŷ_m what member m makes of it, and s the standard deviation over
the members of the mean shift of its time, gene by gene; 0 for the genes that were acted on. Most
genes do not answer to most knockouts, and each fit is wrong about them in its own way: where a
cell would move by less than twice what members differ in, it does not move. What it gains and costs
stands in `benchmarks held_out_knockouts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hillflow.data import Snapshots
from hillflow.errors import InputError

_SPREADS = 2.0  # chosen on simulated systems, among 0, ½, 1, 1½, 2 and 3


def cautious_mean(members: Sequence[Snapshots], control: Snapshots) -> Snapshots:
    """The members' mean prediction, each gene's shift lessened by their spread.

    Parameters
    ----------
    members
        What each predicts of the same control cells, at measured times (`Fit.predictions`).
    control
        The measured control cells.
    """
    first = members[0]
    acted_on = [first.genes.index(gene) for one in first.conditions for gene in one.genes]
    cells = np.empty(first.x.shape)
    for time in first.times:
        rows = first.rows(time)
        y = control.x[control.rows(time)].astype(np.float64)
        moved = np.stack([one.x[rows] for one in members]) - y
        least = _SPREADS * moved.mean(axis=1).std(axis=0, ddof=1)
        least[acted_on] = 0
        shift = moved.mean(axis=0)
        cells[rows] = y + np.sign(shift) * np.maximum(np.abs(shift) - least, 0)
    return replace(first, x=cells.astype(first.x.dtype))


def check_cautious(members: int, plain: bool) -> None:
    """Refuse what has no spread, or no control cells to be held against."""
    if plain:
        raise InputError(
            "an intervention that moves measured control cells",
            "a plain rollout (of the control, or absolute)",
            "name what is done to the cells without absolute, or leave cautious out",
        )
    if members < 2:
        raise InputError(
            "two members or more, whose spread tells how sure they are", "one",
            "fit an ensemble, join fits (--also, Fit.of), or leave cautious out",
        )  # fmt: skip
