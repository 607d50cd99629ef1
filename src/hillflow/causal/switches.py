"""The smallest sets of interventions that take a law from one stable state to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from hillflow.causal.equilibrium_dynamics import Dynamics
from hillflow.causal.minimal_interventions import (
    InterventionSearch,
    held_for,
    minimal_interventions,
)
from hillflow.causal.rests import Levels, basins_of
from hillflow.causal.rollouts import roll_out
from hillflow.data import Cells
from hillflow.interventions import Intervention
from hillflow.model import Member


@dataclass(frozen=True)
class Switch:
    """Interventions after which the law goes to another stable state.

    Attributes
    ----------
    start, to
        Indices of the two states.
    intervention
        The set, held for the duration and then ended.
    distance
        From the wanted state when it ends, see `minimal_interventions`.
    """

    start: int
    to: int
    intervention: Intervention
    distance: float


def switches(
    member: Member,
    dynamics: Dynamics,
    states: Levels,
    data: Cells,
    held: float,
    max_genes: int,
) -> list[Switch]:
    """Search for sets that move the law from each state into the basin of each other one.

    `minimal_interventions` proposes the sets: those that come closer to the wanted state than their
    parts. Each is held for a duration, and the flow is then followed without it. Only sets after
    which it rests at the wanted state are kept, and of these the smallest: no part of a kept set
    is kept.

    Parameters
    ----------
    dynamics
        That of the member.
    states
        Stable states, [states, genes].
    held
        For how long an intervention is held, in time units.
    max_genes
        Number of genes in the largest set.

    Returns
    -------
    list of Switch
        By pair of states, the fewest genes first, then by distance. A set that switches without
        coming closer than its parts is not found. Cost: for each ordered pair of states at most
        max_genes · `InterventionSearch.tries` simulations of one cell, and one `follow_to_rest`.
    """
    search, found = InterventionSearch(), []
    for start, to in permutations(range(len(states)), 2):
        wanted = dict(zip(member.genes, states[to].tolist(), strict=True))
        table = minimal_interventions(
            member, data, wanted, max_genes=max_genes, until=held, start=states[start],
            search=search,
        ).table  # fmt: skip
        sets = [Intervention.parse(name) for name in table["intervention"]]
        if not sets:
            continue
        ends = roll_out(
            member, states[start][None], held_for(held), sets, steps=search.steps, noise=False
        ).mean[:, -1]
        ends = np.maximum(ends, 0.0) if member.field.keeps_orthant else ends
        reached = basins_of(dynamics, states, ends)
        distance = dict(zip(sets, table["distance"].tolist(), strict=True))
        there = [one for one, index in zip(sets, reached, strict=True) if index == to]
        found += [Switch(start, to, one, distance[one]) for one in _smallest(there, distance)]
    return found


def _smallest(
    sets: Sequence[Intervention], distance: dict[Intervention, float]
) -> list[Intervention]:
    """The sets of which no part is among them, fewest genes first, then by distance."""
    ordered = sorted(sets, key=lambda one: (len(one), distance[one], one.name))
    kept: list[Intervention] = []
    for one in ordered:
        if not any(set(part) <= set(one) for part in kept):
            kept.append(one)
    return kept
