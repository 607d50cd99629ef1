"""Agreement of laws, simulated as one system, with the fit they were distilled from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from hillflow.data import Snapshots, Trajectories
from hillflow.errors import GeneNameError, NumericalError, listing
from hillflow.findings import Finding
from hillflow.interventions import Intervention
from hillflow.model import Member
from hillflow.model.fit import Fitted, members_of
from hillflow.objectives.heads import Heads
from hillflow.show import Block, Facts, Shown
from hillflow.symbolic.field import SymbolicField
from hillflow.symbolic.learned import head_with

if TYPE_CHECKING:
    from hillflow.symbolic.laws import Laws

CONTROL = Intervention.control()


@dataclass(frozen=True)
class Agreement(Shown):
    """Laws compared with the fit, both simulated from the same cells.

    Errors are root mean squares divided by the standard deviation of the fit's states, computed for
    each gene and averaged over genes: 0 for identical trajectories, 1 for predicting the mean. For
    a gene that hardly varies, a tenth of the largest standard deviation is used instead. The states
    of a fit of several members are the mean over the members, cell by cell.

    Attributes
    ----------
    trajectory
        Error over all times; None if the simulation of the laws diverged.
    by_gene
        The error of each gene.
    knockouts
        For each perturbation: ``perturbation``, ``error`` of the states at the last time, and
        ``correlation`` over genes of the shift of the mean (perturbed − control).
    diverged
        Perturbations (possibly ``control``) under which the simulation of the laws diverged.
    """

    trajectory: float | None
    by_gene: dict[str, float]
    knockouts: tuple[dict[str, Any], ...]
    diverged: tuple[str, ...]

    @property
    def knockout_correlation(self) -> float | None:
        """Mean correlation of the shifts, over perturbations where it is defined."""
        values = [row["correlation"] for row in self.knockouts if row["correlation"] is not None]
        return float(np.mean(values)) if values else None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """A warning if the simulation of the laws diverges."""
        if not self.diverged:
            return ()
        text = f"the simulation of the laws diverges under {listing(self.diverged)}"
        return (Finding("laws.diverged", text),)

    def blocks(self) -> list[Block]:
        """The errors in words."""
        facts = []
        if self.trajectory is not None:
            facts.append(
                ("Simulated", f"the laws together deviate by {self.trajectory:.2g} standard "
                 "deviations from the fit (root mean square)")
            )  # fmt: skip
        if self.knockout_correlation is not None:
            facts.append(
                ("Knockouts", f"under knockouts of {len(self.knockouts)} regulators the laws shift "
                 "genes as the fit does, with a mean correlation of "
                 f"{self.knockout_correlation:.2g}")
            )  # fmt: skip
        return [Facts(facts)] if facts else []

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "trajectory": self.trajectory, "by_gene": self.by_gene,
            "knockouts": list(self.knockouts), "diverged": list(self.diverged),
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Agreement:
        """Read the values that `to_json` returns."""
        return cls(
            data["trajectory"], dict(data["by_gene"]), tuple(data["knockouts"]),
            tuple(data["diverged"]),
        )  # fmt: skip


def agreement(
    laws: SymbolicField | Laws,
    fitted: Fitted,
    data: Snapshots | Trajectories,
    *,
    interventions: Sequence[Intervention | str] | None = None,
    cells: int = 100,
    steps: int = 20,
) -> Agreement:
    """Simulate laws and fit from the same cells, with and without perturbations, and compare.

    Parameters
    ----------
    laws
        `Laws`, which move with their own noise and proteins; or laws as a field, which move with
        those of the first member. One law for each gene of the fit, in the same order.
    fitted
        The fit, or one of its members.
    data
        Cells to start from: the control cells of the first time, or the first observation of each
        series, denoised as in training.
    interventions
        Perturbations to compare under; by default the knockouts of all genes that are regulators
        in the laws (at most 50).
    cells
        Maximal number of cells, evenly spaced.
    steps
        Solver steps between two times.

    Returns
    -------
    Agreement
        Cost: (1 + interventions) × cells simulations of the laws and of each member.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.symbolic import SymbolicField, agreement, laws_of_hill
    >>> run = hf.fit(hf.simulate("toggle", cells=20, times=[0, 1, 2]), field="hill", effort=0.02)
    >>> exact = SymbolicField(laws_of_hill(run.fit[0].field))
    >>> agreement(exact, run.fit, run.data, cells=5).trajectory < 1e-4
    True
    """
    members = members_of(fitted)
    first = members[0]
    symbolic = laws if isinstance(laws, SymbolicField) else laws.field()
    if symbolic.genes != first.genes:
        raise GeneNameError(
            "laws of the genes of the fit, in the same order",
            f"{len(symbolic.genes)} laws for {len(first.genes)} genes",
            "distill all genes of this fit",
        )
    precision = first.field.dtype or torch.float32
    same = type(symbolic)(symbolic.laws, floor=symbolic.floor, dtype=precision)
    moving = replace(first, heads=_heads(same, laws, first).eval())
    start = first.denoise(first_cells(data, cells))
    times = np.asarray(first.times)
    reference = _mean(members, start, times, CONTROL, steps)
    spread = _spread(reference)
    diverged = []
    control = _simulated(moving, start, times, CONTROL, steps)
    trajectory, by_gene = None, {}
    if control is None:
        diverged.append(CONTROL.name)
    else:
        errors = _error(control[1:], reference[1:], spread)
        trajectory = float(errors.mean())
        by_gene = dict(zip(first.genes, errors.tolist(), strict=True))
    rows = []
    for intervention in _regulators(symbolic) if interventions is None else interventions:
        acting = Intervention.parse(intervention) if isinstance(intervention, str) else intervention
        expected = _mean(members, start, times, acting, steps)[-1]
        states = _simulated(moving, start, times, _mean_action(members, acting), steps)
        if states is None or control is None:
            diverged += [acting.name] if states is None else []
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
    return Agreement(trajectory, by_gene, tuple(rows), tuple(diverged))


def _heads(field: SymbolicField, laws: SymbolicField | Laws, first: Member) -> Heads:
    """The field with the noise and the proteins of the laws, or of the first member.

    Splicing, which laws do not have, is that of the first member.
    """
    noise, protein = first.heads.noise, first.heads.protein
    if not isinstance(laws, SymbolicField):
        noise = head_with(noise, laws.noise)
        protein = head_with(protein, laws.proteins)
    return Heads(field, noise=noise, protein=protein, splicing=first.heads.splicing)


def _mean(
    members: Sequence[Member],
    start: np.ndarray,
    times: np.ndarray,
    acting: Intervention,
    steps: int,
) -> np.ndarray:
    """Mean over members of the states simulated from the same cells, [times, cells, genes]."""
    total = members[0].simulate(start, times, acting, steps=steps).astype(np.float64)
    for member in members[1:]:
        total += member.simulate(start, times, acting, steps=steps)
    return total / len(members)


def _mean_action(members: Sequence[Member], acting: Intervention) -> Intervention:
    """The intervention as the members were fitted to it, with the mean of a learned efficacy."""
    by_member = [member.as_fitted(acting) for member in members]
    mean = []
    for actions in zip(*by_member, strict=True):
        share = [1.0 if action.value is None else action.value for action in actions]
        is_cut = actions[0].kind == "cut_outgoing"
        mean.append(replace(actions[0], value=float(np.mean(share))) if is_cut else actions[0])
    return Intervention(tuple(mean))


def _simulated(
    member: Member, start: np.ndarray, times: np.ndarray, acting: Intervention, steps: int
) -> np.ndarray | None:
    """The simulated states; None if they diverge."""
    try:
        return member.simulate(start, times, acting, steps=steps)
    except NumericalError:
        return None


def first_cells(data: Snapshots | Trajectories, cells: int) -> np.ndarray:
    """At most `cells` cells of the first time, or first observations of the series, evenly spaced.

    Control cells only, unless there are none.
    """
    if isinstance(data, Trajectories):
        firsts = np.flatnonzero(np.r_[True, data.series[1:] != data.series[:-1]])
        control = np.array([data.conditions[k].is_control for k in data.series[firsts]])
        rows = firsts[control] if control.any() else firsts
    else:
        populations = list(data.populations())
        chosen = [each for each in populations if each.condition.is_control] or populations
        first = min(population.time for population in chosen)
        rows = np.concatenate([each.rows for each in chosen if each.time == first])
    even = np.unique(np.linspace(0, len(rows) - 1, min(cells, len(rows))).round().astype(int))
    return np.asarray(data.x[rows[even]])


def _regulators(symbolic: SymbolicField) -> list[Intervention]:
    """Knockouts of the regulators in the laws."""
    regulators = dict.fromkeys(parent for law in symbolic.laws.values() for parent in law.parents)
    return [Intervention.knockout(gene) for gene in list(regulators)[:50]]


def _spread(states: np.ndarray) -> np.ndarray:
    """Standard deviation of each gene over cells and times, at least a tenth of the largest.

    Without this bound negligible errors of a gene that hardly varies would outweigh all others.
    """
    spread = states.reshape(-1, states.shape[-1]).std(0)
    if spread.max() <= 1e-6 * max(1e-12, float(np.abs(states).max())):
        return np.ones_like(spread)
    return np.maximum(spread, 0.1 * spread.max())


def _error(actual: np.ndarray, expected: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Root mean square over times and cells, in standard deviations, [genes]."""
    gap = (actual - expected).reshape(-1, len(spread)) / spread
    return np.sqrt(np.mean(gap**2, axis=0))


def _correlation(actual: np.ndarray, expected: np.ndarray) -> float | None:
    if min(actual.std(), expected.std()) <= 1e-9 * (1 + np.abs(expected).max()):
        return None
    return float(np.corrcoef(actual, expected)[0, 1])
