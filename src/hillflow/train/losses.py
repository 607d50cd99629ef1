"""Validation loss and no-change loss: predictions of validation cells, as `validation_loss` says.

Validation cells are a share of the *training* populations, set apart before anything is fitted.
A population that was left out for scoring is never used here.
"""

from __future__ import annotations

import torch

from hillflow.objectives.base import Training
from hillflow.objectives.equilibrium import one_mean_loss, rest_loss
from hillflow.objectives.exact_flow import knows_flow
from hillflow.objectives.match import Shooting
from hillflow.objectives.no_change import without_change
from hillflow.objectives.rollout import Rollout
from hillflow.objectives.velocity import velocity_loss

_ENOUGH = 4096  # cells in all; more populations have fewer each, or checks cost more than training


def validation_loss(
    training: Training, cells: int = 256, steps: int = 4, whole: bool | None = None
) -> float:
    """Return the error of predictions one time ahead, or with proteins over all times.

    Snapshots: energy distance between predicted and measured cells, mean over intervals. Series:
    mean squared error per gene. Each interval starts from measured states, so errors do not
    accumulate over times. Proteins are not measured, and known at the start only: a model with
    proteins (`whole`) is simulated from the first population through all times. The same cells and
    random numbers are drawn in every call. Cells at rest: see `rest_loss`; cells
    of which velocities alone are fitted: see `velocity_loss`.

    `cells` are drawn from each population; of many populations fewer, so that there are 4,096 in
    all, or as many as were measured.
    """
    if training.problem.at_rest:
        return rest_loss(training)
    if training.problem.velocities is not None and not training.problem.has_pairs:
        return velocity_loss(training)
    if whole is None:
        whole = training.heads.protein is not None
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        if training.problem.followed:
            pairs = training.problem.draw_pairs(16 * cells, generator)
            residual = Shooting(steps).residual(training, pairs)
            return float((residual * training.kept).square().mean())
        intervals = sum(max(1, len(data.times) - 1) for data in training.problem.by_condition)
        cells = min(cells, max(_ENOUGH, len(training.problem.states)) // intervals)
        if whole:
            objective, conditions = Rollout(steps=None), len(training.problem.by_condition)
            return float(objective.loss(training, cells * conditions, generator)["distance"])
        solver = "exact" if knows_flow(training.acting) else "auto"
        heads = training.heads
        if heads.diffusion is not None and heads.score is None:  # the field is a drift, no flow
            solver = "euler-maruyama"
        objective = Rollout(starts="every", horizon=1, steps=steps, solver=solver)
        return float(objective.loss(training, cells * intervals, generator)["distance"])


def no_change_loss(training: Training, cells: int = 256) -> float:
    """Return the validation loss of predicting no change; any fit should be below it.

    Of cells at rest: of one mean for all conditions.
    """
    if training.problem.at_rest:
        return one_mean_loss(training)
    still = without_change(training)
    return validation_loss(still, cells, 1, whole=training.heads.protein is not None)
