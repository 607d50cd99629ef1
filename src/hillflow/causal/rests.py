"""Where stable states go under interventions, and where they are left when these end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from hillflow.causal.basins import NEAR, follow_to_rest
from hillflow.causal.equilibrium_dynamics import Dynamics
from hillflow.errors import NumericalError
from hillflow.fields import VectorField
from hillflow.interventions import Intervention

Outcome: TypeAlias = Literal["stays", "switches", "another state", "no rest"]
Levels: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Rest:
    """Where one stable state goes under an intervention.

    Attributes
    ----------
    intervention, start
        The intervention, and the index of the state it begins at.
    levels
        Where the law rests under the intervention, [genes]; None if it does not come to rest.
    to
        Index of the state to which the law goes from there once the intervention ends: the one in
        whose basin `levels` lies. None if that is no listed state.
    """

    intervention: Intervention
    start: int
    levels: Levels | None
    to: int | None

    @property
    def outcome(self) -> Outcome:
        """What becomes of the state, in words."""
        if self.levels is None:
            return "no rest"
        if self.to is None:
            return "another state"
        return "stays" if self.to == self.start else "switches"


def rests(dynamics: Dynamics, states: Levels, interventions: Sequence[Intervention]) -> list[Rest]:
    """Follow each stable state under each intervention to rest, and from there without it.

    Parameters
    ----------
    states
        Stable states, [states, genes].

    Returns
    -------
    list of Rest
        By intervention, then by state. Cost: `follow_to_rest` of all states for each intervention,
        and once from all ends.
    """
    under: list[tuple[Intervention, int, Levels | None]] = []
    for intervention in interventions:
        ends = _followed(dynamics.under(intervention), states, dynamics.patience)
        under += [(intervention, start, end) for start, end in enumerate(ends)]
    settled = [end for _, _, end in under if end is not None]
    to = iter(basins_of(dynamics, states, np.array(settled).reshape(len(settled), states.shape[1])))
    return [
        Rest(intervention, start, end, None if end is None else next(to))
        for intervention, start, end in under
    ]


def basins_of(dynamics: Dynamics, states: Levels, x: Levels) -> list[int | None]:
    """Index of the stable state in whose basin each x, [points, genes], lies; None if of none.

    Cost: one `follow_to_rest`.
    """
    near = NEAR * max(float(np.abs(states).max()), float(np.finfo(float).tiny))
    found: list[int | None] = []
    for end in _followed(dynamics.field, x, dynamics.patience):
        gap = np.full(1, np.inf) if end is None else np.abs(states - end).max(axis=1)
        found.append(int(gap.argmin()) if gap.min() <= near else None)
    return found


def _followed(field: VectorField, x: Levels, patience: float) -> list[Levels | None]:
    """Where the flow from each x, [points, genes], rests; None if it moves on or diverges."""
    if not len(x):
        return []
    try:
        basins = follow_to_rest(field, torch.as_tensor(x), patience=patience)
    except NumericalError:  # of one or more, which only each by itself can tell
        return [None] if len(x) == 1 else [_followed(field, one[None], patience)[0] for one in x]
    return [basins.states[k].numpy() if k >= 0 else None for k in basins.reached.tolist()]
