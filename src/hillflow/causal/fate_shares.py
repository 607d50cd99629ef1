"""Fates of the same simulated cells with and without a perturbation.

A perturbation moves its own gene by construction, and with it a cell's coordinates, so that the
nearest measured cells, and the label, could change where nothing else does. Cells are therefore
compared without the perturbed genes: the control, the perturbed and the measured cells alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hillflow.causal.fate import FateMap
from hillflow.causal.rollouts import Rollout, without
from hillflow.model import Member


@dataclass(frozen=True, eq=False)
class FateShares:
    """Share of each fate among simulated cells at the last time.

    Attributes
    ----------
    labels
        The fates.
    control
        Without intervention, compared without the genes of each intervention, [members,
        interventions, fates].
    perturbed
        Under each intervention, of the same shape.
    over_cells
        Sampling variance of each shift over the cells, of the same shape: with d = 1, −1 or 0 for
        a cell that gains a fate, loses it or keeps its own, and w its weight of a sum of 1,
        Σ w² (d − Σ w d)².
    """

    labels: tuple[str, ...]
    control: np.ndarray
    perturbed: np.ndarray
    over_cells: np.ndarray

    @property
    def shift(self) -> np.ndarray:
        """Change of each share, [members, interventions, fates]; sums to 0 over fates."""
        return self.perturbed - self.control


@dataclass(frozen=True, eq=False)
class Labelled:
    """Measured cells with labels, with which simulated ones are compared.

    Attributes
    ----------
    points
        Coordinates, [cells, coordinates].
    levels
        Expression, [cells, genes].
    labels
        The label of each, [cells].
    """

    points: np.ndarray
    levels: np.ndarray
    labels: np.ndarray


def fate_shares(
    member: Member, labelled: Labelled, control: Rollout, perturbed: Rollout,
    columns: Sequence[Sequence[int]], weights: np.ndarray, seed: int,
) -> FateShares:  # fmt: skip
    """Shares of one member, [1, interventions, fates].

    Parameters
    ----------
    control, perturbed
        Simulations of the same cells.
    columns
        The columns of the perturbed genes of each intervention.
    weights
        The weight of each simulated cell, [cells].
    seed
        Of the measured cells that are compared with.

    Returns
    -------
    FateShares
        Cost: a nearest-neighbour search for each intervention, and one of the control for each set
        of perturbed genes.
    """
    known: dict[tuple[int, ...], tuple[FateMap, np.ndarray]] = {}
    before, after, variance = [], [], []
    share = weights / weights.sum()
    for row, perturbed_genes in enumerate(columns):
        aside = tuple(perturbed_genes)
        if aside not in known:
            points = without(member, labelled.points, labelled.levels[:, aside], aside)
            fates = FateMap.of(points, labelled.labels, seed)
            own = control.own[0][:, aside]
            known[aside] = fates, fates.votes(without(member, control.sample[0, -1], own, aside))
        fates, of_control = known[aside]
        blind = without(member, perturbed.sample[row, -1], perturbed.own[row], aside)
        votes = fates.votes(blind)
        change = votes - of_control
        shift = share @ change
        before.append(share @ of_control)
        after.append(share @ votes)
        variance.append(share**2 @ (change - shift) ** 2)
    return FateShares(fates.labels, *(np.stack(one)[None] for one in (before, after, variance)))
