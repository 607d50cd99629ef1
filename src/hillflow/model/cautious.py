"""A prediction of an ensemble whose shifts shrink where the members disagree.

    ŷ = y + sign(d) ⊙ max(|d| − 2 s, 0),    d = mean over m of (ŷ_m − y)

where y is a measured control cell, ŷ_m member m's prediction of it, and s, for each gene and
time, the standard deviation over the members of their mean shift (0 for perturbed genes). Most
genes do not respond to most knockouts, and each member errs on them in its own way: a cell whose
predicted shift in a gene is below twice the members' standard deviation keeps its measured level.
`benchmarks held_out_knockouts` measures what this gains and costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hillflow.data import Snapshots
from hillflow.errors import InputError

_SPREADS = 2.0  # chosen on simulated systems, among 0, ½, 1, 1½, 2 and 3


def cautious_mean(predictions: Sequence[Snapshots], control: Snapshots) -> Snapshots:
    """Return the members' mean prediction, with each gene's shift reduced by their spread.

    Parameters
    ----------
    predictions
        Each member's prediction of the same control cells, at measured times
        (`Fit.predictions`).
    control
        The measured control cells.
    """
    first = predictions[0]
    perturbed = [first.genes.index(gene) for c in first.conditions for gene in c.genes]
    cells = np.empty(first.x.shape)
    for time in first.times:
        rows = first.rows(time)
        y = control.x[control.rows(time)].astype(np.float64)
        shifts = np.stack([prediction.x[rows] for prediction in predictions]) - y
        threshold = _SPREADS * shifts.mean(axis=1).std(axis=0, ddof=1)
        threshold[perturbed] = 0
        shift = shifts.mean(axis=0)
        cells[rows] = y + np.sign(shift) * np.maximum(np.abs(shift) - threshold, 0)
    return replace(first, x=cells.astype(first.x.dtype))


def check_cautious(members: int, plain: bool) -> None:
    """Refuse a single member, which has no spread, and plain rollouts, which shift no cells."""
    if plain:
        raise InputError(
            "a perturbation that shifts measured control cells",
            "a plain rollout (of the control, or absolute)",
            "name a perturbation and drop absolute, or drop cautious",
        )
    if members < 2:
        raise InputError(
            "two members or more, whose spread measures the uncertainty", "one",
            "fit an ensemble, join fits (--also, Fit.of), or drop cautious",
        )  # fmt: skip
