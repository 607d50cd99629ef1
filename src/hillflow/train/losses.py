"""Validation loss and no-change loss: prediction one time ahead, on validation cells.

Validation cells are a share of the *training* populations, set apart before anything is fitted.
A population that was left out for scoring is never used here.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from hillflow.fields import VectorField
from hillflow.fields.base import Time
from hillflow.objectives.base import Training
from hillflow.objectives.exact_flow import knows_flow
from hillflow.objectives.heads import Heads
from hillflow.objectives.match import Shooting
from hillflow.objectives.rollout import Rollout


def validation_loss(training: Training, cells: int = 256, steps: int = 4) -> float:
    """Return the error of predictions one time ahead.

    Snapshots: energy distance between predicted and measured cells, mean over intervals. Series:
    mean squared error per gene. Each interval starts from measured states, so errors do not
    accumulate over times. The same cells are drawn in every call.
    """
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        if training.problem.followed:
            pairs = training.problem.draw_pairs(16 * cells, generator)
            residual = Shooting(steps).residual(training, pairs)
            return float((residual * training.kept).square().mean())
        intervals = sum(max(1, len(data.times) - 1) for data in training.problem.by_condition)
        solver = "exact" if knows_flow(training.acting) else "auto"
        objective = Rollout(starts="every", horizon=1, steps=steps, solver=solver)
        return float(objective.loss(training, cells * intervals, generator)["distance"])


def no_change_loss(training: Training, cells: int = 256) -> float:
    """Return the validation loss of predicting no change; any fit should be below it."""
    zero = _ZeroField(training.problem.genes)
    return validation_loss(replace(training, heads=Heads(zero), acting=zero), cells, steps=1)


class _ZeroField(VectorField):
    """dx/dt = 0."""

    def forward(self, t: Time, x: Tensor) -> Tensor:
        return torch.zeros_like(x)
