"""Ensembles: the same fit over seeds and bootstrapped cells, to see what is stable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.data import Snapshots
from hillflow.errors import GeneNameError, InputError, MissingFileError, TimeError
from hillflow.fields import FIELDS
from hillflow.fields.base import as_intervention
from hillflow.interventions import Intervention
from hillflow.model.cautious import cautious_mean, check_cautious
from hillflow.model.describe import describe_field
from hillflow.model.model import CONTROL, Model
from hillflow.model.predict import control_cells

if TYPE_CHECKING:
    from hillflow.results.run import Run


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
        known = {entry.cls for entry in FIELDS.values()}
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
    if isinstance(fitted, Ensemble) or hasattr(fitted, "models"):
        return fitted.models
    raise InputError(
        "a fitted Model, an Ensemble or a Run",
        type(fitted).__name__,
        "fit one with hillflow.train.train, or open a run directory with Run.open(path)",
    )
