"""`fit_run`: fit a field to cells and keep the fit with its cells as a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hillflow.data import Cells
from hillflow.data.cells import check_kind
from hillflow.devices import check_device
from hillflow.errors import InputError
from hillflow.fields import VectorField
from hillflow.findings import note
from hillflow.model.describe import describe_data, describe_field, describe_method
from hillflow.objectives.method import Method
from hillflow.progress import ProgressCallback
from hillflow.results.building import unfinished_run
from hillflow.results.run import Run
from hillflow.run_folder import check_target
from hillflow.tasks import SERIAL, Workers
from hillflow.train import Setting
from hillflow.train.resolve import Stages, resolve_field, resolve_method
from hillflow.train.train import train_members
from hillflow.train.training_plan import TrainingPlan, plan_training

if TYPE_CHECKING:
    from rich.progress import Progress


FINISHED = "fit.already-finished"  # code of the note that nothing was left to do


def fit_run(
    field: VectorField | str,
    data: Cells,
    stages: Stages = "default",
    *,
    members: int = 1,
    seed: int = 0,
    setting: Setting | None = None,
    workers: Workers = SERIAL,
    out: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: Progress | ProgressCallback | None = None,
    call: dict[str, Any] | None = None,
) -> Run:
    """Fit a field to cells and keep the fit with its cells as a run.

    Everything is checked before any work begins or anything is written. With a folder, an
    interrupted fit can be resumed and gives the same bytes as without an interruption.

    Parameters
    ----------
    field, data, stages, members, seed, setting, progress
        As in `hillflow.train.train`.
    workers
        Who trains the members.
    out
        The run's folder; it must be new or empty, unless with `resume` or `overwrite`. None: the
        run is kept in memory.
    resume
        Continue the interrupted run in `out`, if there is one.
    overwrite
        Replace the run in `out`, once the new one is finished.
    call
        How the fit was asked for, as plain JSON values, for the manifest.

    Returns
    -------
    Run
        The run, opened from `out` if that is given.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.train import Setting
    >>> cells = hf.Snapshots.from_anndata(hf.simulate("toggle", cells=20, times=[0, 1, 2]))
    >>> run = fit_run("linear", cells, "ot-cfm", setting=Setting(effort=0.01))
    >>> run.fit.genes, run.data.times.tolist()
    (('A', 'B'), [0.0, 1.0, 2.0])
    """
    check_kind(data)
    setting = setting or Setting()
    check_device(setting.device, alone=workers.alone)
    method = resolve_method(stages, setting, len(data.genes))
    field = resolve_field(field, method)
    options: dict[str, Any] = {
        "members": members, "seed": seed, "setting": setting, "progress": progress,
    }  # fmt: skip
    inputs = _inputs(field, data, method, members, seed, setting)
    if out is None:
        if resume:
            raise InputError("out=… with the folder of the run to resume", "none", "name it")
        in_memory = plan_training(field, data, stages, **options)
        return _train(in_memory, data, inputs, workers, None, progress, call)
    path = Path(out)
    check_target(path, resume=resume, overwrite=overwrite)
    plan: TrainingPlan | None = None
    if field != "auto":  # what cannot be fitted is refused before anything is written
        plan = plan_training(field, data, stages, **options, savable=True)
    with unfinished_run(path, inputs, resume=resume, overwrite=overwrite) as unfinished:
        if unfinished is None:
            note(
                f"the run {path} is already finished, and was not fitted again",
                FINISHED,
            )
        else:
            if plan is None:
                plan = plan_training(field, data, stages, **options, folder=unfinished.folder)
            run = _train(plan, data, inputs, workers, unfinished.model, progress, call)
            run.write(unfinished.folder)
            unfinished.publish()
    return Run.open(path)


def _train(
    plan: TrainingPlan, data: Cells, inputs: dict[str, Any], workers: Workers, folder: Path | None,
    progress: Progress | ProgressCallback | None, call: dict[str, Any] | None,
) -> Run:  # fmt: skip
    fit = train_members(plan, workers=workers, folder=folder, progress=progress)
    more = {} if plan.choice is None else {"choice": plan.choice.to_json()}
    more |= {} if call is None else {"call": call}
    return Run.of(fit, data, plan.description, inputs, **more)


def _inputs(
    field: VectorField | str, data: Cells, method: Method, members: int, seed: int,
    setting: Setting,
) -> dict[str, Any]:  # fmt: skip
    """Return everything that decides the result, also before a field is chosen, as JSON values."""
    return {
        "field": {"name": field} if isinstance(field, str) else describe_field(field),
        "data": describe_data(data),
        "method": describe_method(method),
        "seed": seed,
        "members": members,
        "setting": setting.description() | {"bootstrap": bool(setting.bootstrap)},
    }
