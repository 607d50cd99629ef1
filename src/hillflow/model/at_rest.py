"""Prediction at rest: control cells, moved by the change of the state in which the field rests.

With x*_a the rest state under a perturbation and x*_0 that without, both from the mean of the
control cells, each control cell y is predicted at ŷ = y + x*_a − x*_0. Errors of the field that
both share cancel, and the population keeps its shape. With ``absolute=True`` it is
y + x*_a − mean(y): the sampling error of the control mean, of which x*_0 has less, does not enter.
That is closer where control cells are few.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from hillflow.errors import NumericalError, UnsupportedError
from hillflow.interventions import Intervention
from hillflow.solve import rest_state

if TYPE_CHECKING:
    from hillflow.model.member import Member


def rest_states(
    member: Member, start: np.ndarray, interventions: Sequence[Intervention],
    skip_moving: bool = False,
) -> np.ndarray:  # fmt: skip
    """Return the states in which the field rests under each intervention.

    Parameters
    ----------
    member
        A member that was fitted at rest.
    start
        State to start from, [genes]: the mean of the control cells.
    interventions
        The perturbations; the control is one of them.
    skip_moving
        Give NaN for a perturbation under which the field does not come to rest, not an error.

    Returns
    -------
    numpy.ndarray
        [interventions, genes].
    """
    acting = member.field.do_each([member.as_fitted(one) for one in interventions])
    like = member.field._like()
    x = torch.as_tensor(start, dtype=like.dtype, device=like.device)
    if member.field.keeps_orthant:
        x = x.clamp(min=0.0)
    with torch.no_grad():
        states, rest = rest_state(acting, x.expand(len(interventions), 1, -1))
    moving = [one.name for one, rests in zip(interventions, rest, strict=True) if not bool(rests)]
    if moving and not skip_moving:
        raise NumericalError(
            f"a fit that comes to rest under {moving[0]}", "one that still changes",
            "leave this intervention out, or fit another field or with more steps (effort)",
        )  # fmt: skip
    states = torch.where(rest.unsqueeze(-1), states, torch.nan)
    return states.squeeze(1).double().numpy(force=True)


def check_moving(member: Member, purpose: str) -> None:
    """Refuse a fit of cells at rest for a `purpose` that needs to know how cells change."""
    if member.at_rest:
        raise UnsupportedError(
            f"a fit to cells of several times, for {purpose}",
            "a fit of cells at rest, of one time, which does not show how fast they change",
            "use hillflow.graph, hillflow.knockout or hillflow.predict",
        )
