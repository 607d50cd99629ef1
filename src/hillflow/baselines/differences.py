"""Finite differences: where a cell was, and how fast it moved.

Of trajectories, consecutive observations of a unit; of snapshots, pairs drawn from the optimal
plan between consecutive times, within each condition. Shared by every baseline that looks at
change, so that they differ in the regression alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hillflow.data import Snapshots, Trajectories
from hillflow.interventions import Intervention

PAIRS = 400  # drawn of each interval, or as many as cells arrive
BLUR = 0.2  # of the plan that means are taken over; settled on simulated systems
EACH = 25  # independent observations between two populations; settled on simulated systems
COMPONENTS = 20  # of the coordinates that cells are coupled in, where the data have none

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Differences:
    """States, velocities, and which equations an intervention left alone.

    Attributes
    ----------
    x
        What regulators stood at, [rows, genes]; a knocked-out gene at 0, a clamped one at its
        level.
    velocity
        (x1 − x0)/Δ, [rows, genes].
    free
        Whether a gene follows its own law in a row, bool [rows, genes]: not where it was perturbed.
    observations
        How many independent ones the rows count as: of snapshots, `EACH` between two populations,
        whose cells share their past; of units that were followed, one a step.
    """

    x: Array
    velocity: Array
    free: NDArray[np.bool_]
    observations: int

    def varying(self) -> NDArray[np.bool_]:
        """Genes that differ between rows: only these can regulate, [genes]."""
        return self.x.std(axis=0) > 1e-9 * (1 + np.abs(self.x).max(axis=0))


def differences(
    data: Snapshots | Trajectories, *, pairs: int = PAIRS, seed: int = 0
) -> Differences:
    """Every step of trajectories, or at most `pairs` drawn of each interval of snapshots."""
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
    """From each cell of an interval's start to the mean of its descendants on the entropic plan.

    A cell stands half way between the two, at (x0 + E[x1 | x0])/2: over a long interval that is
    nearer to where its mean velocity was than its start.

    Parameters
    ----------
    data
        Of trajectories, consecutive observations of a unit, as they are.
    blur
        The plan's regularisation, in units of the mean squared distance of the two populations.
    """
    if isinstance(data, Trajectories):
        return _of_steps(data, at=0.5)
    from hillflow.transport import Sinkhorn, fit_plan

    coupled = _in_a_basis(data)
    states = coupled.states()
    start, end, gaps, conditions = [], [], [], []
    for interval in fit_plan(coupled, Sinkhorn(epsilon=blur), seed=seed):
        rows = interval.start.rows
        start.append(data.x[rows])
        end.append(interval.barycentric(data.x, states))
        gaps.append(np.full(len(rows), interval.gap))
        conditions += [interval.condition] * len(rows)
    return _differences(
        np.concatenate(start), np.concatenate(end), np.concatenate(gaps), conditions, data.genes,
        EACH * len(start), at=0.5,
    )  # fmt: skip


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
    """Where a cell stands is the share `at` of the way from its start to its end."""
    x = x0.astype(np.float64)
    velocity = (x1 - x) / gap[:, None]
    x = x + at * (x1 - x)
    free = np.ones(x.shape, dtype=bool)
    of: dict[Intervention, list[int]] = {}
    for row, condition in enumerate(conditions):
        of.setdefault(condition, []).append(row)
    for condition, rows in of.items():
        for action in condition:
            column = genes.index(action.gene)
            free[rows, column] = False
            if action.kind in ("knockout", "clamp"):
                x[rows, column] = action.value or 0.0
    return Differences(x, velocity, free, observations)
