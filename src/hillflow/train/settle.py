"""Drop regulators that cost no loss, from the least useful on.

A regulator is left out of its gene's table (the others take over what they can, see
`LogicField.drop_`), the populations are simulated, and the growth of their distance to the data is
its use. From the least useful on, each is left out again, beside those that were dropped, and stays
out if the distance grows by less than `COST`. The same cells and random numbers serve all
comparisons. Training goes on afterwards with the regulators that are left, and repairs what the
dropped ones cost.

Cost: two simulations of all conditions for each regulator. With more than `TRIED` regulators, those
of little effect at some of the states are dropped without a trial: O(states · genes).
"""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.fields.logic import LogicField, slopes
from hillflow.objectives.base import Training
from hillflow.train.losses import validation_loss
from hillflow.train.state import copy_tensors

COST = 0.05  # growth of the loss that a regulator must save; chosen on simulated systems
LITTLE = 0.02  # effect on production, as a share of the largest, that counts where none is tried
TRIED = 400
STATES = 1000  # at which effects are compared where none is tried

Place = tuple[int, int]  # a gene, and the place of a regulator in its table


@torch.no_grad()
def settle_(training: Training) -> None:
    """Drop the regulators of a logic field that cost no loss; see the module."""
    field = training.heads.field
    if not isinstance(field, LogicField):
        return
    training.heads.eval()
    states = training.problem.levels
    used: list[Place] = [(int(gene), int(slot)) for gene, slot in field.used.nonzero()]
    if len(used) > TRIED:
        states = states[:: max(1, len(states) // STATES)]
        effect = _effects(field, states)
        for gene, slot in used:
            if effect[gene, slot] < LITTLE:
                field.drop_(gene, slot, states)
        return
    start = copy_tensors(field.state_dict())

    def loss_without(place: Place) -> float:
        field.drop_(*place, states)
        return validation_loss(training)

    use = {}
    for place in used:
        use[place] = loss_without(place)
        field.load_state_dict(start)
    loss = validation_loss(training)
    for place in sorted(used, key=lambda one: use[one]):
        before = copy_tensors(field.state_dict())
        now = loss_without(place)
        if now <= (1 + COST) * loss:
            loss = now
        else:
            field.load_state_dict(before)


def _effects(field: LogicField, states: Tensor) -> Tensor:
    """Return the effect of each regulator on production over states, as a share of s, [G, R]."""
    h = field.hill(states)
    return slopes(field.rows(), h).square().mean(0).sqrt() * h.std(0, correction=0)
