"""`Fit`: one trained field, or an ensemble of several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from hillflow.data import LinearBasis, Snapshots
from hillflow.errors import InputError, MissingFileError
from hillflow.fields import VectorField
from hillflow.fields.base import as_intervention
from hillflow.findings import Finding
from hillflow.interventions import Intervention
from hillflow.model.cautious import cautious_mean, check_cautious
from hillflow.model.growth_genes import growth_genes
from hillflow.model.joining import check_joinable
from hillflow.model.log_density import LogDensity, log_density
from hillflow.model.member import CONTROL, Member
from hillflow.model.predict import check_genes, control_cells
from hillflow.model.summary import fit_facts, fit_findings
from hillflow.objectives.heads import Heads
from hillflow.objectives.moving import is_random
from hillflow.show import Block, Facts, Shown

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Fit(Shown):
    """One trained field, or an ensemble of several: its members.

    Members of one call of `hillflow.train.train` differ by their seed and by the training cells
    drawn; `Fit.of` joins fits of several fields. `velocity`, `simulate` and `predict` give the
    mean of the members, cell by cell; but where noise was learned, `simulate` and `predict` give
    each cell from one of the members, in turn: the mean of random paths has too little spread, and
    lies between fates that no cell is between. `velocities` and `predictions` give one result per
    member, whose spread measures the uncertainty of the fit.

    Attributes
    ----------
    members
        One `Member` or more. Genes, units and times are the same in all; other properties of
        the fit (``field``, ``seed``, ``provenance``, …) are those of the first.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.train import Setting, train
    >>> cells = hf.Snapshots.from_anndata(hf.simulate("toggle", cells=20, times=[0, 1, 2]))
    >>> fit = train("linear", cells, "ot-cfm", members=2, setting=Setting(effort=0.01))
    >>> fit.velocity(cells.x).shape, fit.velocities(cells.x).shape
    ((60, 2), (2, 60, 2))
    >>> fit.predict(cells, "A=ko").conditions
    (Intervention('A=knockout'),)
    """

    members: tuple[Member, ...]

    def __post_init__(self) -> None:
        if not self.members:
            raise InputError("one member or more", "none", "fit one with hillflow.fit")

    @classmethod
    def of(cls, *fits: Member | Fit) -> Fit:
        """Join the members of several fits of the same cells.

        Different fields make different errors, and their disagreement is part of the
        uncertainty. `benchmarks held_out_knockouts` measures how well such a mean predicts.
        """
        members = tuple(member for fit in fits for member in members_of(fit))
        check_joinable(members)
        return cls(members)

    # Properties of the members -----------------------------------------------------------

    @property
    def field(self) -> VectorField:
        """The first member's vector field."""
        return self.members[0].field

    @property
    def heads(self) -> Heads:
        """The first member's field with what was learned beside it (score, growth, …)."""
        return self.members[0].heads

    @property
    def seed(self) -> int:
        """The first member's seed."""
        return self.members[0].seed

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields, each once."""
        return tuple(dict.fromkeys(member.field.name for member in self.members))

    @property
    def genes(self) -> tuple[str, ...]:
        """Gene names, in the order of the columns of x."""
        return self.members[0].genes

    @property
    def time_unit(self) -> str:
        """Unit of the times in the data; velocities are expression per time unit."""
        return self.members[0].time_unit

    @property
    def scale(self) -> str:
        """Scale of the states: "counts", "log1p", "coordinates" or "unknown"."""
        return self.members[0].scale

    @property
    def times(self) -> tuple[float, ...]:
        """Times at which cells were measured."""
        return self.members[0].times

    @property
    def at_rest(self) -> bool:
        """Whether cells of one time were fitted; see `Member.at_rest`."""
        return self.members[0].at_rest

    @property
    def conditions(self) -> tuple[Intervention, ...]:
        """Conditions in which cells were measured."""
        return self.members[0].conditions

    @property
    def basis(self) -> LinearBasis | None:
        """The coordinates in which the first member's cells were coupled."""
        return self.members[0].basis

    @property
    def efficacy(self) -> float | None:
        """Share of a gene that a knockout hides from its targets; see `Member.efficacy`."""
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

    # Predictions -------------------------------------------------------------------------

    def velocity(
        self,
        x: ArrayLike,
        t: float | ArrayLike | None = None,
        intervention: Intervention | str = CONTROL,
    ) -> np.ndarray:
        """Return dx/dt, [cells, genes], mean over members; see `Member.velocity`."""
        return self._mean(self.velocities(x, t, intervention))

    def state_velocity(
        self,
        x: ArrayLike,
        t: float | ArrayLike | None = None,
        intervention: Intervention | str = CONTROL,
    ) -> np.ndarray:
        """Return dx/dt, and du/dt if there is unspliced mRNA; see `Member.state_velocity`."""
        return self._mean(np.stack([m.state_velocity(x, t, intervention) for m in self.members]))

    def velocities(
        self,
        x: ArrayLike,
        t: float | ArrayLike | None = None,
        intervention: Intervention | str = CONTROL,
    ) -> np.ndarray:
        """Return dx/dt of each member, [members, cells, genes]; see `Member.velocity`."""
        return np.stack([member.velocity(x, t, intervention) for member in self.members])

    def simulate(
        self,
        x0: ArrayLike,
        times: ArrayLike,
        intervention: Intervention | str = CONTROL,
        **options: Any,
    ) -> np.ndarray:
        """Integrate cells from x0, [times, cells, genes]; of members with noise, each some cells.

        Parameters as in `Member.simulate`.
        """
        paths = [m.simulate(x0, times, intervention, **options) for m in self.members]
        return self._as_one(np.stack(paths), intervention, options.get("noise", True))

    def predictions(
        self, snapshots: Snapshots, intervention: Intervention | str, *args: Any, **options: Any
    ) -> tuple[Snapshots, ...]:
        """Predict the cells with each member; parameters as in `Member.predict`."""
        return tuple(m.predict(snapshots, intervention, *args, **options) for m in self.members)

    def predict(
        self,
        snapshots: Snapshots,
        intervention: Intervention | str,
        *args: Any,
        cautious: bool = False,
        **options: Any,
    ) -> Snapshots:
        """Predict the cells under a perturbation; of members with noise, each some of the cells.

        Parameters as in `Member.predict`. With `cautious`, each gene's shift is reduced by twice
        the members' standard deviation; see `hillflow.model.cautious`.
        """
        if cautious:
            plain = options.get("absolute", False) or as_intervention(intervention).is_control
            check_cautious(len(self), plain)
        predictions = self.predictions(snapshots, intervention, *args, **options)
        if cautious:
            return cautious_mean(predictions, control_cells(self, snapshots))
        noise = options.get("noise", True)
        x = self._as_one(np.stack([p.x for p in predictions]), intervention, noise)
        return replace(predictions[0], x=x)

    def log_density(
        self, x: ArrayLike, t: float, log_start: LogDensity, steps: int = 40
    ) -> np.ndarray:
        """Return the log-likelihood of cells at a time, [cells]; of several members, of their mix.

        Parameters as in `hillflow.model.log_density.log_density`.
        """
        each = [log_density(member, x, t, log_start, steps) for member in self.members]
        return np.asarray(np.logaddexp.reduce(each, axis=0) - np.log(len(each)))

    def growth_genes(self, cells: Snapshots) -> pd.DataFrame:
        """Rank genes by how much the learned growth depends on them.

        A row a gene, the largest ``effect`` first; see `hillflow.model.growth_genes.growth_genes`.
        """
        check_genes(self, cells)
        return growth_genes(self.members, cells)

    def denoise(self, x: ArrayLike) -> np.ndarray:
        """Project measured states as the first member does; see `Member.denoise`."""
        return self.members[0].denoise(x)

    def as_fitted(self, intervention: Intervention | str) -> Intervention:
        """Return the intervention as it acts in the first member; see `Member.as_fitted`."""
        return self.members[0].as_fitted(intervention)

    def _as_one(
        self, results: np.ndarray, intervention: Intervention | str, noise: bool
    ) -> np.ndarray:
        """Results [members, …, cells, genes] as those of one fit: a mean, or cells in turn."""
        intervened = not as_intervention(intervention).is_control
        if not noise or not any(is_random(member.heads, intervened) for member in self.members):
            return self._mean(results)
        cells = np.arange(results.shape[-2])
        return np.asarray(np.moveaxis(results[cells % len(self), ..., cells, :], 0, -2))

    def _mean(self, results: np.ndarray) -> np.ndarray:
        return results[0] if len(results) == 1 else results.mean(axis=0).astype(results.dtype)

    # Display and files -------------------------------------------------------------------

    @property
    def no_better_than_no_change(self) -> bool:
        """Whether no member predicts validation cells better than no change does."""
        return all(member.no_better_than_no_change for member in self.members)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Caveats of the fit, for readers of any result that rests on it."""
        return fit_findings(self.members)

    def blocks(self) -> list[Block]:
        """Return the facts of the fit: field, method, data, units and losses."""
        return [Facts(fit_facts(self.members))]

    def summary(self) -> str:
        """Return the facts and findings of the fit as text."""
        return str(self)

    def to(self, device: str) -> Fit:
        """Return the fit with copies of its members on a device; see `Member.to`."""
        return Fit(tuple(member.to(device) for member in self.members))

    def save(self, folder: str | Path) -> Path:
        """Write the members into ``member-0``, ``member-1``, … in a folder."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for number, member in enumerate(self.members):
            member.save(folder / member_name(number))
        return folder

    @classmethod
    def load(cls, folder: str | Path, members: int | None = None) -> Fit:
        """Read the first `members` (None: all) that `save` wrote, such as ``RUN/model``."""
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
    """Return the name of a member's folder."""
    return f"member-{number}"


def members_of(fitted: Fitted) -> tuple[Member, ...]:
    """Return the members of a fit, or a single member as a tuple."""
    if isinstance(fitted, Member):
        return (fitted,)
    if isinstance(fitted, Fit):
        return fitted.members
    raise InputError(
        "a Fit", type(fitted).__name__,
        "fit one with hillflow.fit, or take run.fit of a run (Run.open(path))",
    )  # fmt: skip
