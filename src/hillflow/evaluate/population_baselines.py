"""Baselines that predict a population without a fit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hillflow.baselines.differences import COMPONENTS
from hillflow.data import Snapshots
from hillflow.errors import TimeError
from hillflow.interventions import Intervention

CONTROL = Intervention.control()


def no_change(snapshots: Snapshots, time: float, condition: Intervention = CONTROL) -> np.ndarray:
    """The cells of a condition at the last measured time before `time`, [cells, genes]."""
    return snapshots.x[_neighbour(snapshots, time, condition, later=False)]


def ot_interpolation(
    snapshots: Snapshots, time: float, condition: Intervention = CONTROL
) -> tuple[np.ndarray, NDArray[np.float64]]:
    """Interpolate between the measured times around `time`, along the optimal plan.

    x = (1 − s) x0 + s x1 for the pairs of the plan, where s is the share of the interval that has
    passed (McCann 1997). Cells are coupled in the basis of the snapshots, or in 20 principal
    components.

    Returns
    -------
    tuple
        Points, [pairs, genes], and the share of the mass of each point, [pairs].
    """
    from hillflow.transport import ExactOT

    before = _neighbour(snapshots, time, condition, later=False)
    after = _neighbour(snapshots, time, condition, later=True)
    start, end = snapshots.time[before[0]], snapshots.time[after[0]]
    based = snapshots if snapshots.basis is not None else snapshots.with_basis(COMPONENTS)
    pairs = ExactOT().couple(based.states(before), based.states(after))
    share = (time - start) / (end - start)
    points = (1 - share) * snapshots.x[before[pairs.i]] + share * snapshots.x[after[pairs.j]]
    return points, pairs.weight / pairs.weight.sum()


def control_with_gene_set(
    snapshots: Snapshots, intervention: Intervention, time: float
) -> np.ndarray:
    """Control cells at `time` with the perturbed genes set to 0 or their level, [cells, genes].

    Knockouts and clamps set their gene; other actions change nothing.
    """
    x = snapshots.x[snapshots.rows(time, CONTROL)].copy()
    for action in intervention.check(snapshots.genes, "the cells"):
        if action.kind in ("knockout", "clamp"):
            x[:, snapshots.genes.index(action.gene)] = action.value or 0.0
    return x


def _neighbour(
    snapshots: Snapshots, time: float, condition: Intervention, *, later: bool
) -> NDArray[np.int64]:
    """Rows of the condition at the nearest time before or after `time`."""
    rows = snapshots.rows(condition=condition)
    times = snapshots.time[rows]
    beyond = times[times > time] if later else times[times < time]
    if not len(beyond):
        where = "after" if later else "before"
        raise TimeError(
            f"cells of {condition.name} {where} {time:g}", f"none; times {np.unique(times)}",
            "choose a time between measured times",
        )  # fmt: skip
    return rows[times == (beyond.min() if later else beyond.max())]
