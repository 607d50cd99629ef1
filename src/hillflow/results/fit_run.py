"""`fit_run`: train and keep, in memory or in a folder, so that nothing is lost on the way."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hillflow.data import Cells, Snapshots
from hillflow.data.cells import check_kind
from hillflow.errors import InputError
from hillflow.fields import VectorField
from hillflow.model.describe import describe_data, describe_field, describe_method
from hillflow.objectives.method import Method
from hillflow.progress import ProgressCallback
from hillflow.results.building import building, check_target
from hillflow.results.run import Run
from hillflow.train import Setting
from hillflow.train.folds import make_folds
from hillflow.train.request import WITHOUT_EFFECT
from hillflow.train.resolve import Stages, resolve_field, resolve_method
from hillflow.train.train import train_members
from hillflow.train.training_plan import TrainingPlan, plan_training

if TYPE_CHECKING:
    from rich.progress import Progress


def fit_run(
    field: VectorField | str,
    data: Cells,
    stages: Stages = "default",
    *,
    members: int = 1,
    seed: int = 0,
    setting: Setting | None = None,
    jobs: int = 1,
    out: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: Progress | ProgressCallback | None = None,
) -> Run:
    """Fit a field to cells and keep everything as a run.

    Everything is checked before any work begins or anything is written. With a folder, work can
    stop at any moment and goes on with `resume`, to the same bytes.

    Parameters
    ----------
    field, data, stages, members, seed, setting, jobs, progress
        As in `train`.
    out
        The run's folder, new unless `resume` or `overwrite`; None keeps the run in memory.
    resume
        Go on with what there is in `out`, be it nothing.
    overwrite
        Replace the run in `out`, once the new one is finished.
    """
    check_kind(data)
    setting = setting or Setting()
    method = resolve_method(stages, setting)
    field = resolve_field(field, method)
    options: dict[str, Any] = {
        "members": members, "seed": seed, "setting": setting, "progress": progress,
    }  # fmt: skip
    asked = _asked(field, data, method, members, seed, setting)
    if out is None:
        if resume:
            raise InputError("out=… with the run to resume", "none", "name its folder")
        plan = plan_training(field, data, stages, **options)
        return _run(plan, data, asked, jobs, None, progress)
    path = Path(out)
    check_target(path, resume=resume, overwrite=overwrite)
    if field == "auto":
        if isinstance(data, Snapshots):
            make_folds(data, "auto", 1)  # refuses data from which no field can be chosen
    else:
        plan_training(field, data, stages, **options, savable=True)  # refuses what cannot be fitted
    with building(path, asked, resume=resume, overwrite=overwrite) as place:
        if place is not None:
            plan = plan_training(field, data, stages, **options, folder=place.folder)
            run = _run(plan, data, asked, jobs, place.model, progress)
            run.write(place.folder)
            place.publish()
    return Run.open(path)


def _run(
    plan: TrainingPlan, data: Cells, asked: dict[str, Any], jobs: int, folder: Path | None,
    progress: Progress | ProgressCallback | None,
) -> Run:  # fmt: skip
    fit = train_members(plan, jobs=jobs, folder=folder, progress=progress)
    choice = {} if plan.choice is None else {"choice": plan.choice.to_json()}
    return Run.of(fit, data, plan.description, asked, **choice)


def _asked(
    field: VectorField | str, data: Cells, method: Method, members: int, seed: int,
    setting: Setting,
) -> dict[str, Any]:  # fmt: skip
    """All that decides the result, known before any field is chosen; plain JSON values."""
    options = dataclasses.asdict(setting) | {"bootstrap": bool(setting.bootstrap)}
    return {
        "field": {"name": field} if isinstance(field, str) else describe_field(field),
        "data": describe_data(data),
        "method": describe_method(method),
        "seed": seed,
        "members": members,
        "setting": {key: value for key, value in options.items() if key not in WITHOUT_EFFECT},
    }
