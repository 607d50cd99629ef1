"""What a contest asks: fit these cells, and predict those that were left out of them."""

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
_MOST_SCORED = 2000  # cells of a population that are compared


@dataclass(frozen=True, eq=False)
class Question:
    """Cells to fit, and the cells to predict from the starting ones."""

    name: str
    train: Snapshots
    start: np.ndarray  # [cells, genes]
    times: tuple[float, float]
    intervention: Intervention
    truth: np.ndarray  # [cells, genes]
    no_change: np.ndarray  # [cells, genes]: the cells before, or those without the intervention

    def scores(self, model: Member) -> dict[str, float]:
        """``energy`` and ``w1`` of the model's prediction, ``no_change_…`` of none."""
        if self.intervention in model.conditions:  # a time was left out
            predicted = model.simulate(model.denoise(self.start), self.times, self.intervention)[-1]
        else:
            predicted = model.predict(self.train, self.intervention, [self.times[1]]).x
        truth = _seen(model.basis, self.truth)
        row: dict[str, float] = {}
        for prefix, cells in (("", predicted), ("no_change_", self.no_change)):
            guess = _seen(model.basis, cells)
            energy = make_divergence("energy")(_tensor(guess), _tensor(truth))
            row[f"{prefix}energy"], row[f"{prefix}w1"] = float(energy), w1(guess, truth)
        return row


def ask(data: Snapshots, left_out: str, folds: int) -> list[Question]:
    """Questions about times, or conditions; "auto": conditions where there are enough."""
    if left_out not in LEFT_OUT:
        raise InputError(
            f"left_out among {', '.join(LEFT_OUT)}", repr(left_out),
            "name one of these, or leave left_out out",
        )  # fmt: skip
    treated = [c for c in data.conditions if not c.is_control]
    enough_conditions = CONTROL in data.conditions and len(treated) >= 2
    if left_out == "condition" or (left_out == "auto" and enough_conditions):
        found = _condition_questions(data, treated, folds) if enough_conditions else []
    else:
        found = time_questions(data, folds)
    if not found:
        raise InputError(
            "three times, or a control and two interventions, so that something can be left out "
            "and predicted",
            f"{len(data.times)} times and {len(data.conditions)} conditions",
            "name the field (--field): 'linear', 'hill' or 'sparse'",
        )
    return found


def time_questions(data: Snapshots, folds: int | None = None) -> list[Question]:
    """Inner times, those in the middle first, each from the cells of the time before."""
    times = [float(time) for time in data.times]
    inner = sorted(times[1:-1], key=lambda time: abs(times.index(time) - (len(times) - 1) / 2))
    found = []
    for time in inner[:folds]:
        train = leave_out_time(data, time).train
        before = times[times.index(time) - 1]
        for condition in data.conditions:
            start, truth = (data.x[data.rows(t, condition)] for t in (before, time))
            if len(start) and len(truth):
                name = f"{format_time(time, data.time_unit)}, {condition.name}"
                found.append(Question(name, train, start, (before, time), condition, truth, start))
    return found


def _condition_questions(
    data: Snapshots, treated: Sequence[Intervention], folds: int
) -> list[Question]:
    energy = make_divergence("energy")
    pairs = []  # each intervention's last time that the control has too, and its effect there
    for condition in treated:
        shared = np.intersect1d(
            data.time[data.rows(condition=condition)], data.time[data.rows(condition=CONTROL)]
        )
        later = shared[shared > data.time[data.rows(condition=CONTROL)].min()]
        if len(later):
            time = float(later[-1])
            cells = [_some(data.x[data.rows(time, c)]) for c in (CONTROL, condition)]
            pairs.append((condition, time, float(energy(*map(_tensor, cells)))))
    pairs.sort(key=lambda pair: -pair[2])
    found = []
    for condition, time, _ in pairs[:folds]:
        train = leave_out_condition(data, condition).train
        first = float(train.time[train.rows(condition=CONTROL)].min())
        truth, untreated = (data.x[data.rows(time, c)] for c in (condition, CONTROL))
        start = data.x[data.rows(first, CONTROL)]
        name = f"{condition.name} at {format_time(time, data.time_unit)}"
        found.append(Question(name, train, start, (first, time), condition, truth, untreated))
    return found


def _seen(basis: LinearBasis | None, x: np.ndarray) -> np.ndarray:
    cells = _some(x)
    return cells if basis is None else basis.project(cells)


def _some(x: np.ndarray) -> np.ndarray:
    """At most so many cells, spread evenly: bounds the cost of the exact distance."""
    return x[:: math.ceil(len(x) / _MOST_SCORED)]


def _tensor(x: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(np.ascontiguousarray(x, dtype=np.float64))
