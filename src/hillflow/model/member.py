"""One member of a fit: a trained field with its genes, units and provenance."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from hillflow.data import LinearBasis, Snapshots
from hillflow.errors import GeneNameError, InputError, TimeError
from hillflow.fields import CandidateEdges, VectorField
from hillflow.fields.base import as_intervention
from hillflow.interventions import Intervention
from hillflow.model.efficacy import as_fitted
from hillflow.model.predict import predict
from hillflow.model.storage import load_member, save_member
from hillflow.objectives.exact_flow import ExactFlow, knows_flow
from hillflow.objectives.heads import Heads
from hillflow.objectives.problem import trainable
from hillflow.solve import trajectory

if TYPE_CHECKING:
    import pandas as pd

CONTROL = Intervention.control()
CELLS_AT_ONCE = 8192  # bounds the memory of a call, whatever the number of cells


@dataclasses.dataclass(frozen=True, eq=False)
class Member:
    """What `hillflow.train.train` gives back.

    Attributes
    ----------
    heads
        The field, and what was learnt beside it (score, growth, …).
    time_unit, scale
        Of the data it was fitted on; velocities are expression a time unit.
    times, conditions
        When and under which interventions cells were measured.
    basis
        The coordinates cells were coupled in; None for trajectories.
    seed
        Of everything random.
    metrics
        ``validation_loss`` and ``no_change_loss``; lower is better.
    provenance
        Versions, method, setting, data, command: plain JSON values.
    history
        Loss terms and validation loss by stage and step.
    efficacy
        What share of a gene a knockout hides from its targets (the mean, where learnt); None:
        a knockout removes the gene's production. See `Setting.efficacy`.
    prior
        The network that production was pulled towards in training (`Method.with_prior`), so that
        its edges never count as found; None without one. A field keeps its candidate edges itself.
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

    def velocity(
        self,
        x: ArrayLike,
        t: float | ArrayLike | None = None,
        intervention: Intervention | str = CONTROL,
    ) -> np.ndarray:
        """dx/dt of each cell, [cells, genes], in expression units a time unit.

        Parameters
        ----------
        x
            States, [cells, genes].
        t
            Time of all cells or of each; needed by fields that depend on time.
        intervention
            What is done to the cells; text such as ``"GATA1=ko"`` is read.
        """
        acting = self._under(intervention)
        if t is None and not acting.autonomous:
            raise InputError(
                f"a time, on which this {self.field.name!r} field depends", "none",
                "pass t=… (a number, or one a cell)",
            )  # fmt: skip
        parts = []
        with torch.no_grad():
            for rows, states in self._blocks(x):
                when: float | Tensor | None = None
                if t is not None:
                    moments = np.asarray(t, dtype=np.float64)
                    when = self._tensor(moments[rows]) if moments.ndim else float(moments)
                parts.append(acting(when, states).numpy(force=True))
        return np.concatenate(parts)

    def simulate(
        self,
        x0: ArrayLike,
        times: ArrayLike,
        intervention: Intervention | str = CONTROL,
        *,
        steps: int = 10,
    ) -> np.ndarray:
        """Roll cells out from x0, [cells, genes], at times[0]; [times, cells, genes].

        Parameters
        ----------
        times
            Rising, in the model's time unit; the first is the time of x0.
        intervention
            What is done to the cells from times[0] on.
        steps
            Of the solver between two times.
        """
        acting = self._under(intervention)
        moments = np.asarray(times, dtype=np.float64)
        if moments.ndim != 1 or not len(moments) or not (np.diff(moments) > 0).all():
            raise TimeError(
                "times that rise, the first that of x0",
                str(moments.tolist()),
                "sort them, each once (a snapshot does not say where its cells came from)",
            )
        solver = ExactFlow() if knows_flow(acting) else "auto"
        parts = []
        with torch.no_grad():
            for _, states in self._blocks(x0):
                path = trajectory(acting, states, moments.tolist(), solver=solver, steps=steps)
                parts.append(path.numpy(force=True))
        return np.concatenate(parts, axis=1)

    def predict(
        self,
        snapshots: Snapshots,
        intervention: Intervention | str,
        times: Sequence[float] | None = None,
        *,
        start: float | None = None,
        absolute: bool = False,
        steps: int = 10,
    ) -> Snapshots:
        """The populations that an intervention would give; see `hillflow.model.predict`."""
        return predict(
            self, snapshots, as_intervention(intervention), times, start=start,
            absolute=absolute, steps=steps,
        )  # fmt: skip

    def as_fitted(self, intervention: Intervention | str) -> Intervention:
        """The intervention as it acts in this model: knockouts as they were in training.

        With an efficacy they are cuts, of the learnt share where the condition was seen. For a
        field without production they are clamps at 0.
        """
        given = as_intervention(intervention)
        (possible,) = trainable((as_fitted(self, given),), self.field)
        return possible

    def denoise(self, x: ArrayLike) -> np.ndarray:
        """Cells as the field saw them in training: what the basis keeps, clipped at 0.

        The clip is only made for fields whose states are expression (x ≥ 0).
        """
        x = self._checked(x)
        kept = x
        if self.basis is not None and self.basis.size < len(self.genes):
            kept = self.basis.lift(self.basis.project(x))
        return np.maximum(kept, 0.0) if self.field.keeps_orthant else kept

    @property
    def no_better_than_no_change(self) -> bool:
        """Whether validation cells are predicted no better than by cells that stay put."""
        loss, none = (self.metrics.get(f"{name}_loss") for name in ("validation", "no_change"))
        return loss is not None and none is not None and loss >= none

    def save(self, folder: str | Path) -> Path:
        """Write ``model.safetensors`` and ``model.json`` into a folder; see `storage`."""
        return save_member(self, Path(folder))

    @classmethod
    def load(cls, folder: str | Path) -> Member:
        """Read what `save` wrote; anything else is refused. Nothing read can run code."""
        return load_member(Path(folder), cls)

    def _under(self, intervention: Intervention | str) -> VectorField:
        given = as_intervention(intervention).check(self.genes)
        return self.field.do(self.as_fitted(given))

    def _checked(self, given: ArrayLike) -> np.ndarray:
        x = np.asarray(given)
        if x.ndim != 2 or x.shape[1] != self.field.state_size or x.dtype.kind not in "fiub":
            raise GeneNameError(
                f"states of shape [cells, {self.field.state_size}], one column for each of the "
                "model's genes",
                f"{type(given).__name__} of shape {x.shape}",
                "order the columns as fit.genes (snapshots.select_genes(fit.genes)), and give "
                "snapshots.x",
            )
        return x

    def _tensor(self, values: np.ndarray) -> Tensor:
        like = self.field._like()
        return torch.as_tensor(np.ascontiguousarray(values), dtype=like.dtype, device=like.device)

    def _blocks(self, given: ArrayLike) -> Iterator[tuple[slice, Tensor]]:
        x = self._checked(given)
        for start in range(0, max(1, len(x)), CELLS_AT_ONCE):
            rows = slice(start, start + CELLS_AT_ONCE)
            yield rows, self._tensor(x[rows])

    def __repr__(self) -> str:
        return (
            f"Member({self.field.name or type(self.field).__name__!r}, {len(self.genes):,} genes, "
            f"times {', '.join(f'{t:g}' for t in self.times)} {self.time_unit}".rstrip()
            + f", {len(self.conditions)} condition{'s' * (len(self.conditions) > 1)})"
        )
