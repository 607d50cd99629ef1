"""Drop regulators that cost no loss, from the least influential on.

Each is left out of its gene's table in turn (the table is averaged over it, at the mean of its
curve over the training cells), the populations are simulated, and it stays out if their distance to
the data grows by less than a hundredth. The same cells and random numbers serve all comparisons,
so that differences of this size are seen. Training goes on afterwards with the regulators left.

Cost: one simulation of all conditions for each regulator. With more than `TRIED` regulators, those
of little influence are dropped without a trial.
"""

from __future__ import annotations

import torch

from hillflow.fields.logic import LogicField, slopes
from hillflow.objectives.base import Training
from hillflow.train.losses import validation_loss
from hillflow.train.state import copy_tensors

COST = 0.01  # share of the loss that a regulator must be worth
LITTLE = 0.02  # effect on production, as a share of the largest, below which none is worth a trial
TRIED = 400


@torch.no_grad()
def settle_(training: Training) -> None:
    """Drop the regulators of a logic field that cost no loss; see the module."""
    field = training.heads.field
    if not isinstance(field, LogicField):
        return
    training.heads.eval()
    states = training.problem.states
    h = field.hill(states)
    level = h.mean(0)
    effect = (slopes(field.rows(), h).square().mean(0).sqrt() * h.std(0, correction=0)).double()
    order = [
        divmod(k, effect.shape[1])
        for k in torch.argsort(effect.flatten(), stable=True).tolist()
        if field.used.flatten()[k]
    ]
    tried = len(order) <= TRIED
    best = validation_loss(training) if tried else 0.0
    for gene, slot in order:
        before = copy_tensors(field.state_dict())
        field.drop_(gene, slot, float(level[gene, slot]))
        if effect[gene, slot] < LITTLE:
            best = validation_loss(training) if tried else best
            continue
        loss = validation_loss(training) if tried else float("inf")
        if loss <= (1 + COST) * best:
            best = min(best, loss)
        else:
            field.load_state_dict(before)
