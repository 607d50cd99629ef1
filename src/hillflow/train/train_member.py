"""`train_member`: train a copy of a request's field, from its checkpoint if one exists."""

from __future__ import annotations

import copy
import math
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hillflow.data import Snapshots
from hillflow.errors import NumericalError
from hillflow.files import replacing
from hillflow.model.describe import command, versions
from hillflow.model.member import Member
from hillflow.model.storage import DESCRIPTION
from hillflow.objectives.velocity import velocity_scale
from hillflow.progress import ProgressCallback, progress_callback
from hillflow.train.checkpoint import CheckpointWriter, load_checkpoint
from hillflow.train.deterministic import deterministic
from hillflow.train.loop import Loop
from hillflow.train.losses import no_change_loss, validation_loss
from hillflow.train.prepare import Prepared, prepare
from hillflow.train.request import Request

if TYPE_CHECKING:
    from rich.progress import Progress

    from hillflow.objectives.stage import Stage

CHECKPOINT, PLANS = "checkpoint.safetensors", "plans"


def train_member(
    request: Request,
    provenance: dict[str, Any] | None = None,
    *,
    folder: Path | None = None,
    progress: Progress | ProgressCallback | None = None,
) -> Member:
    """Train the member of a checked request.

    Parameters
    ----------
    provenance
        Further plain JSON values for the member's provenance.
    folder
        The folder of this member. If it has the finished member, that is read; else training
        resumes from the checkpoint in ``NAME.training`` beside it, if one exists. Couplings are
        kept in ``plans`` beside it, for members that share them.
    """
    if folder is not None and (folder / DESCRIPTION).is_file():
        return Member.load(folder)
    work = None if folder is None else folder.with_name(f"{folder.name}.training")
    if work is not None:
        work.mkdir(parents=True, exist_ok=True)
    # Bootstrapped cells differ between members; others share their couplings.
    plans = None if folder is None or request.setting.bootstrap else folder.parent / PLANS
    member = _train(request, provenance or {}, work, plans, progress_callback(progress))
    if folder is not None and work is not None:
        with replacing(folder) as draft:
            member.save(draft)
        shutil.rmtree(work)
    return member


def _train(
    request: Request,
    provenance: dict[str, Any],
    work: Path | None,
    plans: Path | None,
    report: ProgressCallback,
) -> Member:
    method, setting = request.method, request.setting
    checkpoint = None if work is None else work / CHECKPOINT
    saved = None if checkpoint is None else load_checkpoint(checkpoint, request.digest)
    with deterministic(setting.threads, setting.device):
        prepared = prepare(
            copy.deepcopy(request.field), request.data, method, seed=request.seed,
            setting=setting, cache=plans,
            progress=lambda done, total: report("coupling cells", done, total),
        )  # fmt: skip
        loop = Loop(
            prepared.training, method.stages, prepared.validation, request.seed,
            setting.check_every,
        )  # fmt: skip
        if saved is not None:
            loop.resume(saved)
        writer = CheckpointWriter(checkpoint, request.digest, setting.checkpoint_seconds)

        def after_step(loop: Loop, stage: Stage, loss: float) -> None:
            writer.after_step(loop, stage, loss)
            name = f"stage {loop.state.stage + 1} of {len(method.stages)}"
            report(f"{name}: {stage.objective.task}", loop.state.step, stage.steps)

        try:
            loop.run(after_step)
        except NumericalError as error:
            writer.write(loop)
            more = "; the last checkpoint is kept" if checkpoint else ""
            raise NumericalError(error.expected, error.found, error.fix + more) from None
        except BaseException:  # also Ctrl-C
            writer.write(loop)
            raise
        return _member(loop, prepared, request, provenance)


def _member(loop: Loop, prepared: Prepared, request: Request, provenance: dict[str, Any]) -> Member:
    import pandas as pd

    scored = prepared.validation or prepared.training
    losses = {"validation_loss": validation_loss(scored), "no_change_loss": no_change_loss(scored)}
    if not math.isfinite(losses["validation_loss"]):
        raise NumericalError(
            "predictions one time ahead that are finite",
            f"a {request.field.name or type(request.field).__name__!r} field that has diverged",
            "lower rate, take more solver steps, or fit another field or method",
        )
    if request.method.beside_velocity:
        losses["velocity_scale"] = velocity_scale(loop.training)
    data, train, heads = request.data, prepared.data, loop.training.heads.eval().cpu()
    efficacy = request.setting.efficacy
    if heads.efficacy is not None:
        efficacy = float(heads.efficacy.shares().detach().mean())
    description = {
        "versions": versions(), "command": command(), "device": request.setting.device,
        **request.description,
    }  # fmt: skip
    return Member(
        heads=heads,
        time_unit=data.time_unit,
        scale=data.scale,
        times=tuple(float(time) for time in data.times),
        conditions=tuple(dict.fromkeys(data.conditions)),
        basis=train.basis if isinstance(train, Snapshots) else None,
        seed=request.seed,
        metrics=losses,
        provenance={**provenance, **description},
        history=pd.DataFrame(loop.state.history),
        efficacy=None if efficacy is None else float(efficacy),
        prior=request.method.prior,
    )
