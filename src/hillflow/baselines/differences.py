"""Finite differences: states of cells, and their velocities.

For trajectories, they are of consecutive observations; for snapshots, of pairs of the optimal
plan between consecutive times, within each condition. All baselines of velocities use them, so
that they differ only in the regression.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hillflow.data import Snapshots, Trajectories
from hillflow.interventions import Intervention

PAIRS = 400  # pairs drawn per interval, but at most one per cell at its end
BLUR = 0.2  # regularisation of the plan for mean descendants; chosen on simulated systems
EACH = 25  # independent observations per interval; chosen on simulated systems
COMPONENTS = 20  # principal components in which cells are coupled, if the data have no basis

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Differences:
    """States and velocities, with the perturbed genes of each row.

    Attributes
    ----------
    x
        Levels of regulators, [rows, genes]; a knocked-out gene at 0, a clamped one at its level.
    velocity
        (x1 − x0)/Δ, [rows, genes].
    free
        Whether a gene is not perturbed in a row, bool [rows, genes].
    observations
        Effective number of independent rows: for snapshots `EACH` per interval, because cells of
        a population are not independent; for series one per step.
    """

    x: Array
    velocity: Array
    free: NDArray[np.bool_]
    observations: int

    def varying(self) -> NDArray[np.bool_]:
        """Return which genes differ between rows, [genes]; only these can be regulators."""
        return self.x.std(axis=0) > 1e-9 * (1 + np.abs(self.x).max(axis=0))


def differences(
    data: Snapshots | Trajectories, *, pairs: int = PAIRS, seed: int = 0
) -> Differences:
    """Return every step of trajectories, or at most `pairs` drawn pairs per interval."""
    if isinstance(data, Trajectories):
        return _of_steps(data)
    from hillflow.transport import fit_plan

    coupled = _in_a_basis(data)
    random = np.random.default_rng(seed)
    start, end, gaps, conditions = [], [], [], []
    for interval in fit_plan(coupled, "exact", seed=seed):
        drawn = interval.pairs.sample(min(pairs, len(interval.end)), random)
        start.append(data.x[drawn.i])
        end.append(data.x[drawn.j])
        gaps.append(np.full(len(drawn.i), interval.gap))
        conditions += [interval.condition] * len(drawn.i)
    return _differences(
        np.concatenate(start), np.concatenate(end), np.concatenate(gaps), conditions, data.genes,
        EACH * len(start),
    )  # fmt: skip


def mean_differences(
    data: Snapshots | Trajectories, blur: float = BLUR, *, seed: int = 0
) -> Differences:
    """Return differences from each cell to the mean of its descendants on the entropic plan.

    The state of a row is the midpoint (x0 + E[x1 | x0])/2, which over a long interval is closer
    to the states with its mean velocity than its start.

    Parameters
    ----------
    data
        Snapshots; the differences of trajectories are of consecutive observations.
    blur
        Regularisation of the plan, in units of the mean squared distance of the two populations.
    """
    if isinstance(data, Trajectories):
        return _of_steps(data, at=0.5)
    from hillflow.transport import Sinkhorn, fit_plan

    coupled = _in_a_basis(data)
    states = coupled.states()
    start, end, gaps, conditions = [], [], [], []
    for interval in fit_plan(coupled, Sinkhorn(epsilon=blur), seed=seed):
        each = _as_often_as_weighed(data, interval.start.rows)
        rows = interval.start.rows[each]
        start.append(data.x[rows])
        end.append(interval.barycentric(data.x, states)[each])
        gaps.append(np.full(len(rows), interval.gap))
        conditions += [interval.condition] * len(rows)
    return _differences(
        np.concatenate(start), np.concatenate(end), np.concatenate(gaps), conditions, data.genes,
        EACH * len(start), at=0.5,
    )  # fmt: skip


def _as_often_as_weighed(data: Snapshots, rows: np.ndarray) -> np.ndarray:
    """Positions of as many cells, each as often as its weight says; of a bootstrap, exactly.

    A cell of weight 0 has no descendants.
    """
    if data.weights is None:
        return np.arange(len(rows))
    ends = np.cumsum(data.weights[rows].astype(float))
    drawn = np.searchsorted(ends, (np.arange(len(rows)) + 0.5) * ends[-1] / len(rows), "right")
    return np.asarray(np.minimum(drawn, len(rows) - 1))


def _of_steps(data: Trajectories, at: float = 0.0) -> Differences:
    steps = data.steps()
    conditions = [data.conditions[series] for series in steps.series]
    return _differences(
        steps.x0, steps.x1, steps.dt, conditions, data.genes, len(steps.x0), at=at
    )  # fmt: skip


def _in_a_basis(data: Snapshots) -> Snapshots:
    return data if data.basis is not None else data.with_basis(COMPONENTS)


def _differences(
    x0: np.ndarray,
    x1: np.ndarray,
    gap: np.ndarray,
    conditions: list[Intervention],
    genes: tuple[str, ...],
    observations: int,
    at: float = 0.0,
) -> Differences:
    """Return differences with states at the share `at` between start and end."""
    x = x0.astype(np.float64)
    velocity = (x1 - x) / gap[:, None]
    x = x + at * (x1 - x)
    free = np.ones(x.shape, dtype=bool)
    rows_of: dict[Intervention, list[int]] = {}
    for row, condition in enumerate(conditions):
        rows_of.setdefault(condition, []).append(row)
    for condition, rows in rows_of.items():
        for action in condition:
            column = genes.index(action.target or action.gene)  # whose equation changes
            free[rows, column] = False
            if action.kind in ("knockout", "clamp"):
                x[rows, column] = action.value or 0.0
    return Differences(x, velocity, free, observations)
