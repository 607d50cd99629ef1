"""A fit: one member or more, asked together.

A member is one trained field with its genes and units. Members of one request differ by seed
and by the cells drawn; fits of several fields can be joined (`Fit.of`). What a fit is asked, it
answers by the mean of its members; the plural of each question gives one answer a member, whose
spread is what the fit does not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from hillflow.data import LinearBasis, Snapshots
from hillflow.errors import GeneNameError, InputError, MissingFileError, TimeError
from hillflow.fields import FIELDS, VectorField
from hillflow.fields.base import as_intervention
from hillflow.findings import Finding
from hillflow.interventions import Intervention
from hillflow.model.cautious import cautious_mean, check_cautious
from hillflow.model.describe import describe_field
from hillflow.model.member import CONTROL, Member
from hillflow.model.predict import control_cells
from hillflow.model.summary import fit_facts, fit_findings
from hillflow.objectives.heads import Heads
from hillflow.show import Block, Facts, Shown

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Fit(Shown):
    """Members of the same genes: of one request, or of several.

    Attributes
    ----------
    members
        One or more; the first stands for all in what they share (genes, units, times).
    """

    members: tuple[Member, ...]

    def __post_init__(self) -> None:
        if not self.members:
            raise InputError("a member or more", "none", "fit one with hillflow.fit")

    @classmethod
    def of(cls, *fits: Member | Fit) -> Fit:
        """The members of several fits of the same cells as one, each counted once.

        Fields err differently, and what they disagree on is part of how sure one can be. How well
        such a mean predicts knockouts stands in `benchmarks held_out_knockouts`.
        """
        members = tuple(member for fit in fits for member in members_of(fit))
        if not members:
            raise InputError("fits to take members from", "none", "pass fits, or run.fit of runs")
        if len({id(member) for member in members}) < len(members):
            raise InputError(
                "each fit once", "one of them again", "leave it out: it would look too sure"
            )
        for other in members[1:]:
            _check_alike(members[0], other)
        # Of other fields name, options and tensors do not say all: a formula is none of them.
        known = {entry.cls for entry in FIELDS.values()}
        fields = [member.field for member in members if type(member.field) in known]
        described = [describe_field(field) for field in fields]
        if any(one in described[:place] for place, one in enumerate(described)):
            raise InputError(
                "fits that differ", "two with the same numbers, as of a run and its copy",
                "leave one out, or fit it with another seed: together they would look too sure",
            )  # fmt: skip
        return cls(members)

    # What the members share --------------------------------------------------------------

    @property
    def field(self) -> VectorField:
        """The first member's vector field."""
        return self.members[0].field

    @property
    def heads(self) -> Heads:
        """The first member's field, and what was learnt beside it (score, growth, …)."""
        return self.members[0].heads

    @property
    def seed(self) -> int:
        """The first member's seed."""
        return self.members[0].seed

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the kinds of field, each once."""
        return tuple(dict.fromkeys(member.field.name for member in self.members))

    @property
    def genes(self) -> tuple[str, ...]:
        """Gene names, in the order of the columns of x."""
        return self.members[0].genes

    @property
    def time_unit(self) -> str:
        """Of the data; velocities are expression a time unit."""
        return self.members[0].time_unit

    @property
    def scale(self) -> str:
        """Of the expression: "counts", "log1p" or "unknown"."""
        return self.members[0].scale

    @property
    def times(self) -> tuple[float, ...]:
        """When cells were measured."""
        return self.members[0].times

    @property
    def conditions(self) -> tuple[Intervention, ...]:
        """Under which interventions cells were measured."""
        return self.members[0].conditions

    @property
    def basis(self) -> LinearBasis | None:
        """The coordinates that the first member's cells were coupled in."""
        return self.members[0].basis

    @property
    def efficacy(self) -> float | None:
        """What share of a gene a knockout hides from its targets, where that was told or learnt."""
        return self.members[0].efficacy

    @property
    def provenance(self) -> dict[str, Any]:
        """Versions, method, setting, data and command of the first member."""
        return self.members[0].provenance

    @property
    def metrics(self) -> dict[str, float]:
        """``validation_loss`` and ``no_change_loss``, means over the members that have them."""
        names = dict.fromkeys(name for member in self.members for name in member.metrics)
        return {
            name: float(np.mean([m.metrics[name] for m in self.members if name in m.metrics]))
            for name in names
        }

    @property
    def history(self) -> pd.DataFrame:
        """Loss terms and validation loss by member, stage and step."""
        import pandas as pd

        parts = [member.history.assign(member=k) for k, member in enumerate(self.members)]
        return pd.concat(parts, ignore_index=True)

    # Questions ---------------------------------------------------------------------------

    def velocity(
        self,
        x: ArrayLike,
        t: float | ArrayLike | None = None,
        intervention: Intervention | str = CONTROL,
    ) -> np.ndarray:
        """dx/dt, [cells, genes], mean over members; see `Member.velocity`."""
        return self._mean(self.velocities(x, t, intervention))

    def velocities(
        self,
        x: ArrayLike,
        t: float | ArrayLike | None = None,
        intervention: Intervention | str = CONTROL,
    ) -> np.ndarray:
        """dx/dt by each member, [members, cells, genes]."""
        return np.stack([member.velocity(x, t, intervention) for member in self.members])

    def simulate(
        self,
        x0: ArrayLike,
        times: ArrayLike,
        intervention: Intervention | str = CONTROL,
        *,
        steps: int = 10,
    ) -> np.ndarray:
        """Cells rolled out from x0, [times, cells, genes]; mean over members, cell by cell.

        Arguments as in `Member.simulate`.
        """
        paths = [m.simulate(x0, times, intervention, steps=steps) for m in self.members]
        return self._mean(np.stack(paths))

    def predictions(
        self, snapshots: Snapshots, intervention: Intervention | str, *args: Any, **options: Any
    ) -> tuple[Snapshots, ...]:
        """What each member predicts of the same cells; arguments as in `Member.predict`."""
        return tuple(m.predict(snapshots, intervention, *args, **options) for m in self.members)

    def predict(
        self,
        snapshots: Snapshots,
        intervention: Intervention | str,
        *args: Any,
        cautious: bool = False,
        **options: Any,
    ) -> Snapshots:
        """The mean of the members' predictions, cell by cell; arguments as in `Member.predict`.

        With `cautious` each gene moves less by twice what members differ in; see `cautious_mean`.
        """
        if cautious:
            plain = options.get("absolute", False) or as_intervention(intervention).is_control
            check_cautious(len(self), plain)
        members = self.predictions(snapshots, intervention, *args, **options)
        if cautious:
            return cautious_mean(members, control_cells(self, snapshots))
        return replace(members[0], x=self._mean(np.stack([member.x for member in members])))

    def denoise(self, x: ArrayLike) -> np.ndarray:
        """Measured states as the first member saw them in training."""
        return self.members[0].denoise(x)

    def as_fitted(self, intervention: Intervention | str) -> Intervention:
        """The intervention as it acts in the first member; see `Member.as_fitted`."""
        return self.members[0].as_fitted(intervention)

    def _mean(self, each: np.ndarray) -> np.ndarray:
        return each[0] if len(each) == 1 else each.mean(axis=0).astype(each.dtype)

    # Words and files ---------------------------------------------------------------------

    @property
    def no_better_than_no_change(self) -> bool:
        """Whether every member predicts validation cells no better than cells that stay put."""
        return all(member.no_better_than_no_change for member in self.members)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What to be careful with."""
        return fit_findings(self.members)

    def blocks(self) -> list[Block]:
        """What was fitted on what, how well, in which units."""
        return [Facts(fit_facts(self.members))]

    def summary(self) -> str:
        """The same as text, with what to be careful with."""
        return str(self)

    def save(self, folder: str | Path) -> Path:
        """Write each member into ``member-0``, ``member-1``, … in a folder."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for number, member in enumerate(self.members):
            member.save(folder / member_name(number))
        return folder

    @classmethod
    def load(cls, folder: str | Path, members: int | None = None) -> Fit:
        """Read what `save` wrote (``RUN/model`` of a run): so many members, or all there are."""
        folder, loaded = Path(folder), list[Member]()
        while len(loaded) != members and (
            members is not None or (folder / member_name(len(loaded))).is_dir()
        ):
            loaded.append(Member.load(folder / member_name(len(loaded))))
        if not loaded:
            raise MissingFileError(
                "the folder of a fit, with member-0 and so on", f"none in {folder}",
                "name the folder that fit.save wrote, such as RUN/model",
            )  # fmt: skip
        return cls(tuple(loaded))

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[Member]:
        return iter(self.members)

    def __getitem__(self, number: int) -> Member:
        return self.members[number]

    def __repr__(self) -> str:
        count = f"{len(self)} members of " if len(self) > 1 else ""
        return f"Fit({count}{self.members[0]!r})"


Fitted: TypeAlias = Fit | Member


def member_name(number: int) -> str:
    """What the folder of a member is called."""
    return f"member-{number}"


def members_of(fitted: Fitted) -> tuple[Member, ...]:
    """The members of a fit; of a member, itself."""
    if isinstance(fitted, Member):
        return (fitted,)
    if isinstance(fitted, Fit):
        return fitted.members
    raise InputError(
        "a Fit", type(fitted).__name__,
        "fit one with hillflow.fit, or take run.fit of a run (Run.open(path))",
    )  # fmt: skip


def _check_alike(first: Member, other: Member) -> None:
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
