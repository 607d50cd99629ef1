"""Predicting no change: the field 0, which every loss is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from hillflow.fields import VectorField
from hillflow.fields.base import Time
from hillflow.objectives.base import Objective, Training
from hillflow.objectives.heads import Heads
from hillflow.objectives.likelihood import Likelihood
from hillflow.objectives.match import projected_square
from hillflow.objectives.rollout import Rollout

_PAIRS = 4096
_CELLS = 256  # of each condition and interval


class ZeroField(VectorField):
    """dx/dt = 0, of states of so many columns."""

    def __init__(self, genes: Sequence[str], columns: int) -> None:
        super().__init__(genes)
        self.columns = columns

    @property
    def state_size(self) -> int:
        """The number of columns, which may hold more than the genes."""
        return self.columns

    def forward(self, t: Time, x: Tensor) -> Tensor:
        """0 at every state."""
        return torch.zeros_like(x)


def without_change(training: Training) -> Training:
    """The same data with the field 0 and no other heads."""
    zero = ZeroField(training.problem.genes, training.problem.states.shape[1])
    problem = replace(training.problem, dosing=None)  # `kept` still leaves out what is given
    return replace(training, heads=Heads(zero), acting=zero, problem=problem)


def no_change_objective(training: Training, objective: Objective) -> float:
    """What an objective loses by predicting no change; depends on the data alone.

    Of simulations, the distance of cells that stay; of likelihoods, that of cells that stay less
    that of the Gaussian of each population; of other objectives, the mean square of the velocity
    between coupled cells.
    """
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        if isinstance(objective, Rollout):
            intervals = sum(max(1, len(data.times) - 1) for data in training.problem.by_condition)
            plain = replace(objective, energy=0.0, mass=0.0, density=0.0, solver="auto", steps=1)
            terms = plain.loss(without_change(training), _CELLS * intervals, generator)
            return float(terms["distance"])
        if isinstance(objective, Likelihood):
            return objective.without_change(training)
        pairs = training.problem.draw_pairs(_PAIRS, generator)
        speed = (pairs.x1 - pairs.x0) / pairs.dt.unsqueeze(-1).to(pairs.x0.dtype)
        return float(projected_square(training, speed, 0.0))
