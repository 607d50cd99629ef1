"""What one would guess of a population without a model: three guesses, each hard to beat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hillflow.baselines.differences import COMPONENTS
from hillflow.data import Snapshots
from hillflow.errors import TimeError
from hillflow.interventions import Intervention

CONTROL = Intervention.control()


def no_motion(snapshots: Snapshots, time: float, condition: Intervention = CONTROL) -> np.ndarray:
    """The cells of a condition at the last measured time before `time`, [cells, genes]."""
    return snapshots.x[_neighbour(snapshots, time, condition, later=False)]


def ot_interpolation(
    snapshots: Snapshots, time: float, condition: Intervention = CONTROL
) -> tuple[np.ndarray, NDArray[np.float64]]:
    """Between the measured times around `time`, along the lines of the optimal plan.

    x = (1 − s) x0 + s x1 for the pairs of the plan between them, s the share of the gap that has
    passed (McCann 1997). Coupled in the basis of the snapshots, or in 20 principal components.

    Returns
    -------
    tuple
        Points, [pairs, genes], and what share of the mass each carries, [pairs].
    """
    from hillflow.transport import ExactOT

    before = _neighbour(snapshots, time, condition, later=False)
    after = _neighbour(snapshots, time, condition, later=True)
    start, end = snapshots.time[before[0]], snapshots.time[after[0]]
    seen = snapshots if snapshots.basis is not None else snapshots.with_basis(COMPONENTS)
    pairs = ExactOT().couple(seen.states(before), seen.states(after))
    share = (time - start) / (end - start)
    points = (1 - share) * snapshots.x[before[pairs.i]] + share * snapshots.x[after[pairs.j]]
    return points, pairs.weight / pairs.weight.sum()


def control_with_gene_set(
    snapshots: Snapshots, intervention: Intervention, time: float
) -> np.ndarray:
    """Control cells at `time` with the perturbed genes at 0 or at their level, [cells, genes].

    A knockout or clamp sets its gene and nothing else; other actions change nothing here.
    """
    x = snapshots.x[snapshots.rows(time, CONTROL)].copy()
    for action in intervention.check(snapshots.genes):
        if action.kind in ("knockout", "clamp"):
            x[:, snapshots.genes.index(action.gene)] = action.value or 0.0
    return x


def _neighbour(
    snapshots: Snapshots, time: float, condition: Intervention, *, later: bool
) -> NDArray[np.int64]:
    """Rows of the condition at the nearest time before or after."""
    rows = snapshots.rows(condition=condition)
    times = snapshots.time[rows]
    beyond = times[times > time] if later else times[times < time]
    if not len(beyond):
        where = "after" if later else "before"
        raise TimeError(
            f"cells of {condition.name} {where} {time:g}", f"none; times {np.unique(times)}",
            "choose a time between measured ones",
        )  # fmt: skip
    return rows[times == (beyond.min() if later else beyond.max())]
