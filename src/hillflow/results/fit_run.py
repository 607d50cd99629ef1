"""`fit_run`: train and keep, in memory or in a folder, so that nothing is lost on the way."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hillflow.data import Cells, Snapshots, check_kind
from hillflow.errors import InputError
from hillflow.fields import VectorField
from hillflow.model.describe import describe_data, describe_field, describe_method
from hillflow.objectives.method import Method
from hillflow.progress import Told
from hillflow.results.building import building
from hillflow.results.run import Run
from hillflow.run_folder import check_target
from hillflow.train import Plan, Setting, carry_out, plan
from hillflow.train.questions import ask
from hillflow.train.request import WITHOUT_EFFECT
from hillflow.train.resolve import Stages, only_field, resolve_method

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
    bootstrap: bool | None = None,
    jobs: int = 1,
    out: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: Progress | Told | None = None,
) -> Run:
    """Fit a field to cells and keep everything as a run.

    Everything is checked before any work begins or anything is written. With a folder, work can
    stop at any moment and goes on with `resume`, to the same bytes.

    Parameters
    ----------
    field, data, stages, members, seed, setting, bootstrap, jobs, progress
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
    field = only_field(field, method)
    options: dict[str, Any] = {
        "members": members, "seed": seed, "setting": setting, "bootstrap": bootstrap,
        "progress": progress,
    }  # fmt: skip
    asked = _asked(field, data, method, members, seed, setting, bootstrap)
    if out is None:
        if resume:
            raise InputError("out=… with the run to resume", "none", "name its folder")
        planned = plan(field, data, stages, **options)
        return _run(planned, data, asked, jobs, None, progress)
    path = Path(out)
    check_target(path, resume=resume, overwrite=overwrite)
    if field == "auto":
        if isinstance(data, Snapshots):
            ask(data, "auto", 1)  # refuses data that no field can be chosen by
    else:
        plan(field, data, stages, **options, savable=True)  # refuses what cannot be fitted
    with building(path, asked, resume=resume, overwrite=overwrite) as place:
        if place is not None:
            planned = plan(field, data, stages, **options, folder=place.folder)
            run = _run(planned, data, asked, jobs, place.model, progress)
            run.write(place.folder)
            place.publish()
    return Run.open(path)


def _run(
    planned: Plan, data: Cells, asked: dict[str, Any], jobs: int, folder: Path | None,
    progress: Progress | Told | None,
) -> Run:  # fmt: skip
    fit = carry_out(planned, jobs=jobs, folder=folder, progress=progress)
    choice = {} if planned.choice is None else {"choice": planned.choice.to_json()}
    return Run.of(fit, data, planned.description, asked, **choice)


def _asked(
    field: VectorField | str, data: Cells, method: Method, members: int, seed: int,
    setting: Setting, bootstrap: bool | None,
) -> dict[str, Any]:  # fmt: skip
    """All that decides the result, known before any field is chosen; plain JSON values."""
    options = dataclasses.asdict(setting) | {"bootstrap": bootstrap or setting.bootstrap}
    return {
        "field": {"name": field} if isinstance(field, str) else describe_field(field),
        "data": describe_data(data),
        "method": describe_method(method),
        "seed": seed,
        "members": members,
        "setting": {key: value for key, value in options.items() if key not in WITHOUT_EFFECT},
    }
