"""Ensembles: the same fit over seeds and bootstrapped cells, to see what is stable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.errors import InputError
from hillflow.fields import VectorField
from hillflow.files import replacing
from hillflow.model.fit import Ensemble
from hillflow.model.model import Model
from hillflow.model.storage import DESCRIPTION, check_savable
from hillflow.progress import Told, teller
from hillflow.results.run import CHECKPOINT, MODEL, begin, check_target, finish, member_folder
from hillflow.train.prepare import Data, Setting, check, check_kind
from hillflow.train.request import Request
from hillflow.train.train import Stages, only_field, resolve_field, resolve_method, train

if TYPE_CHECKING:
    from rich.progress import Progress


def fit_ensemble(
    field: VectorField | str,
    data: Data,
    stages: Stages = "default",
    *,
    members: int = 5,
    seed: int = 0,
    bootstrap: bool = True,
    jobs: int = 1,
    setting: Setting | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: Progress | Told | None = None,
) -> Ensemble:
    """Fit several members; each depends on `seed` and its number alone.

    So member 2 is the same whatever the number of members or of jobs, and can be had alone:
    ``fit(field, data, stages, seed=member_seed(seed, 2), setting=replace(setting,
    bootstrap=True))``. Where the method has a path of sparsity, members take it in turn
    (`Method.of_member`).

    Parameters
    ----------
    members
        How many, at least 2.
    bootstrap
        Draw the training cells of each population anew for each member (see `resample`);
        otherwise members differ by their seed alone.
    jobs
        Processes that fit at the same time.
    field, data, stages, seed, setting, out, resume, overwrite, progress
        As in `fit`; "auto" is settled once, for all members. A named field is built with
        each member's seed. Members that a resumed run has finished are read.
    """
    if members < 2:
        raise InputError("two members or more", f"{members}", "call fit for a single model")
    if jobs < 1:
        raise InputError("one job or more", f"jobs={jobs}", "write jobs=1")
    check_kind(data)
    setting = replace(setting or Setting(), bootstrap=bootstrap)
    method = resolve_method(stages, setting)
    field = only_field(field, method)
    provenance: dict[str, Any] = {}
    if isinstance(field, str) and field == "auto":
        from hillflow.train.contest import choose_again_or_read

        alike = replace(setting, bootstrap=False)
        choice = choose_again_or_read(data, stages, seed, alike, out, resume, progress)
        field, provenance = choice.name, {"choice": choice.to_json()}
    requests, perturbed = [], _perturbed_share(data)
    for number in range(members):
        own = member_seed(seed, number)
        built = resolve_field(field, data, own)
        requests.append(Request(built, data, method.of_member(number, perturbed), own, setting))
    provenance["ensemble"] = {"seed": seed}
    first = requests[0]
    check(first.field, data, method, setting)
    if out is None:
        if resume:
            raise InputError("out=… with the run to resume", "none", "name its folder")
        return Ensemble(_all(requests, provenance, None, jobs, teller(progress)))
    check_savable(first.field)
    path = Path(out)
    asked = {**first.description, "seed": seed, "members": members}
    manifest = check_target(path, asked, resume=resume, overwrite=overwrite)
    if manifest is None:
        manifest = begin(path, asked, **provenance)
    (path / MODEL).mkdir(exist_ok=True)
    models = _all(requests, provenance, path, jobs, teller(progress))
    if not manifest["finished"]:
        finish(path, manifest, models, data)
    return Ensemble(models)


def member_seed(seed: int, number: int) -> int:
    """The seed of a member, unlike that of any other member or ensemble."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def _perturbed_share(data: Data) -> float:
    """The share of the genes that something was done to in some condition."""
    return len({gene for one in data.conditions for gene in one.genes}) / len(data.genes)


def _all(
    requests: Sequence[Request], provenance: dict[str, Any], path: Path | None, jobs: int,
    tell: Told,
) -> tuple[Model, ...]:  # fmt: skip
    """Every member, in order; the next is begun when a process is free."""
    found: Iterator[Model]
    if jobs == 1:
        found = (_member(one, provenance, path, number) for number, one in enumerate(requests))
    else:
        from joblib import Parallel, delayed  # type: ignore[import-untyped]

        found = Parallel(n_jobs=min(jobs, len(requests)), return_as="generator")(
            delayed(_member)(one, provenance, path, number) for number, one in enumerate(requests)
        )
    models = []
    for model in found:
        models.append(model)
        tell("ensemble", len(models), len(requests))
    return tuple(models)


def _member(request: Request, provenance: dict[str, Any], path: Path | None, number: int) -> Model:
    """Fit one member, or read it where a resumed run has finished it."""
    if path is None:
        return train(request, provenance)
    folder = member_folder(path, number)
    if (folder / DESCRIPTION).is_file():
        return Model.load(folder)
    checkpoint = path / f"{CHECKPOINT}-{number}.safetensors"
    model = train(request, provenance, checkpoint=checkpoint)
    with replacing(folder) as draft:
        model.save(draft)
    return model
