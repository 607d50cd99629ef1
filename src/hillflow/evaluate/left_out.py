"""What was left out, scored once: the model's prediction beside those of doing nothing.

Distances are taken in the coordinates of the training cells: W1 (exact, Euclidean) and the
energy distance. A distance between samples grows as they shrink, so all are taken at one size:
against each half of the left-out cells in turn, and averaged. Beside the model stand

==============  ================================================================
``no_change``   nothing moved: the cells before (of a left-out time), or the control
                at that time with the perturbed genes at 0 or at their level
``others``      the cells of all other interventions at that time, pooled
``between``     of a left-out time with one after it: along the lines of the optimal plan
                between its neighbours: a hard guess to beat for a model that saw both
``floor``       one half of the left-out cells against the other: what two samples of this
                size differ by. Cells drawn from the truth score this in the mean; one draw may
                score lower, and so may a prediction of too little spread
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
    no_motion,
    ot_interpolation,
)
from hillflow.interventions import Intervention
from hillflow.transport import make_divergence, w1

if TYPE_CHECKING:
    from hillflow.model.member import Member

CONTROL = Intervention.control()
MOST_CELLS = 1000  # of a population that are compared: bounds the cost of the exact distance

Scores = dict[str, Any]


def check_scorable(train: Snapshots, left_out: Snapshots) -> None:
    """Refuse, before anything is fitted, left-out cells that could not be predicted."""
    if not _predictable(train, left_out):
        times = [format_time(time, left_out.time_unit) for time in left_out.times]
        raise TimeError(
            "left-out cells at a time after the first that is trained on",
            f"cells of {listing(c.name for c in left_out.conditions)} at {listing(times)}",
            "leave out a later time, or an intervention whose times the control has too",
        )


def not_scorable(train: Snapshots, left_out: Snapshots) -> list[str]:
    """The left-out populations that cannot be predicted from what is trained on, by name."""
    able = {(p.time, p.condition) for p in _predictable(train, left_out)}
    return [
        f"{p.condition.name} at {format_time(p.time, left_out.time_unit)}"
        for p in left_out.populations()
        if (p.time, p.condition) not in able
    ]


def score_left_out(models: Sequence[Member], train: Snapshots, left_out: Snapshots) -> list[Scores]:
    """One row a left-out population; of an ensemble, the mean score of its members.

    A left-out time is predicted by rolling out the last population before it; an intervention
    never seen, from control cells, see `Member.predict`; as `established` where the knockouts that
    were trained on are (`made_before`).

    Returns
    -------
    list of dict
        perturbation, time, cells; ``energy`` and ``w1`` of the model, and with the prefixes
        ``no_change_``, ``others_``, ``between_`` and ``floor_`` those above. Lower is better.
    """
    rows, gone = [], made_before(train)
    for population in _predictable(train, left_out):
        truth = _Truth(models[0], left_out.x[population.rows])
        row: Scores = {
            "perturbation": population.condition.name,
            "time": population.time,
            "cells": len(population),
        }
        each = [truth.distances(_predicted(model, train, population, gone)) for model in models]
        row |= {name: float(np.mean([scores[name] for scores in each])) for name in each[0]}
        for prefix, guess in _baselines(train, population).items():
            row |= {f"{prefix}_{name}": d for name, d in truth.distances(guess).items()}
        row |= {f"floor_{name}": d for name, d in truth.floor().items()}
        rows.append(row)
    return rows


def _predictable(train: Snapshots, left_out: Snapshots) -> list[Population]:
    """The left-out populations that something trained on comes before."""
    found = []
    for population in left_out.populations():
        if len(population) < 2:  # no two halves
            continue
        if population.condition in train.conditions:
            known = train.time[train.rows(condition=population.condition)]
            able = bool((known < population.time).any())
        elif CONTROL in train.conditions:
            known = train.time[train.rows(condition=CONTROL)]
            able = bool((known < population.time).any() and (known == population.time).any())
        else:
            able = False
        if able:
            found.append(population)
    return found


def made_before(train: Snapshots) -> bool:
    """Whether knockouts were made before the first time: trained ones lack their gene there.

    Then a control cell that is to stand for such a cell has nothing of the gene left to decay.
    Judged by knockouts of genes that control cells express; without any, no.
    """
    if CONTROL not in train.conditions:
        return False
    first = float(train.time[train.rows(condition=CONTROL)].min())
    control = train.x[train.rows(first, CONTROL)].mean(axis=0)
    left, had = 0.0, 0.0
    for condition in train.conditions:
        rows = train.rows(first, condition)
        for action in condition if len(rows) else ():
            if action.kind == "knockout":
                gene = train.genes.index(action.gene)
                left, had = left + train.x[rows, gene].mean(), had + control[gene]
    return bool(left < had / 2)


def _predicted(model: Member, train: Snapshots, population: Population, gone: bool) -> np.ndarray:
    condition, time = population.condition, population.time
    if condition not in train.conditions:
        done = model.as_fitted(condition).established() if gone else condition
        return model.predict(train, done, [time]).x
    before, start = _before(train, population)
    return model.simulate(model.denoise(start), [before, time], condition)[-1]


def _baselines(train: Snapshots, population: Population) -> dict[str, np.ndarray]:
    """What would be guessed without a model, by prefix."""
    condition, time = population.condition, population.time
    if condition in train.conditions:
        guesses = {"no_change": no_motion(train, time, condition)}
        if (train.time[train.rows(condition=condition)] > time).any():
            points, weight = ot_interpolation(train, time, condition)
            even = (np.arange(MOST_CELLS) + 0.5) / MOST_CELLS
            drawn = np.searchsorted(np.cumsum(weight), even).clip(max=len(points) - 1)
            guesses["between"] = points[drawn]
        return guesses
    control = control_with_gene_set(train, condition, time)
    treated = train.condition != train.condition_index(CONTROL)
    others = train.x[treated & (train.time == time)]
    return {"no_change": control} | ({"others": others} if len(others) else {})


def _before(train: Snapshots, population: Population) -> tuple[float, np.ndarray]:
    """The last time trained on before a population's, and the cells there."""
    rows = train.rows(condition=population.condition)
    earlier = rows[train.time[rows] < population.time]
    time = float(train.time[earlier].max())
    return time, train.x[earlier[train.time[earlier] == time]]


class _Truth:
    """The left-out cells in two halves, drawn once, in the coordinates of a model."""

    def __init__(self, model: Member, x: np.ndarray) -> None:
        self.basis = model.basis
        order = np.random.default_rng(0).permutation(len(x))
        self.size = min(len(x) // 2, MOST_CELLS)
        self.halves = [
            self._seen(x[order[first : first + self.size]]) for first in (0, len(x) - self.size)
        ]

    def distances(self, guess: np.ndarray) -> dict[str, float]:
        """From as many guessed cells, spread evenly so that every batch of them is met."""
        places = np.linspace(0, len(guess) - 1, min(self.size, len(guess)))
        some = self._seen(guess[places.round().astype(int)])
        each = [_distances(some, half) for half in self.halves]
        return {name: (each[0][name] + each[1][name]) / 2 for name in each[0]}

    def floor(self) -> dict[str, float]:
        """One half from the other."""
        return _distances(*self.halves)

    def _seen(self, x: np.ndarray) -> np.ndarray:
        x = x if self.basis is None else self.basis.project(x)
        return np.ascontiguousarray(x, dtype=np.float64)


def _distances(one: np.ndarray, other: np.ndarray) -> dict[str, float]:
    import torch

    energy = make_divergence("energy")(torch.from_numpy(one), torch.from_numpy(other))
    return {"energy": float(energy), "w1": float(w1(one, other))}
