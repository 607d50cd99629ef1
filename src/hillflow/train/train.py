"""`fit`: from a field and data to a model, checked first, resumable at any moment."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hillflow.data import Snapshots
from hillflow.errors import InputError, NumericalError
from hillflow.fields import VectorField, make_field
from hillflow.model.describe import command, versions
from hillflow.model.model import Model
from hillflow.model.storage import check_savable
from hillflow.objectives.registry import Method, make_method
from hillflow.objectives.stage import Stage
from hillflow.progress import Told, teller
from hillflow.results.run import CHECKPOINT, MODEL, PLANS, begin, check_target, finish
from hillflow.train.checkpoint import Keeper, load_checkpoint
from hillflow.train.deterministic import determined
from hillflow.train.loop import Loop
from hillflow.train.prepare import Data, Prepared, Setting, check, check_kind, prepare
from hillflow.train.request import Request
from hillflow.train.validation_loss import landing_error, standstill_error
from hillflow.transport import ExactOT

if TYPE_CHECKING:
    from rich.progress import Progress

Stages = str | Method | Sequence[Stage]


def fit(
    field: VectorField | str,
    data: Data,
    stages: Stages = "default",
    *,
    seed: int = 0,
    setting: Setting | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: Progress | Told | None = None,
) -> Model:
    """Fit a vector field to cells. Same arguments and seed, same bytes.

    Everything is checked before any work begins or anything is written.

    Parameters
    ----------
    field
        A field, which is left as it is (a copy is trained); the name of one, built with its
        default options; or "auto": the one that predicts what it has not seen best, see
        `choose_field` (of a method that trains one field alone, that one).
    data
        `Snapshots` or `Trajectories`, with the field's genes.
    stages
        The name of a method, a `Method`, or a list of `Stage` on exact couplings.
    seed
        Of everything random.
    setting
        How data becomes a training problem; the defaults suit most data.
    out
        A run directory to write (see `run`), new unless `resume` or `overwrite`. Training
        leaves checkpoints there, the last one when it is interrupted.
    resume
        Go on with the run in `out`, to the same result as if it had never stopped.
    overwrite
        Replace the run in `out`.
    progress
        A rich progress display, or a function of (what is done, steps done, steps in all).
    """
    check_kind(data)
    setting = setting or Setting()
    method = resolve_method(stages, setting)
    field = only_field(field, method)
    provenance: dict[str, Any] = {}
    if isinstance(field, str) and field == "auto":
        from hillflow.train.contest import choose_again_or_read  # which calls fit itself

        choice = choose_again_or_read(data, stages, seed, setting, out, resume, progress)
        field, provenance = choice.name, {"choice": choice.to_json()}
    request = Request(resolve_field(field, data, seed), data, method, seed, setting)
    check(request.field, data, method, setting)
    if out is None:
        if resume:
            raise InputError("out=… with the run to resume", "none", "name its folder")
        return train(request, provenance, progress=progress)
    check_savable(request.field)
    path = Path(out)
    manifest = check_target(path, request.description, resume=resume, overwrite=overwrite)
    if manifest is None:
        manifest = begin(path, request.description, **provenance)
    elif manifest["finished"]:
        return Model.load(path / MODEL)
    model = train(
        request, provenance, progress=progress,
        checkpoint=path / f"{CHECKPOINT}.safetensors", plans=path / PLANS,
    )  # fmt: skip
    finish(path, manifest, [model], data)
    return model


def train(
    request: Request,
    provenance: dict[str, Any],
    *,
    checkpoint: Path | None = None,
    plans: Path | None = None,
    progress: Progress | Told | None = None,
) -> Model:
    """Train a copy of a checked request's field, from the checkpoint if there is one."""
    tell, method, setting = teller(progress), request.method, request.setting
    started = load_checkpoint(checkpoint, request.digest) if checkpoint else None
    with determined(setting.threads):
        prepared = prepare(
            copy.deepcopy(request.field), request.data, method, seed=request.seed,
            setting=setting, cache=plans,
            progress=lambda done, total: tell("coupling cells", done, total),
        )  # fmt: skip
        loop = Loop(
            prepared.training, method.stages, prepared.watched, request.seed, setting.look
        )  # fmt: skip
        if started is not None:
            loop.resume(started)
        keeper = Keeper(checkpoint, request.digest, setting.checkpoint_seconds)

        def after_step(loop: Loop, stage: Stage, loss: float) -> None:
            keeper.after_step(loop, stage, loss)
            name = f"stage {loop.state.stage + 1} of {len(method.stages)}"
            tell(f"{name}: {type(stage.objective).__name__}", loop.state.step, stage.steps)

        try:
            loop.run(after_step)
        except NumericalError as error:
            keeper.save(loop)
            kept = "; the last checkpoint is kept" if checkpoint else ""
            raise NumericalError(error.expected, error.found, error.fix + kept) from None
        except BaseException:  # Ctrl-C as well: what was learnt stays on disk
            keeper.save(loop)
            raise
        return _model(loop, prepared, request, provenance)


def resolve_method(stages: Stages, setting: Setting) -> Method:
    """A method from its name, itself, or a list of stages (no heads, exact couplings)."""
    if isinstance(stages, str):
        return make_method(stages, effort=setting.effort)
    if not isinstance(stages, Method):
        stages = tuple(stages)
        if not stages or not all(isinstance(stage, Stage) for stage in stages):
            raise InputError(
                "the name of a method, a Method, or a list of Stage",
                "an empty list" if not stages else f"a list with {type(stages[0]).__name__}",
                "write stages='default', or [Stage(Match(), steps=500)]",
            )
        stages = Method(
            name="custom", formula="as given", source="", learns=("velocity",), trains="any",
            data="both", cost="", when_not="", coupling=ExactOT(), stages=stages,
        )  # fmt: skip
    return stages if setting.effort == 1.0 else stages.scaled(setting.effort)


def only_field(field: VectorField | str, method: Method) -> VectorField | str:
    """Instead of "auto", the field that this method alone can train, where there is one."""
    if isinstance(field, str) and field == "auto" and method.trains != "any":
        return method.trains
    return field


def resolve_field(field: VectorField | str, data: Data, seed: int) -> VectorField:
    """A field from itself or its name."""
    return make_field(field, data.genes, seed=seed) if isinstance(field, str) else field


def _model(loop: Loop, prepared: Prepared, request: Request, provenance: dict[str, Any]) -> Model:
    import pandas as pd

    judged = prepared.watched or prepared.training
    scores = {
        "landing_error": landing_error(judged),
        "standstill_error": standstill_error(judged),
    }
    if not math.isfinite(scores["landing_error"]):
        raise NumericalError(
            "cells that stay finite one time ahead of where they were measured",
            f"a {request.field.name or type(request.field).__name__!r} field that has diverged",
            "lower rate, take more solver steps, or fit another field or method",
        )
    data, trained, heads = request.data, prepared.data, loop.training.heads.eval()
    efficacy = request.setting.efficacy
    if heads.efficacy is not None:
        efficacy = float(heads.efficacy.shares().detach().mean())
    about = {"versions": versions(), "command": command(), **request.description}
    return Model(
        heads=heads,
        time_unit=data.time_unit,
        scale=data.scale,
        times=tuple(float(time) for time in data.times),
        conditions=tuple(dict.fromkeys(data.conditions)),
        basis=trained.basis if isinstance(trained, Snapshots) else None,
        seed=request.seed,
        metrics=scores,
        provenance={**provenance, **about},
        history=pd.DataFrame(loop.state.history),
        efficacy=None if efficacy is None else float(efficacy),
        prior=request.method.prior,
    )
