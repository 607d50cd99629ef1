"""`choose_field`: let held-out cells say which field to use.

No field wins everywhere: on log-scaled Boolean simulations the linear one is ahead, on bursty
counts the Hill one. Each candidate is fitted without a time (or an intervention), predicts
the cells that were left out by simulation, and is judged by how far off they are, never by
the network that it finds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.data import (
    LinearBasis,
    Snapshots,
    format_time,
    leave_out_condition,
    leave_out_time,
)
from hillflow.errors import HillflowError, InputError, UnsupportedError
from hillflow.fields import field_entry
from hillflow.fit.fit import Stages, fit
from hillflow.fit.model import Model
from hillflow.fit.prepare import Data, Setting
from hillflow.fit.progress import Told, teller, within
from hillflow.fit.run import MANIFEST, read_manifest
from hillflow.interventions import Intervention
from hillflow.transport import make_divergence, w1

if TYPE_CHECKING:
    import pandas as pd
    from rich.progress import Progress

CANDIDATES = ("linear", "hill", "sparse")
HELD_OUT = ("auto", "time", "condition")
CONTROL = Intervention.control()
_MOST_SCORED = 2000  # cells of a population that are compared


@dataclass(frozen=True, eq=False)
class Choice:
    """The field to use, and what that rests on.

    Attributes
    ----------
    name
        The candidate with the least mean energy distance.
    table
        A row a candidate and a left-out population: ``field``, ``left_out``, ``energy``, ``w1``
        (distances of prediction and cells), ``still_energy``, ``still_w1`` (the same if nothing
        moved: of the cells before, or of untreated ones), ``note`` (why there are none).
    """

    name: str
    table: pd.DataFrame

    @property
    def scores(self) -> pd.DataFrame:
        """A row a field: mean ``energy`` and ``still_energy``; NaN where it could not be tried."""
        grouped = self.table.groupby("field", sort=False)[["energy", "still_energy"]]
        return grouped.agg(_mean_of_all)

    @property
    def beats_still(self) -> bool:
        """Whether the chosen field predicts better, in the mean, than no motion (or no effect)."""
        chosen = self.scores.loc[self.name]
        return bool(chosen["energy"] < chosen["still_energy"])

    def __repr__(self) -> str:
        energies = {str(name): float(energy) for name, energy in self.scores["energy"].items()}
        scores = ", ".join(
            f"{name!r} {'not tried' if math.isnan(energy) else format(energy, '.4g')}"
            for name, energy in energies.items()
        )
        still = float(self.scores["still_energy"][self.name])
        return f"Choice({self.name!r}; energy distance: {scores}; no motion {still:.4g})"

    def to_json(self) -> dict[str, Any]:
        """As plain values, NaN as None."""
        rows = [
            {key: _plain(value) for key, value in row.items()}
            for row in self.table.to_dict("records")
        ]
        return {"name": self.name, "table": rows}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Choice:
        """Read what `to_json` made."""
        import pandas as pd

        return cls(value["name"], pd.DataFrame(value["table"]))


@dataclass(frozen=True, eq=False)
class _Question:
    """Cells to fit, and the cells to predict from the starting ones."""

    name: str
    train: Snapshots
    start: np.ndarray  # [cells, genes]
    times: tuple[float, float]
    intervention: Intervention
    truth: np.ndarray  # [cells, genes]
    still: np.ndarray  # [cells, genes]: the prediction of no motion, or of no effect


def choose_field(
    data: Data,
    candidates: Sequence[str] = CANDIDATES,
    stages: Stages = "default",
    held_out: str = "auto",
    *,
    seed: int = 0,
    setting: Setting | None = None,
    effort: float = 0.5,
    folds: int = 2,
    progress: Progress | Told | None = None,
) -> Choice:
    """Choose among fields, built with default options, by what they predict unseen.

    Parameters
    ----------
    held_out
        "time": an inner time, whose cells are predicted from those of the time before, in
        every condition that has both. "condition": an intervention, whose cells are predicted
        from untreated ones as in `Model.predict`. "auto": a condition if there are three or
        more, else a time.
    setting, effort
        Of each fit; `effort` further multiplies the setting's.
    folds
        How many times (or interventions) are left out, each in its turn: those in the middle
        (or of the largest effect).
    """
    if not isinstance(data, Snapshots):
        raise UnsupportedError(
            "snapshots, to choose a field by what it predicts", "trajectories",
            "name the field, for example 'hill-dense' or 'hill'",
        )  # fmt: skip
    for name in candidates:
        field_entry(name)
    questions = _questions(data, held_out, folds)
    setting = setting or Setting()
    setting = replace(setting, effort=setting.effort * effort)
    tell = teller(progress)
    rows: list[dict[str, Any]] = []
    for name in candidates:
        fits: dict[int, Model | HillflowError] = {}  # questions may share their training cells
        for question in questions:
            which = id(question.train)
            if which not in fits:
                fits[which] = _attempt(name, question.train, stages, seed, setting, tell)
            rows.append({"field": name, "left_out": question.name} | _row(fits[which], question))
    return _decided(rows)


def choose_again_or_read(
    data: Data,
    stages: Stages,
    seed: int,
    setting: Setting,
    out: str | Path | None,
    resume: bool,
    progress: Progress | Told | None,
) -> Choice:
    """The choice that a run being resumed was begun with; a new one where there is none."""
    if resume and out is not None and (Path(out) / MANIFEST).is_file():
        manifest = read_manifest(Path(out))
        if "choice" in manifest:
            return Choice.from_json(manifest["choice"])
    return choose_field(data, stages=stages, seed=seed, setting=setting, progress=progress)


def _questions(data: Snapshots, held_out: str, folds: int) -> list[_Question]:
    if held_out not in HELD_OUT:
        raise InputError(
            f"held_out among {', '.join(HELD_OUT)}", repr(held_out),
            "name one of these, or leave held_out out",
        )  # fmt: skip
    treated = [c for c in data.conditions if not c.is_control]
    enough_conditions = CONTROL in data.conditions and len(treated) >= 2
    if held_out == "condition" or (held_out == "auto" and enough_conditions):
        found = _condition_questions(data, treated, folds) if enough_conditions else []
    else:
        found = _time_questions(data, folds)
    if not found:
        raise InputError(
            "three times, or a control and two interventions, so that something can be left out "
            "and predicted",
            f"{len(data.times)} times and {len(data.conditions)} conditions",
            "name the field (--field): 'linear', 'hill' or 'sparse'",
        )
    return found


def _time_questions(data: Snapshots, folds: int) -> list[_Question]:
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
                found.append(_Question(name, train, start, (before, time), condition, truth, start))
    return found


def _condition_questions(
    data: Snapshots, treated: Sequence[Intervention], folds: int
) -> list[_Question]:
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
        truth, still = (data.x[data.rows(time, c)] for c in (condition, CONTROL))
        start = data.x[data.rows(first, CONTROL)]
        name = f"{condition.name} at {format_time(time, data.time_unit)}"
        found.append(_Question(name, train, start, (first, time), condition, truth, still))
    return found


def _attempt(
    name: str, train: Snapshots, stages: Stages, seed: int, setting: Setting, tell: Told
) -> Model | HillflowError:
    """A fit, or why this candidate cannot have one; others may."""
    told = within(tell, f"choosing, {name}")
    try:
        return fit(name, train, stages, seed=seed, setting=setting, progress=told)
    except HillflowError as error:
        return error


def _row(fitted: Model | HillflowError, question: _Question) -> dict[str, Any]:
    if isinstance(fitted, HillflowError):
        return {"note": str(fitted)}
    try:
        return _scores(fitted, question)
    except HillflowError as error:
        return {"note": str(error)}


def _scores(model: Model, question: _Question) -> dict[str, Any]:
    if question.intervention in model.conditions:  # a time was left out
        predicted = model.simulate(
            model.denoise(question.start), question.times, question.intervention
        )[-1]
    else:
        predicted = model.predict(question.train, question.intervention, [question.times[1]]).x
    truth = _seen(model.basis, question.truth)
    row: dict[str, Any] = {}
    for prefix, cells in (("", predicted), ("still_", question.still)):
        guess = _seen(model.basis, cells)
        row[f"{prefix}energy"] = float(make_divergence("energy")(_tensor(guess), _tensor(truth)))
        row[f"{prefix}w1"] = w1(guess, truth)
    return row


def _seen(basis: LinearBasis | None, x: np.ndarray) -> np.ndarray:
    cells = _some(x)
    return cells if basis is None else basis.project(cells)


def _some(x: np.ndarray) -> np.ndarray:
    """At most so many cells, spread evenly: bounds the cost of the exact distance."""
    return x[:: math.ceil(len(x) / _MOST_SCORED)]


def _tensor(x: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(np.ascontiguousarray(x, dtype=np.float64))


def _decided(rows: list[dict[str, Any]]) -> Choice:
    import pandas as pd

    columns = ["field", "left_out", "energy", "w1", "still_energy", "still_w1", "note"]
    table = pd.DataFrame(rows).reindex(columns=columns)
    table["note"] = table["note"].fillna("")
    mean = Choice("", table).scores["energy"]
    if mean.isna().all():
        raise UnsupportedError(
            "a field that can be fitted to these data", str(table["note"].iloc[0]),
            "name a field, and see what it says of itself",
        )  # fmt: skip
    return Choice(str(mean.idxmin()), table)


def _mean_of_all(column: pd.Series) -> float:
    """The mean, NaN where one is: a field that failed once has no score."""
    return float(column.mean(skipna=False))


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
