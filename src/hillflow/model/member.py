"""`Member`: one trained field with its genes, units and provenance."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from hillflow.data import LinearBasis, Snapshots
from hillflow.devices import check_device
from hillflow.errors import GeneNameError, InputError, TimeError
from hillflow.fields import CandidateEdges, VectorField
from hillflow.fields.base import as_intervention
from hillflow.fields.with_unspliced import WithUnspliced
from hillflow.interventions import Intervention
from hillflow.model.below_zero import warn_below_zero
from hillflow.model.efficacy import as_fitted
from hillflow.model.learned import learned_in_brief
from hillflow.model.predict import predict
from hillflow.model.storage import load_member, save_member
from hillflow.objectives.heads import Heads
from hillflow.objectives.moving import is_random, moving, step_of
from hillflow.objectives.problem import trainable
from hillflow.solve import trajectory

if TYPE_CHECKING:
    import pandas as pd

CONTROL = Intervention.control()
CELLS_AT_ONCE = 8192  # bounds the memory of a call for any number of cells


@dataclasses.dataclass(frozen=True, eq=False)
class Member:
    """One trained field of a `Fit`, with its genes, units and provenance.

    Attributes
    ----------
    heads
        The field with what was learned beside it (score, growth, …).
    time_unit, scale
        Units of the fitted data; velocities are expression per time unit.
    times, conditions
        Times and conditions in which cells were measured.
    basis
        The coordinates in which cells were coupled; None for trajectories.
    seed
        Seed of all random numbers.
    metrics
        ``validation_loss`` and ``no_change_loss``; lower is better.
    provenance
        Versions, method, setting, device, data and command, as plain JSON values.
    history
        Loss terms and validation loss by stage and step.
    efficacy
        Share of a gene that a knockout hides from its targets (the mean, if learned); None:
        a knockout removes the gene's production. See `hillflow.train.Setting`.
    prior
        The network towards which training pulled the production (`Method.with_prior`), so that
        its edges do not count as inferred; None without one. Candidate edges are in the field.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.train import Setting, train
    >>> cells = hf.Snapshots.from_anndata(hf.simulate("toggle", cells=20, times=[0, 1, 2]))
    >>> member = train("linear", cells, "ot-cfm", setting=Setting(effort=0.01))[0]
    >>> member
    Member('linear', 2 genes, times 0, 1, 2 h, 1 condition)
    >>> member.simulate(cells.x[:5], [0, 0.5, 1], "A=ko").shape  # [times, cells, genes]
    (3, 5, 2)
    """

    heads: Heads
    time_unit: str
    scale: str
    times: tuple[float, ...]
    conditions: tuple[Intervention, ...]
    basis: LinearBasis | None
    seed: int
    metrics: dict[str, float]
    provenance: dict[str, Any]
    history: pd.DataFrame = dataclasses.field(repr=False)
    efficacy: float | None = None
    prior: CandidateEdges | None = None

    @property
    def field(self) -> VectorField:
        """The vector field."""
        return self.heads.field

    @property
    def genes(self) -> tuple[str, ...]:
        """Gene names, in the order of the columns of x."""
        return self.heads.field.genes

    @property
    def at_rest(self) -> bool:
        """Whether it was fitted to cells of one time, whose populations are taken to be at rest."""
        return len(self.times) == 1 and not self.provenance.get("data", {}).get("velocity", False)

    @property
    def in_own_time(self) -> bool:
        """Whether it was fitted to RNA velocities alone, so that rates are in their time."""
        stages = self.provenance.get("method", {}).get("stages", [])
        return bool(stages) and all(s["objective"]["kind"] == "Velocity" for s in stages)

    @property
    def regulators(self) -> tuple[str, ...] | None:
        """The genes that may act, if the fit was told; None: all, or as a built field has it."""
        named = self.provenance.get("setting", {}).get("regulators")
        return None if named is None else tuple(named)

    def velocity(
        self,
        x: ArrayLike,
        t: float | ArrayLike | None = None,
        intervention: Intervention | str = CONTROL,
    ) -> np.ndarray:
        """Return dx/dt of each cell, in expression per time unit.

        Parameters
        ----------
        x
            States, [cells, genes]. Of a fit to spliced and unspliced mRNA also [cells, 2·genes],
            spliced, then unspliced; without the unspliced, splicing is in balance with
            transcription, and dx/dt is that of the field.
        t
            One time for all cells or one per cell; required by fields that depend on time.
        intervention
            The perturbation of the cells, as text such as ``"GATA1=ko"`` or an `Intervention`.

        Returns
        -------
        numpy.ndarray
            [cells, genes].
        """
        return self.state_velocity(x, t, intervention)[:, : len(self.genes)]

    def state_velocity(
        self,
        x: ArrayLike,
        t: float | ArrayLike | None = None,
        intervention: Intervention | str = CONTROL,
    ) -> np.ndarray:
        """Return dx/dt, and du/dt of a fit to spliced and unspliced mRNA, [cells, 2·genes].

        Parameters as in `velocity`.
        """
        field = self.acting(intervention)
        if t is None and not field.autonomous:
            raise InputError(
                f"a time, on which this {self.field.name!r} field depends", "none",
                "pass t=… (one number, or one per cell)",
            )  # fmt: skip
        parts = []
        with torch.no_grad():
            for rows, states in self._blocks(x):
                time: float | Tensor | None = None
                if t is not None:
                    times = np.asarray(t, dtype=np.float64)
                    time = self._tensor(times[rows]) if times.ndim else float(times)
                parts.append(field(time, field.admit(states)).numpy(force=True))
        return np.concatenate(parts)

    @property
    def noise_basis(self) -> Tensor | None:
        """Orthonormal columns, [genes, d], along which a diffusion has noise; None: all genes."""
        if self.basis is None or self.basis.size == len(self.genes):
            return None
        return self._tensor(self.basis.components)

    def simulate(
        self,
        x0: ArrayLike,
        times: ArrayLike,
        intervention: Intervention | str = CONTROL,
        *,
        steps: int | None = None,
        seed: int = 0,
        noise: bool = True,
    ) -> np.ndarray:
        """Move cells from given states by the field, with the noise and proteins that were learned.

        With a score s beside the flow f, cells follow dx = (f + σ²/2 s) dt + σ dW, whose
        populations are those of dx = f dt, the path without noise. They can then also be moved
        backwards, from a later population to earlier ones. Under an intervention, whose cells have
        a score that is not known, they follow the flow.

        Parameters
        ----------
        x0
            States at ``times[0]``, [cells, genes]; of a fit to spliced and unspliced mRNA also
            [cells, 2·genes], see `Snapshots.measured`.
        times
            Increasing times in `time_unit`; the first is the time of x0. Decreasing ones, if a
            score was learned and there is no intervention.
        intervention
            The perturbation of the cells from ``times[0]`` on.
        steps
            Solver steps between two times; None: 10, or with noise or proteins as in training.
        seed
            Seed of the noise; the same seed gives the same paths.
        noise
            Whether cells follow random paths if noise was learned; False: the path without
            noise, which differs from the mean over cells where cells branch.

        Returns
        -------
        numpy.ndarray
            States at all times, [times, cells, genes].
        """
        field = self._perturbed(intervention)
        checked = np.asarray(times, dtype=np.float64)
        gaps = np.diff(checked) if checked.ndim == 1 else checked
        reversible = self.heads.score is not None and field is self.field
        backwards = reversible and gaps.size > 0 and bool((gaps < 0).all())
        if checked.ndim != 1 or not len(checked) or not ((gaps > 0).all() or backwards):
            raise TimeError(
                "increasing times, the first that of x0",
                str(checked.tolist()),
                "sort the times and give each once (integration only runs forward in time, unless "
                "a score was learned, as by 'sf2m', and no cell is perturbed)",
            )
        end = float(checked[0]) if backwards and noise else None
        clock = checked if end is None else end - checked
        generator = torch.Generator().manual_seed(seed) if noise else None
        longest = step_of(self.heads, self.times) if steps is None else None
        parts = []
        with torch.no_grad():
            moved, solver = moving(self.heads, field, generator, along=self.noise_basis, end=end)
            for _, states in self._blocks(x0):
                path = trajectory(
                    moved, states, clock.tolist(), solver=solver, steps=steps or 10,
                    max_step=longest,
                )  # fmt: skip
                parts.append(path[..., : len(self.genes)].numpy(force=True))
        simulated = np.concatenate(parts, axis=1)
        if noise and not backwards and is_random(self.heads, field is not self.field):
            warn_below_zero(self.heads, simulated[0], simulated)
        return simulated

    def mass_along(self, path: np.ndarray, times: ArrayLike) -> np.ndarray:
        """Return exp ∫ g(x(t), t) dt of each cell along its path, if growth was learned; else 1.

        Parameters
        ----------
        path
            States at `times`, [times, cells, genes], as `simulate` returns them. The integral is
            by the trapezoidal rule, so that times must lie close.
        times
            Increasing times.

        Returns
        -------
        numpy.ndarray
            Expected number of descendants of each cell, [times, cells]; 1 at the first time.
        """
        growth = self.heads.growth
        if growth is None:
            return np.ones(path.shape[:2])
        at = np.asarray(times, dtype=np.float64)
        with torch.no_grad():
            rates = np.stack([
                growth(self._tensor(x), self._tensor(np.full(len(x), t))).double().numpy(force=True)
                for x, t in zip(path, at, strict=True)
            ])  # fmt: skip
        steps = np.diff(at)[:, None] * (rates[1:] + rates[:-1]) / 2
        return np.asarray(np.exp(np.concatenate([np.zeros((1, path.shape[1])), steps.cumsum(0)])))

    def predict(
        self,
        snapshots: Snapshots,
        intervention: Intervention | str,
        times: Sequence[float] | None = None,
        *,
        start: float | None = None,
        absolute: bool = False,
        steps: int | None = None,
        seed: int = 0,
        noise: bool = True,
    ) -> Snapshots:
        """Predict the cells under a perturbation; see `hillflow.model.predict.predict`."""
        return predict(
            self, snapshots, as_intervention(intervention), times, start=start,
            absolute=absolute, steps=steps, seed=seed, noise=noise,
        )  # fmt: skip

    def as_fitted(self, intervention: Intervention | str) -> Intervention:
        """Return the intervention with knockouts as they acted in training.

        With an efficacy, knockouts become cuts: of the learned efficacy if the condition was in
        the data, else of the mean. For a field without production they become clamps at 0.
        """
        (fitted,) = trainable((as_fitted(self, as_intervention(intervention)),), self.field)
        return fitted

    def denoise(self, x: ArrayLike) -> np.ndarray:
        """Project cells on the basis and back, as in training.

        Levels below 0 are clipped for fields that need x ≥ 0. Unspliced mRNA, in columns after
        the genes, is not changed.
        """
        x, unspliced = np.split(self._checked(x), [len(self.genes)], axis=1)
        if self.basis is not None and self.basis.size < len(self.genes):
            x = self.basis.lift(self.basis.project(x))
        x = np.maximum(x, 0.0) if self.field.keeps_orthant else x
        return np.concatenate([x, unspliced], axis=1) if unspliced.size else x

    @property
    def no_better_than_no_change(self) -> bool:
        """Whether the validation loss is at least the no-change loss."""
        loss, no_change = self.metrics.get("validation_loss"), self.metrics.get("no_change_loss")
        return loss is not None and no_change is not None and loss >= no_change

    def to(self, device: str) -> Member:
        """Return the member with a copy of its heads on a device, on which it then computes.

        `velocity`, `simulate`, `predict` and knockouts compute there; they take and return arrays
        as before, and draw the same random numbers. Networks and laws are read on the CPU.
        """
        name = check_device(device)
        return dataclasses.replace(self, heads=copy.deepcopy(self.heads).to(name))

    def save(self, folder: str | Path) -> Path:
        """Write ``model.safetensors`` and ``model.json`` into a folder."""
        return save_member(self, Path(folder))

    @classmethod
    def load(cls, folder: str | Path) -> Member:
        """Read a member that `save` wrote. Files that can run code (pickles) are refused."""
        return load_member(Path(folder), cls)

    def acting(self, intervention: Intervention | str = CONTROL) -> VectorField:
        """Return the field that moves cells under an intervention.

        Of a fit to spliced and unspliced mRNA it has states [s, u]; the field of s alone has the
        same rest states.
        """
        field = self._perturbed(intervention)
        splicing = self.heads.splicing
        return field if splicing is None else WithUnspliced(field, splicing)

    def _perturbed(self, intervention: Intervention | str) -> VectorField:
        return self.field.do(self.as_fitted(as_intervention(intervention).check(self.genes)))

    def _checked(self, states: ArrayLike) -> np.ndarray:
        x, size = np.asarray(states), self.field.state_size
        sizes = (size,) if self.heads.splicing is None else (size, 2 * size)
        if x.ndim != 2 or x.shape[1] not in sizes or x.dtype.kind not in "fiub":
            raise GeneNameError(
                f"states of shape [cells, {size}], one column for each gene of the fit"
                + f" (or {2 * size}: spliced, then unspliced)" * (len(sizes) > 1),
                f"{type(states).__name__} of shape {x.shape}",
                "order the columns as fit.genes (snapshots.select_genes(fit.genes)), and pass "
                "snapshots.x",
            )
        return x

    def _tensor(self, values: np.ndarray) -> Tensor:
        like = self.field._like()
        return torch.as_tensor(np.ascontiguousarray(values), dtype=like.dtype, device=like.device)

    def _blocks(self, states: ArrayLike) -> Iterator[tuple[slice, Tensor]]:
        x = self._checked(states)
        for start in range(0, max(1, len(x)), CELLS_AT_ONCE):
            rows = slice(start, start + CELLS_AT_ONCE)
            yield rows, self._tensor(x[rows])

    def __repr__(self) -> str:
        return (
            f"Member({self.field.name or type(self.field).__name__!r}, {len(self.genes):,} genes, "
            f"times {', '.join(f'{t:g}' for t in self.times)} {self.time_unit}".rstrip()
            + f", {len(self.conditions)} condition{'s' * (len(self.conditions) > 1)}"
            + f"{learned_in_brief(self)})"
        )
