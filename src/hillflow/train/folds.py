"""Folds of a cross-validation: training cells, and left-out cells to predict from other cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hillflow.data import LinearBasis, Snapshots, leave_out_condition, leave_out_time
from hillflow.data.times import format_time
from hillflow.errors import InputError
from hillflow.interventions import Intervention
from hillflow.model.member import Member
from hillflow.transport import make_divergence, w1

LEFT_OUT = ("auto", "time", "condition")
CONTROL = Intervention.control()
FEWEST = 20  # cells of a left-out population that tell two predictions apart
_MAX_SCORED = 2000  # cells of a population that are compared


@dataclass(frozen=True, eq=False)
class Fold:
    """Training cells, and one left-out population with the cells that it is predicted from.

    Attributes
    ----------
    name
        The left-out population in words.
    train
        The training cells.
    start, times
        All that is measured of the cells to start from (`Snapshots.measured`); their time and the
        time to predict.
    intervention
        Condition of the left-out population.
    truth
        The left-out cells, [cells, genes].
    no_change
        The prediction of no change, [cells, genes]: the cells of the time before, or control
        cells.
    """

    name: str
    train: Snapshots
    start: np.ndarray
    times: tuple[float, float]
    intervention: Intervention
    truth: np.ndarray
    no_change: np.ndarray

    def scores(self, member: Member) -> dict[str, float]:
        """Return ``energy`` and ``w1`` of the member's prediction, ``no_change_…`` of no change."""
        if self.intervention in member.conditions:  # a time was left out
            x0 = member.denoise(self.start)
            predicted = member.simulate(x0, self.times, self.intervention)[-1]
        else:
            predicted = member.predict(self.train, self.intervention, [self.times[1]]).x
        truth = _coordinates(member.basis, self.truth)
        row: dict[str, float] = {}
        for prefix, cells in (("", predicted), ("no_change_", self.no_change)):
            prediction = _coordinates(member.basis, cells)
            energy = make_divergence("energy")(_tensor(prediction), _tensor(truth))
            row[f"{prefix}energy"], row[f"{prefix}w1"] = float(energy), w1(prediction, truth)
        return row


def cannot_tell(data: Snapshots) -> str | None:
    """Return why left-out cells of these data cannot tell fields apart, or None if they can.

    They cannot without a population to leave out, nor if every such population has fewer than
    `FEWEST` cells: the sampling error of its distance to a prediction is then as large as the
    usual difference between two fields.
    """
    try:
        folds = make_folds(data, "auto", 2)
    except InputError as error:
        return f"{error.found}, of which none can be left out and predicted"
    most = max(len(fold.truth) for fold in folds)
    if most < FEWEST:
        return f"at most {most} cells in a population that could be left out (of {FEWEST} or more)"
    return None


def make_folds(data: Snapshots, left_out: str, count: int) -> list[Fold]:
    """Leave out times or conditions; "auto": conditions if there are two or more, else times."""
    if left_out not in LEFT_OUT:
        raise InputError(
            f"left_out among {', '.join(LEFT_OUT)}", repr(left_out),
            "name one of these, or drop left_out",
        )  # fmt: skip
    perturbed = [condition for condition in data.conditions if not condition.is_control]
    enough_conditions = CONTROL in data.conditions and len(perturbed) >= 2
    if left_out == "condition" or (left_out == "auto" and enough_conditions):
        folds = _condition_folds(data, perturbed, count) if enough_conditions else []
    else:
        folds = time_folds(data, count)
    if not folds:
        raise InputError(
            "three times, or control cells and two perturbations, so that one can be left out "
            "and predicted",
            f"{len(data.times)} times and {len(data.conditions)} conditions",
            "name the field (--field): 'linear', 'hill' or 'sparse'",
        )
    return folds


def time_folds(data: Snapshots, count: int | None = None) -> list[Fold]:
    """Leave out inner times, the middle ones first; predict each from the time before."""
    times = [float(time) for time in data.times]
    inner = sorted(times[1:-1], key=lambda time: abs(times.index(time) - (len(times) - 1) / 2))
    folds = []
    for time in inner[:count]:
        train = leave_out_time(data, time).train
        before = times[times.index(time) - 1]
        for condition in data.conditions:
            rows = data.rows(before, condition)
            start, still, truth = (
                data.measured(rows),
                data.x[rows],
                data.x[data.rows(time, condition)],
            )
            if len(start) and len(truth):
                name = f"{format_time(time, data.time_unit)}, {condition.name}"
                folds.append(Fold(name, train, start, (before, time), condition, truth, still))
    return folds


def _condition_folds(data: Snapshots, perturbed: Sequence[Intervention], count: int) -> list[Fold]:
    """Leave out conditions, those of the largest effect first; predict each from control cells.

    A condition is predicted at its last time at which control cells were measured too.
    """
    energy = make_divergence("energy")
    control_time = data.time[data.rows(condition=CONTROL)]
    effects = []  # condition, time, distance from the control cells of this time
    for condition in perturbed:
        shared = np.intersect1d(data.time[data.rows(condition=condition)], control_time)
        later = shared if data.at_rest else shared[shared > control_time.min()]
        if len(later):
            time = float(later[-1])
            cells = [_subsample(data.x[data.rows(time, c)]) for c in (CONTROL, condition)]
            effects.append((condition, time, float(energy(*map(_tensor, cells)))))
    effects.sort(key=lambda effect: -effect[2])
    folds = []
    for condition, time, _ in effects[:count]:
        train = leave_out_condition(data, condition).train
        first = float(train.time[train.rows(condition=CONTROL)].min())
        truth, control = (data.x[data.rows(time, c)] for c in (condition, CONTROL))
        start = data.measured(data.rows(first, CONTROL))
        name = f"{condition.name} at {format_time(time, data.time_unit)}"
        folds.append(Fold(name, train, start, (first, time), condition, truth, control))
    return folds


def _coordinates(basis: LinearBasis | None, x: np.ndarray) -> np.ndarray:
    cells = _subsample(x)
    return cells if basis is None else basis.project(cells)


def _subsample(x: np.ndarray) -> np.ndarray:
    """Take at most `_MAX_SCORED` cells, evenly spaced; limits the cost of exact distances."""
    return x[:: math.ceil(len(x) / _MAX_SCORED)]


def _tensor(x: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(np.ascontiguousarray(x, dtype=np.float64))
