"""Invariance: which regulators are in the laws that hold in conditions they were not fitted to.

A law that is causal holds in every condition that does not act on the gene itself; a correlate of
its regulators, or of itself, fails where a perturbation parts them. So truth tables of all sets S
of at most three candidates are fitted without one condition at a time, and ranked by

    T(S) = mean over conditions c of (B_c(S) − A_c) / A_c

B_c is the error in condition c of the table fitted to the others, A_c that of a free linear fit of
all candidates to c alone. The invariance of an edge is the share of the best fifth of the sets that
hold its regulator.

Source: CausalKinetiX (Pfister, Bauer and Peters 2019). There RSS_A and RSS_B are residuals of
smoothed trajectories, free and constrained to the derivative that a model predicts. Cells are
destroyed by measuring them, so here both are residuals of the production between coupled cells
(`steps`, γ = 0), and the free fit is the linear one. The number of well-ranked sets is ours: that
of their software was not checked.

A condition in which the gene itself is perturbed says nothing of its law and is left out. Batches
are not used as conditions. Where no condition moves one of two correlates, T cannot tell them
apart, and the set that holds both does as well as either: a true regulator that is redundant has a
low share, and a share is no probability. Candidates are the strongest of the network itself.

Ranking by weight times invariance was better than by weight on li, fn4 and one of two draws of cn5,
and worse on two of three scale-free systems, where a gene has several regulators. So it is a
column, and no part of the weight.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hillflow.baselines.truth_tables import regulator_sets, table_terms
from hillflow.closed_form.by_condition import ConditionSums
from hillflow.closed_form.steps import Array, Levels, Steps, varying
from hillflow.closed_form.tables import FEW, MANY, PANEL, switched

WELL_RANKED = 0.2  # share of the sets
LEAST = 20  # rows of a condition
FLOOR = 0.01  # of a condition's variance, which its free error is not taken to be below


def invariance(
    steps: Steps, regulators: NDArray[np.int64], listed: NDArray[np.bool_], strength: Array
) -> Array:
    """Share of the well-ranked sets that hold each regulator, [targets, regulators].

    NaN for a target with fewer than two conditions that are free to teach it, and for unlisted
    pairs; 0 for pairs that are not among the strongest candidates.

    Parameters
    ----------
    steps
        From cells to what became of them.
    regulators
        Columns of the steps.
    listed
        Which pairs may be edges.
    strength
        Weights by which candidates are chosen.

    Notes
    -----
    Cost of a target: O(rows · terms²), and a small solve for each set and condition; with at most
    300 terms and sets, and 42 in panels of more than 40 regulators.
    """
    states, production = steps.at(0.0)
    production *= np.float32(np.median(steps.gap))  # so that the unit of time does not matter
    levels = switched(states[:, regulators])
    changes, moves = varying(levels), varying(production)
    perturbed = steps.perturbed
    most = FEW if len(regulators) <= PANEL else MANY
    found = np.full(listed.shape, np.nan)
    for target in np.flatnonzero(moves & listed.any(axis=1)):
        free = ~perturbed[steps.condition, target]
        there, counts = np.unique(steps.condition[free], return_counts=True)
        conditions = there[counts >= LEAST]
        if len(conditions) < 2:
            continue
        rows = free & np.isin(steps.condition, conditions)
        possible = np.where(listed[target] & changes, np.abs(strength[target]), -1.0)
        best = np.argsort(-possible, kind="stable")[:most]
        best = np.sort(best[possible[best] > 0])
        found[target, listed[target]] = 0.0
        if len(best):
            found[target, best] = shares_of_sets(
                levels[rows][:, best], states[rows, target], production[rows, target],
                steps.condition[rows], steps.observations * rows.mean(),
            )  # fmt: skip
    return found


def shares_of_sets(
    levels: Levels, own: Levels, y: Levels, condition: NDArray[np.int64], observations: float
) -> Array:
    """Share of the well-ranked sets that hold each candidate, [candidates], of one target.

    Parameters
    ----------
    levels, own, y
        Of the candidates, [rows, candidates]; of the target; its production.
    condition
        Of each row; at least two.
    observations
        Effective number of independent rows; the ridge penalty has the weight of one.
    """
    count = levels.shape[1]
    every, ridge = regulator_sets(count), 1 / observations
    sums = ConditionSums.of(table_terms(levels, own), y, condition)
    error = np.empty((len(sums.rows), len(every.sets)))
    for group in every.by_size:
        error[:, group.places] = sums.left_out(group.columns, ridge)
    single = [place for place, members in enumerate(every.sets) if len(members) <= 1]
    free = sums.within(np.array([[*single, len(every.sets)]]), ridge)
    free = np.maximum(free, FLOOR * sums.variance[:, None])
    relative = (error - free) / np.where(free > 0, free, 1.0)
    ranked = np.argsort(relative.mean(axis=0), kind="stable")
    best = ranked[: max(1, round(WELL_RANKED * len(ranked)))]
    held = np.zeros(count)
    for place in best:
        held[list(every.sets[place])] += 1
    return held / len(best)
