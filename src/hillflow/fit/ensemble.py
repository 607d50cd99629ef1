"""Ensembles: the same fit over seeds and bootstrapped cells, to see what is stable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.data import Snapshots
from hillflow.errors import GeneNameError, InputError, MissingFileError, TimeError
from hillflow.fields import VectorField, field_entries
from hillflow.fields.base import as_intervention
from hillflow.fit.cautious import cautious_mean, check_cautious
from hillflow.fit.describe import describe_field
from hillflow.fit.files import replacing
from hillflow.fit.fit import Stages, only_field, resolve_field, resolve_method, train
from hillflow.fit.model import CONTROL, Model
from hillflow.fit.model_files import DESCRIPTION, check_savable
from hillflow.fit.predict import control_cells
from hillflow.fit.prepare import Data, Setting, check, check_kind
from hillflow.fit.progress import Told, teller
from hillflow.fit.request import Request
from hillflow.fit.run import CHECKPOINT, MODEL, Run, begin, check_target, finish, member_folder
from hillflow.interventions import Intervention

if TYPE_CHECKING:
    from rich.progress import Progress


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Models of the same genes: of one request, by seed and by the cells drawn; or of several."""

    models: tuple[Model, ...]

    @classmethod
    def of(cls, *fits: Model | Ensemble | Run) -> Ensemble:
        """The members of several fits of the same cells as one, each counted once.

        Fields err differently, and what they disagree on is part of how sure one can be. How well
        such a mean foretells knockouts stands in `benchmarks held_out_knockouts`.
        """
        models = tuple(model for fit in fits for model in models_of(fit))
        if not models:
            raise InputError("fits to take models from", "none", "pass models, ensembles or runs")
        if len({id(model) for model in models}) < len(models):
            raise InputError(
                "each fit once", "one of them again", "leave it out: it would look too sure"
            )
        first = models[0]
        for other in models[1:]:
            if other.genes != first.genes:
                raise GeneNameError(
                    f"fits of the same genes in the same order ({len(first.genes):,})",
                    f"another of {len(other.genes):,} genes" if len(other.genes) != len(first.genes)
                    else "another whose genes differ or stand in another order",
                    "fit them to the same cells",
                )  # fmt: skip
            if other.time_unit != first.time_unit:
                raise TimeError(
                    f"fits in the same unit of time ({first.time_unit or 'none'})",
                    f"another in {other.time_unit or 'none'}", "fit them to the same cells",
                )  # fmt: skip
            if other.scale != first.scale:
                raise InputError(
                    f"fits to the same scale of expression ({first.scale})",
                    f"another to {other.scale}", "fit them to the same cells",
                )  # fmt: skip
        # Of other fields name, options and tensors do not say all: a formula is none of them.
        known = {entry.cls for entry in field_entries()}
        fields = [model.field for model in models if type(model.field) in known]
        described = [describe_field(field) for field in fields]
        if any(one in described[:place] for place, one in enumerate(described)):
            raise InputError(
                "fits that differ", "two with the same numbers, as of a run and its copy",
                "leave one out, or fit it with another seed: together they would look too sure",
            )  # fmt: skip
        return cls(models)

    def velocities(
        self,
        x: np.ndarray,
        t: float | np.ndarray | None = None,
        intervention: Intervention | str = CONTROL,
    ) -> np.ndarray:
        """dx/dt by each member, [members, cells, genes]; see `Model.velocity`."""
        return np.stack([model.velocity(x, t, intervention) for model in self.models])

    def predictions(
        self, snapshots: Snapshots, intervention: Intervention | str, *args: Any, **options: Any
    ) -> tuple[Snapshots, ...]:
        """What each member predicts of the same cells; arguments as in `Model.predict`."""
        return tuple(m.predict(snapshots, intervention, *args, **options) for m in self.models)

    def predict(
        self,
        snapshots: Snapshots,
        intervention: Intervention | str,
        *args: Any,
        cautious: bool = False,
        **options: Any,
    ) -> Snapshots:
        """The mean of the members' predictions, cell by cell; `predictions` shows their spread.

        With `cautious` each gene moves less by twice what members differ in; see `cautious_mean`.
        """
        if cautious:
            plain = options.get("absolute", False) or as_intervention(intervention).is_control
            check_cautious(len(self), plain)
        members = self.predictions(snapshots, intervention, *args, **options)
        if cautious:
            return cautious_mean(members, control_cells(self.models[0], snapshots))
        mean = np.mean([member.x for member in members], axis=0)
        return replace(members[0], x=mean.astype(members[0].x.dtype))

    def summary(self) -> str:
        """The first member's summary, and how far the members land from the cells."""
        errors = [model.metrics.get("landing_error", np.nan) for model in self.models]
        land = f"which land {min(errors):.4g} to {max(errors):.4g} from the cells"
        return (
            f"{self.models[0].summary()}\n"
            f"Ensemble    {len(self)} members, {land}; the first is shown, predict takes their mean"
        )

    def save(self, folder: str | Path) -> Path:
        """Write each member into ``member-0``, ``member-1``, … in a folder."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for number, model in enumerate(self.models):
            model.save(folder / f"member-{number}")
        return folder

    @classmethod
    def load(cls, folder: str | Path) -> Ensemble:
        """Read what `save` wrote (``RUN/model`` of a run)."""
        folder = Path(folder)
        found: list[Model] = []
        while (folder / f"member-{len(found)}").is_dir():
            found.append(Model.load(folder / f"member-{len(found)}"))
        if not found:
            raise MissingFileError(
                "the folder of an ensemble, with member-0 and so on",
                f"none in {folder}",
                "load a single model with Model.load",
            )
        return cls(tuple(found))

    def __len__(self) -> int:
        return len(self.models)

    def __iter__(self) -> Iterator[Model]:
        return iter(self.models)


def models_of(fitted: Model | Ensemble | Run) -> tuple[Model, ...]:
    """Its models: one, or the members of an ensemble."""
    if isinstance(fitted, Model):
        return (fitted,)
    if isinstance(fitted, Ensemble | Run):
        return fitted.models
    raise InputError(
        "a fitted Model, an Ensemble or a Run",
        type(fitted).__name__,
        "fit one with hillflow.fit.fit, or open a run directory with Run.open(path)",
    )


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
        from hillflow.fit.choose import choose_again_or_read

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
