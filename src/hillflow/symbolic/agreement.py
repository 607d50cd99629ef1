"""How closely the laws, simulated as one system, follow the model they were distilled from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch

from hillflow.data import Snapshots, Trajectories
from hillflow.errors import GeneNameError, NumericalError
from hillflow.interventions import Intervention
from hillflow.model import Fitted, Member, members_of
from hillflow.objectives.heads import Heads
from hillflow.symbolic.field import SymbolicField

CONTROL = Intervention.control()


@dataclass(frozen=True)
class Agreement:
    """Laws compared with their model, both simulated from the same cells.

    Errors are root mean squares over the standard deviation of the model's states, gene by
    gene and then averaged: 0 is the same trajectory, 1 the error of predicting the mean. For a
    gene that hardly varies, a tenth of the largest deviation is taken instead. Of an ensemble, the
    model's states are the mean of its members', cell by cell.

    Attributes
    ----------
    trajectory
        Error over all times; None where the laws diverged.
    by_gene
        The same for each gene.
    knockouts
        For each perturbation: ``perturbation``, ``error`` of the states at the end, and
        ``correlation`` of the shift of the mean (perturbed − control) over genes.
    ran_away
        Perturbations (``control`` among them) whose simulation left the finite numbers.
    """

    trajectory: float | None
    by_gene: dict[str, float]
    knockouts: tuple[dict[str, Any], ...]
    ran_away: tuple[str, ...]

    @property
    def knockout_correlation(self) -> float | None:
        """Mean correlation of the shifts, over perturbations that have any."""
        known = [row["correlation"] for row in self.knockouts if row["correlation"] is not None]
        return float(np.mean(known)) if known else None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**asdict(self), "knockouts": list(self.knockouts), "ran_away": list(self.ran_away)}

    @classmethod
    def from_json(cls, read: dict[str, Any]) -> Agreement:
        """Read what `to_json` wrote."""
        return cls(
            read["trajectory"], dict(read["by_gene"]), tuple(read["knockouts"]),
            tuple(read["ran_away"]),
        )  # fmt: skip


def agreement(
    symbolic: SymbolicField,
    fitted: Fitted,
    data: Snapshots | Trajectories,
    *,
    interventions: Sequence[Intervention | str] | None = None,
    cells: int = 100,
    steps: int = 20,
) -> Agreement:
    """Simulate both from the same cells, untouched and perturbed, and compare.

    Parameters
    ----------
    symbolic
        The laws, one for each gene of the model and in its order.
    fitted
        What they were distilled from: a model, or an ensemble or run, whose mean counts.
    data
        Cells to start from: the control's at the first time (of trajectories, the start of
        each unit), denoised as the model saw them.
    interventions
        What to do to them; unless given, a knockout of each gene that regulates any in the laws
        (50 at most).
    cells
        At most so many, evenly spaced.
    steps
        Of the solver between two times.
    """
    models = members_of(fitted)
    model = models[0]
    if symbolic.genes != model.genes:
        raise GeneNameError(
            "laws of the model's genes, in its order", f"{len(symbolic.genes)} laws beside "
            f"{len(model.genes)} genes", "distill all genes of this model",
        )  # fmt: skip
    precision = model.field.dtype or torch.float32
    laws = replace(model, heads=Heads(type(symbolic)(symbolic.laws, dtype=precision)).eval())
    start = model.denoise(first_cells(data, cells))
    times = np.asarray(model.times)
    reference = _mean(models, start, times, CONTROL, steps)
    spread = _spread(reference)
    ran_away = []
    control = _simulated(laws, start, times, CONTROL, steps)
    trajectory, by_gene = None, {}
    if control is None:
        ran_away.append(CONTROL.name)
    else:
        errors = _error(control[1:], reference[1:], spread)
        trajectory = float(errors.mean())
        by_gene = dict(zip(model.genes, errors.tolist(), strict=True))
    rows = []
    for intervention in _regulators(symbolic) if interventions is None else interventions:
        acting = Intervention.parse(intervention) if isinstance(intervention, str) else intervention
        expected = _mean(models, start, times, acting, steps)[-1]
        states = _simulated(laws, start, times, _alike(models, acting), steps)
        if states is None or control is None:
            ran_away += [acting.name] if states is None else []
            continue
        rows.append(
            {
                "perturbation": acting.name,
                "error": float(_error(states[-1:], expected[None], spread).mean()),
                "correlation": _correlation(
                    states[-1].mean(0) - control[-1].mean(0),
                    expected.mean(0) - reference[-1].mean(0),
                ),
            }
        )
    return Agreement(trajectory, by_gene, tuple(rows), tuple(ran_away))


def _mean(
    models: Sequence[Member], start: np.ndarray, times: np.ndarray, acting: Intervention, steps: int
) -> np.ndarray:
    """Mean over models of the states simulated from the same cells, [times, cells, genes]."""
    total = models[0].simulate(start, times, acting, steps=steps).astype(np.float64)
    for model in models[1:]:
        total += model.simulate(start, times, acting, steps=steps)
    return total / len(models)


def _alike(models: Sequence[Member], acting: Intervention) -> Intervention:
    """The intervention as the models were fitted to it, with their mean of a learnt efficacy."""
    each = [model.as_fitted(acting) for model in models]
    together = []
    for actions in zip(*each, strict=True):
        share = [1.0 if action.value is None else action.value for action in actions]
        known = actions[0].kind == "cut_outgoing"
        together.append(replace(actions[0], value=float(np.mean(share))) if known else actions[0])
    return Intervention(tuple(together))


def _simulated(
    model: Member, start: np.ndarray, times: np.ndarray, acting: Intervention, steps: int
) -> np.ndarray | None:
    """The states, or None where they leave the finite numbers."""
    try:
        return model.simulate(start, times, acting, steps=steps)
    except NumericalError:
        return None


def first_cells(data: Snapshots | Trajectories, cells: int) -> np.ndarray:
    """Cells of the first time (the start of each unit), `cells` of them at most.

    Untouched ones, or all where there are none.
    """
    if isinstance(data, Trajectories):
        firsts = np.flatnonzero(np.r_[True, data.series[1:] != data.series[:-1]])
        untouched = np.array([data.conditions[k].is_control for k in data.series[firsts]])
        rows = firsts[untouched] if untouched.any() else firsts
    else:
        every = list(data.populations())
        chosen = [cells for cells in every if cells.condition.is_control] or every
        first = min(cells.time for cells in chosen)
        rows = np.concatenate([cells.rows for cells in chosen if cells.time == first])
    kept = np.unique(np.linspace(0, len(rows) - 1, min(cells, len(rows))).round().astype(int))
    return np.asarray(data.x[rows[kept]])


def _regulators(symbolic: SymbolicField) -> list[Intervention]:
    used = dict.fromkeys(parent for law in symbolic.laws.values() for parent in law.parents)
    return [Intervention.knockout(gene) for gene in list(used)[:50]]


def _spread(states: np.ndarray) -> np.ndarray:
    """Standard deviation of each gene over cells and times, and a tenth of the largest at least.

    Otherwise negligible errors of a gene that hardly varies would outweigh all others.
    """
    spread = states.reshape(-1, states.shape[-1]).std(0)
    if spread.max() <= 1e-6 * max(1e-12, float(np.abs(states).max())):
        return np.ones_like(spread)
    return np.maximum(spread, 0.1 * spread.max())


def _error(actual: np.ndarray, expected: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Root mean square over times and cells, in deviations, [genes]."""
    gap = (actual - expected).reshape(-1, len(spread)) / spread
    return np.sqrt(np.mean(gap**2, axis=0))


def _correlation(actual: np.ndarray, expected: np.ndarray) -> float | None:
    if min(actual.std(), expected.std()) <= 1e-9 * (1 + np.abs(expected).max()):
        return None
    return float(np.corrcoef(actual, expected)[0, 1])
