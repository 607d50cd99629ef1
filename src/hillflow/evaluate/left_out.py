"""Prediction errors on left-out cells, of the fit and of baselines.

Distances are measured in the coordinates of the training cells: W1 (exact, Euclidean) and the
energy distance. The distance between two samples grows as they become smaller. All distances
therefore use samples of one size: a prediction is compared with each half of the left-out cells,
and the two distances are averaged. The baselines are

==============  ================================================================
``no_change``   no change: the cells at the time before (for a left-out time), or the control at
                that time with the perturbed genes at 0 or at their clamped level
``others``      the cells of all other perturbations at that time, pooled
``between``     for a left-out time between two others: interpolation along the optimal plan
                between its neighbours, a strong baseline for a fit that was trained on both
``floor``       one half of the left-out cells against the other: the distance between two samples
                of this size. Cells drawn from the true distribution reach it on average; a single
                draw may score lower, and so may a prediction with too little spread
==============  ================================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.data import Population, Snapshots
from hillflow.data.times import format_time
from hillflow.errors import TimeError, listing
from hillflow.evaluate.population_baselines import (
    control_with_gene_set,
    no_change,
    ot_interpolation,
)
from hillflow.interventions import Intervention
from hillflow.transport import make_divergence, w1

if TYPE_CHECKING:
    from hillflow.model.member import Member

CONTROL = Intervention.control()
MOST_CELLS = 1000  # cells of a population that are compared; limits the cost of exact distances

Scores = dict[str, Any]


def check_scorable(train: Snapshots, left_out: Snapshots) -> None:
    """Raise an error, before training, if no left-out population can be predicted."""
    if not _predictable(train, left_out):
        times = [format_time(time, left_out.time_unit) for time in left_out.times]
        raise TimeError(
            "left-out cells at a time after the first training time",
            f"cells of {listing(c.name for c in left_out.conditions)} at {listing(times)}",
            "leave out a later time, or a perturbation whose times the control has too",
        )


def not_scorable(train: Snapshots, left_out: Snapshots) -> list[str]:
    """Names of the left-out populations that cannot be predicted from the training cells."""
    predictable = {(p.time, *p.line) for p in _predictable(train, left_out)}
    return [
        f"{p.condition.name} at {format_time(p.time, left_out.time_unit)}"
        + (f" in {p.dataset}" if p.dataset else "")
        for p in left_out.populations()
        if (p.time, *p.line) not in predictable
    ]


def score_left_out(
    members: Sequence[Member], train: Snapshots, left_out: Snapshots
) -> list[Scores]:
    """Scores of each left-out population, the mean over the members.

    A left-out time is predicted by simulating the last population before it. A left-out
    perturbation is predicted from control cells, see `Member.predict`. It is assumed to be
    established before the first time (`Intervention.established`) if the training knockouts are,
    see `knockouts_established`.

    Returns
    -------
    list of dict
        One per population: perturbation, time, cells, and its data set if there are several;
        ``energy`` and ``w1`` of the fit, and of the baselines above with the prefixes
        ``no_change_``, ``others_``, ``between_`` and ``floor_``. Lower is better.
    """
    rows, established = [], knockouts_established(train)
    for population in _predictable(train, left_out):
        own = _of_set(train, population)
        truth = _LeftOutCells(members[0], left_out.x[population.rows])
        row: Scores = {
            "perturbation": population.condition.name,
            "time": population.time,
            "cells": len(population),
        }
        if population.dataset is not None:
            row["dataset"] = population.dataset
        by_member = [
            truth.distances(_predicted(member, own, population, established)) for member in members
        ]
        row |= {name: float(np.mean([each[name] for each in by_member])) for name in by_member[0]}
        for prefix, cells in _baselines(own, population).items():
            row |= {f"{prefix}_{name}": d for name, d in truth.distances(cells).items()}
        row |= {f"floor_{name}": d for name, d in truth.floor().items()}
        rows.append(row)
    return rows


def _predictable(train: Snapshots, left_out: Snapshots) -> list[Population]:
    """The left-out populations for which training cells of an earlier time exist."""
    predictable = []
    for population in left_out.populations():
        if len(population) < 2:  # cannot be divided into halves
            continue
        if population.condition in train.conditions:
            own = _of_set(train, population)
            times = own.time[own.rows(condition=population.condition)]
            possible = bool((times < population.time).any())
        elif CONTROL in train.conditions:
            times = train.time[train.rows(condition=CONTROL)]
            possible = bool(
                ((times < population.time).any() or train.at_rest)
                and (times == population.time).any()
            )
        else:
            possible = False
        if possible:
            predictable.append(population)
    return predictable


def _of_set(train: Snapshots, population: Population) -> Snapshots:
    """The training cells of the population's data set; all, unless there are several."""
    if population.dataset is None or train.batch is None:
        return train
    return train.take(train.batch == population.dataset)


def knockouts_established(train: Snapshots) -> bool:
    """Whether knockouts were made before the first time, so that their gene is absent there.

    A control cell that represents such a cell then starts without the gene. This is judged by the
    training knockouts of genes that control cells express: the mean level of these genes at the
    first time is below half of that in the control. False without such knockouts.
    """
    if CONTROL not in train.conditions or train.at_rest:
        return False
    first = float(train.time[train.rows(condition=CONTROL)].min())
    control = train.x[train.rows(first, CONTROL)].mean(axis=0)
    remaining, expressed = 0.0, 0.0
    for condition in train.conditions:
        rows = train.rows(first, condition)
        for action in condition if len(rows) else ():
            if action.kind == "knockout":
                gene = train.genes.index(action.gene)
                remaining += train.x[rows, gene].mean()
                expressed += control[gene]
    return bool(remaining < expressed / 2)


def _predicted(
    member: Member, train: Snapshots, population: Population, established: bool
) -> np.ndarray:
    condition, time = population.condition, population.time
    if condition not in train.conditions:
        acting = member.as_fitted(condition).established() if established else condition
        return member.predict(train, acting, [time]).x
    before, rows = _before(train, population)
    return member.simulate(member.denoise(train.measured(rows)), [before, time], condition)[-1]


def _baselines(train: Snapshots, population: Population) -> dict[str, np.ndarray]:
    """The cells that each baseline predicts, by prefix."""
    condition, time = population.condition, population.time
    if condition in train.conditions:
        cells = {"no_change": no_change(train, time, condition)}
        if (train.time[train.rows(condition=condition)] > time).any():
            points, weight = ot_interpolation(train, time, condition)
            even = (np.arange(MOST_CELLS) + 0.5) / MOST_CELLS
            drawn = np.searchsorted(np.cumsum(weight), even).clip(max=len(points) - 1)
            cells["between"] = points[drawn]
        return cells
    control = control_with_gene_set(train, condition, time)
    perturbed = train.condition != train.condition_index(CONTROL)
    others = train.x[perturbed & (train.time == time)]
    return {"no_change": control} | ({"others": others} if len(others) else {})


def _before(train: Snapshots, population: Population) -> tuple[float, np.ndarray]:
    """The last training time before that of the population, and the rows of its cells."""
    rows = train.rows(condition=population.condition)
    earlier = rows[train.time[rows] < population.time]
    time = float(train.time[earlier].max())
    return time, earlier[train.time[earlier] == time]


class _LeftOutCells:
    """The left-out cells in two random halves, in the coordinates of a member."""

    def __init__(self, member: Member, x: np.ndarray) -> None:
        self.basis = member.basis
        order = np.random.default_rng(0).permutation(len(x))
        self.size = min(len(x) // 2, MOST_CELLS)
        self.halves = [
            self._coordinates(x[order[first : first + self.size]])
            for first in (0, len(x) - self.size)
        ]

    def distances(self, cells: np.ndarray) -> dict[str, float]:
        """Distances to the same number of predicted cells, evenly spaced among all of them."""
        rows = np.linspace(0, len(cells) - 1, min(self.size, len(cells))).round().astype(int)
        predicted = self._coordinates(cells[rows])
        first, second = (_distances(predicted, half) for half in self.halves)
        return {name: (first[name] + second[name]) / 2 for name in first}

    def floor(self) -> dict[str, float]:
        """Distances between the two halves."""
        return _distances(*self.halves)

    def _coordinates(self, x: np.ndarray) -> np.ndarray:
        x = x if self.basis is None else self.basis.project(x)
        return np.ascontiguousarray(x, dtype=np.float64)


def _distances(x: np.ndarray, y: np.ndarray) -> dict[str, float]:
    import torch

    energy = make_divergence("energy")(torch.from_numpy(x), torch.from_numpy(y))
    return {"energy": float(energy), "w1": float(w1(x, y))}
