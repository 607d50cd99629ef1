"""The training data as tensors, from which objectives draw batches.

Conditions are stacked on the first axis: a batch is [conditions, cells, genes], and its row k
evolves under intervention k, with all parameters shared. Cells are paired within their condition,
and genes that were perturbed are left out of the loss in that condition. Of several data sets, each
is a row of its own under the same condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from hillflow.data import Population, Snapshots, Trajectories
from hillflow.fields import VectorField
from hillflow.fields.intervened import Efficacy
from hillflow.interventions import CUTS, Action, Intervention
from hillflow.objectives.dosing import Dosing
from hillflow.objectives.measured_velocity import MeasuredVelocity

if TYPE_CHECKING:
    from hillflow.transport import Plan

Line = tuple[Intervention, str | None]  # condition and data set


@dataclass(frozen=True)
class PairBatch:
    """Coupled states: x0 at time t0 and x1 at time t0 + dt.

    x0 and x1 are [conditions, cells, genes]; t0, dt and mass are [conditions, cells]. `mass` is
    the share of the weight of x0 that arrives at x1 (1 unless the coupling is unbalanced).
    `dosing` is what is given in the interval of each pair; None: nothing.
    """

    x0: Tensor
    x1: Tensor
    t0: Tensor
    dt: Tensor
    mass: Tensor
    dosing: Dosing | None = None


@dataclass(frozen=True)
class ConditionData:
    """One condition: its populations over time, and its coupled pairs.

    All tensors are on the CPU, where cells are drawn; only drawn states are on the device.

    Attributes
    ----------
    times, rows, weights
        Time, cells, and weights of the cells (with sum 1) of each population.
    source, target, t0, dt, mass
        One entry per pair; source and target are rows of `Problem.states`.
    cumulative
        Cumulative probabilities of the pairs; all intervals are equally likely.
    """

    times: tuple[float, ...]
    rows: tuple[Tensor, ...]
    weights: tuple[Tensor, ...]
    source: Tensor
    target: Tensor
    t0: Tensor
    dt: Tensor
    mass: Tensor
    cumulative: Tensor


@dataclass(frozen=True, eq=False)
class Problem:
    """The training data.

    Attributes
    ----------
    genes, conditions, by_condition
        Names of genes, interventions, and the data of each intervention.
    states
        States [rows, genes]: the cells projected on the basis and, for fields of expression
        levels, clipped at 0; then barycentric targets, if any. Batches are on their device.
        With unspliced mRNA [rows, 2·genes]: spliced, then unspliced.
    components
        Basis, [genes, d], with orthonormal columns; None for the whole space. With unspliced mRNA
        [2·genes, 2·d]: that of spliced mRNA twice, with unspliced mRNA in units in which it varies
        as much as the spliced mRNA of its gene.
    followed
        Whether a pair is one unit observed twice, rather than two coupled cells.
    velocities
        RNA velocities of the cells, the first rows of `states`; None without.
    sigma
        σ of dx = σ dW, the process of whose Schrödinger bridge the pairs are the ends; None for
        pairs of other couplings.
    growth
        Known growth rates of the cells, [cells]; None if they are not known.
    dosing
        Doses of followed units in the interval after each of the `states`; None without doses.
    """

    genes: tuple[str, ...]
    conditions: tuple[Intervention, ...]
    by_condition: tuple[ConditionData, ...]
    states: Tensor
    components: Tensor | None
    followed: bool = False
    velocities: MeasuredVelocity | None = None
    sigma: float | None = None
    growth: Tensor | None = None
    dosing: Dosing | None = None

    @property
    def times(self) -> tuple[float, ...]:
        """All times of all conditions, ascending."""
        return tuple(sorted({time for data in self.by_condition for time in data.times}))

    @property
    def spliced(self) -> bool:
        """Whether states are of spliced and unspliced mRNA."""
        return self.states.shape[1] == 2 * len(self.genes)

    @property
    def levels(self) -> Tensor:
        """The states of the genes that act, [rows, genes]: without unspliced mRNA."""
        return self.states[:, : len(self.genes)]

    @property
    def at_rest(self) -> bool:
        """Whether every condition was measured once, so that there is no pair."""
        once = all(len(data.times) == 1 for data in self.by_condition)
        return once and not self.followed and self.velocities is None

    @property
    def has_pairs(self) -> bool:
        """Whether cells are coupled, or series were observed twice."""
        return any(len(data.source) for data in self.by_condition)

    @property
    def kept(self) -> Tensor:
        """0 for genes that were perturbed in the condition, else 1; [conditions, 1, genes].

        Also 0 for depots and covariates, which are given. With unspliced mRNA twice, as states.
        """
        kept = self.states.new_ones(len(self.conditions), 1, len(self.genes))
        if self.dosing is not None:
            kept[..., len(self.genes) - self.dosing.depots - self.dosing.covariates :] = 0.0
        for row, condition in enumerate(self.conditions):
            for action in condition:
                if action.kind not in CUTS:
                    kept[row, 0, self.genes.index(action.gene)] = 0.0
        return torch.cat((kept, kept), -1) if self.spliced else kept

    def to(self, device: str) -> Problem:
        """Return the problem with its states on a device."""
        components, growth = (
            None if one is None else one.to(device) for one in (self.components, self.growth)
        )
        velocities = None if self.velocities is None else self.velocities.to(device)
        return replace(
            self, states=self.states.to(device), components=components, growth=growth,
            velocities=velocities, dosing=None if self.dosing is None else self.dosing.to(device),
        )  # fmt: skip

    def draw_pairs(self, cells: int, generator: torch.Generator) -> PairBatch:
        """Draw about `cells` coupled pairs, the same number in each condition."""
        each = max(1, cells // len(self.by_condition))
        uniform = torch.rand(len(self.by_condition), each, generator=generator, dtype=torch.float64)
        parts = []
        for data, u in zip(self.by_condition, uniform, strict=True):
            pair = torch.searchsorted(data.cumulative, u, right=True)
            pair.clamp_(max=len(data.cumulative) - 1)  # the sum may end just below 1
            parts.append((data.source[pair], data.target[pair], data.t0[pair], data.dt[pair],
                          data.mass[pair]))  # fmt: skip
        device = self.states.device
        source, target, t0, dt, mass = (
            torch.stack(column).to(device) for column in zip(*parts, strict=True)
        )
        dosing = None if self.dosing is None else self.dosing.rows(source)
        return PairBatch(self.states[source], self.states[target], t0, dt, mass, dosing)

    def draw_population(
        self, data: ConditionData, index: int, cells: int, generator: torch.Generator
    ) -> Tensor:
        """Draw states of one population by weight, [cells, genes]; see `draw_rows`."""
        return self.states[self.draw_rows(data, index, cells, generator)]

    def draw_rows(
        self, data: ConditionData, index: int, cells: int, generator: torch.Generator
    ) -> Tensor:
        """Draw cells of one population by weight, as rows of `states`, [cells].

        Without repetition if there are enough cells and all have the same weight.
        """
        rows, weights = data.rows[index], data.weights[index]
        repeats = len(rows) < cells or bool(weights.max() > weights.min())
        chosen = torch.multinomial(weights, cells, repeats, generator=generator)
        return rows[chosen].to(self.states.device)

    def project(self, x: Tensor) -> Tensor:
        """Coordinates in the basis, [..., genes] → [..., d]."""
        return x if self.components is None else x @ self.components


def trainable(conditions: Sequence[Intervention], field: VectorField) -> tuple[Intervention, ...]:
    """The conditions in a form that this field can be trained with.

    For a field without a production/decay split, a knockout becomes a clamp at 0. The field raises
    an error for perturbations that cannot be expressed in this way.
    """
    if field.has_split:
        return tuple(conditions)
    return tuple(
        Intervention(
            tuple(Action(a.gene, "clamp", 0.0) if a.kind == "knockout" else a for a in condition)
        )
        for condition in conditions
    )


def acting(field: VectorField, problem: Problem, efficacy: Efficacy | None = None) -> VectorField:
    """The field under each condition, for states [conditions, cells, genes].

    `efficacy`, if it is trained, gives the share of a cut gene that its targets do not see.
    """
    conditions = trainable(problem.conditions, field)
    if all(condition.is_control for condition in conditions):
        return field
    done = field.do_each(conditions)
    return done if efficacy is None else done.learning(efficacy)


def snapshot_problem(
    snapshots: Snapshots,
    plan: Plan | None = None,
    *,
    orthant: bool,
    barycentric: bool = False,
    dtype: torch.dtype = torch.float32,
) -> Problem:
    """Prepare snapshots for training.

    Conditions whose cells the plan does not couple (a single population without a control
    population before it) are left out.

    Parameters
    ----------
    snapshots
        The cells.
    plan
        The coupling of the populations; without one the problem has populations but no pairs.
    orthant
        Clip denoised states at 0, for fields whose states are expression levels.
    barycentric
        Pair each cell with the mean of the cells it is coupled to, instead of with single cells.
    dtype
        Precision of the states.

    Returns
    -------
    Problem
        The training data as tensors.

    Examples
    --------
    >>> import torch
    >>> import hillflow as hf
    >>> from hillflow.objectives import snapshot_problem
    >>> from hillflow.transport import fit_plan
    >>> adata = hf.simulate("toggle", cells=20, times=[0, 1, 2])
    >>> cells = hf.Snapshots.from_anndata(adata).with_basis(2)
    >>> problem = snapshot_problem(cells, fit_plan(cells, "exact"), orthant=True)
    >>> problem.draw_pairs(8, torch.Generator().manual_seed(0)).x0.shape
    torch.Size([1, 8, 2])
    """
    states, components = _determined(snapshots)
    if orthant:
        states = np.maximum(states, 0.0)
    columns_by_line: dict[Line, list[_Columns]] = {p.line: [] for p in snapshots.populations()}
    intervals = () if plan is None else plan.intervals
    for interval in intervals:
        pairs = interval.pairs
        if barycentric:
            source, target = interval.start.rows, len(states) + np.arange(len(interval.start))
            weight = np.bincount(pairs.i, pairs.weight, minlength=len(states))[source]
            mean = interval.barycentric(states[: len(snapshots)], snapshots.states())
            alive = weight > 0
            mass = np.ones(len(source))
            states = np.concatenate([states, np.where(alive[:, None], mean, 0.0)])
        else:
            source, target, weight = pairs.i, pairs.j, pairs.weight
            mass = np.ones(len(weight)) if pairs.growth is None else pairs.growth
        columns_by_line[interval.end.line].append(
            _Columns(source, target, interval.start.time, interval.gap, mass, weight)
        )
    lines = [line for line, columns in columns_by_line.items() if plan is None or columns]
    conditions = tuple(condition for condition, _ in lines)
    by_condition = []
    for line in lines:
        populations = [p for p in snapshots.populations() if p.line == line]
        starts = [i.start for i in intervals if i.end.line == line and i.starts_from_control]
        by_condition.append(
            _condition_data(snapshots.weights, [*starts, *populations], columns_by_line[line])
        )
    return Problem(
        snapshots.genes,
        conditions,
        tuple(by_condition),
        torch.from_numpy(states).to(dtype),
        None if components is None else torch.from_numpy(components).to(dtype),
        velocities=MeasuredVelocity.of(snapshots, conditions, dtype),
        sigma=None if plan is None else plan.options.get("sigma"),
        growth=None if snapshots.growth is None else torch.from_numpy(snapshots.growth).to(dtype),
    )


def trajectory_problem(
    trajectories: Trajectories, *, orthant: bool, dtype: torch.dtype = torch.float32
) -> Problem:
    """Prepare series for training: a pair is two consecutive observations of one unit.

    Parameters
    ----------
    trajectories
        The series.
    orthant
        Clip states at 0, for fields whose states are expression levels.
    dtype
        Precision of the states.

    Returns
    -------
    Problem
        The training data as tensors.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow import Trajectories
    >>> from hillflow.objectives import trajectory_problem
    >>> data = Trajectories.from_arrays(np.ones((5, 3, 2)), [0.0, 1.0, 2.0], ["A", "B"])
    >>> problem = trajectory_problem(data, orthant=True)
    >>> problem.times, len(problem.by_condition[0].source)
    ((0.0, 1.0, 2.0), 10)
    """
    states = np.maximum(trajectories.x, 0.0) if orthant else trajectories.x
    of = trajectories.series
    first = np.flatnonzero(of[1:] == of[:-1])
    conditions = tuple(sorted(set(trajectories.conditions), key=lambda c: (len(c), c.name)))
    by_condition = []
    for condition in conditions:
        mine = np.array([c == condition for c in trajectories.conditions])
        rows = first[mine[of[first]]]
        t0 = trajectories.time[rows]
        dt = trajectories.time[rows + 1] - t0
        columns = _Columns(rows, rows + 1, t0, dt, np.ones(len(rows)), np.ones(len(rows)))
        populations = [
            Population(float(t), condition, np.flatnonzero(mine[of] & (trajectories.time == t)))
            for t in np.unique(trajectories.time[mine[of]])
        ]
        by_condition.append(_condition_data(None, populations, [columns]))
    dosing = None
    if trajectories.doses is not None:
        following = np.append(trajectories.time[1:], trajectories.time[-1:])
        last = np.append(of[1:] != of[:-1], True)
        ends = np.where(last, trajectories.time, following)
        dosing = Dosing.of(
            trajectories.doses, len(trajectories.genes), of, trajectories.time, ends, dtype
        )
    return Problem(
        trajectories.genes,
        conditions,
        tuple(by_condition),
        torch.from_numpy(states).to(dtype),
        None,
        True,
        dosing=dosing,
    )


@dataclass(frozen=True)
class _Columns:
    """Pairs of one interval: rows of states, times, mass, and probability weights."""

    source: np.ndarray
    target: np.ndarray
    t0: np.ndarray | float
    dt: np.ndarray | float
    mass: np.ndarray
    weight: np.ndarray


def _condition_data(
    cell_weights: np.ndarray | None, populations: Sequence[Population], columns: list[_Columns]
) -> ConditionData:
    def joined(values: list[np.ndarray], kind: type) -> Tensor:
        return torch.from_numpy(np.concatenate([*values, np.empty(0)]).astype(kind))

    weights = []
    for population in populations:
        weight = np.ones(len(population)) if cell_weights is None else cell_weights[population.rows]
        weights.append(torch.from_numpy(weight / weight.sum()))
    # All intervals are equally likely, whatever their numbers of cells.
    shares = [c.weight / c.weight.sum() / len(columns) for c in columns]
    return ConditionData(
        tuple(population.time for population in populations),
        tuple(torch.from_numpy(population.rows) for population in populations),
        tuple(weights),
        joined([c.source for c in columns], np.int64),
        joined([c.target for c in columns], np.int64),
        joined([np.broadcast_to(c.t0, c.weight.shape) for c in columns], np.float64),
        joined([np.broadcast_to(c.dt, c.weight.shape) for c in columns], np.float64),
        joined([c.mass for c in columns], np.float64),
        joined(shares, np.float64).cumsum(0),
    )


def _determined(snapshots: Snapshots) -> tuple[np.ndarray, np.ndarray | None]:
    """Cells projected on the basis, and the basis; None if it spans the whole space."""
    basis = snapshots.basis
    states, components = snapshots.x, None
    if basis is not None and basis.size < len(snapshots.genes):
        states, components = basis.lift(snapshots.states()), basis.components
    if snapshots.unspliced is None:
        return states, components
    return _with_unspliced(snapshots.x, states, snapshots.unspliced, components)


def _with_unspliced(
    x: np.ndarray, states: np.ndarray, unspliced: np.ndarray, components: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """States [s, u], and the basis of both. Residuals of u alone are projected, not u."""
    spread = unspliced.std(axis=0)
    unit = np.where(spread > 0, x.std(axis=0) / np.where(spread > 0, spread, 1.0), 0.0)
    if components is None:
        components = np.eye(x.shape[1])
    empty = np.zeros_like(components)
    both = np.block([[components, empty], [empty, unit[:, None] * components]])
    return np.concatenate([states, unspliced], axis=1), both
