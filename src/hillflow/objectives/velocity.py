"""Velocity: regression of a field on RNA velocities, which other programs estimated.

    E_cells mean_i (f_i(x, t)/c − v_i)² / var(v_i)

over the genes i whose velocity v_i is known and varies between cells; by its variance, a gene of
small velocities counts as much as others. An RNA velocity is expression per unit of a time of its
own, whose length is arbitrary (Bergen et al. 2020). c > 0 is the number of these units in one unit
of the time of the data, so that dx/dt = c v. Alone, c = 1: the field is in the time of the
velocities. Beside snapshots, c is the best one for the field and the cells of each step,

    c = ⟨f, f⟩ / ⟨f, v⟩,  with which the term is var(v) (1 − cos²(f, v)):

the velocities give directions, and the snapshots give the time. The field is divided by c, and not
v multiplied, because v holds the noise: as a regression of f on c v, both would shrink towards 0.

Source: regression of a field on velocities of cells as in Qiu et al. 2022 (Dynamo) and Chen et al.
2022 (DeepVelo).
Cost per step: one evaluation of the field and its gradient.
When not: the velocities are of another matrix than the one that is fitted (scVelo's are of
``layers["Ms"]``, not of logarithms), or regulators act by slow proteins, which are taken to be at
p = x here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from hillflow.errors import InputError
from hillflow.objectives.base import Objective, Terms, Training
from hillflow.objectives.extended import Extended
from hillflow.objectives.measured_velocity import MeasuredVelocity, no_velocity
from hillflow.objectives.no_change import no_change_objective

_CELLS = 4096  # of which c and the loss are computed after training
_LEAST_COSINE = 1e-2  # between field and velocities, with which c is computed


@dataclass(frozen=True)
class Velocity(Objective):
    """Regression on velocities alone: rates are in the time of the velocities (c = 1)."""

    @property
    def couples(self) -> bool:
        """It needs no pairs of cells."""
        return False

    @property
    def task(self) -> str:
        """What a stage with it does, in plain words."""
        return "matching measured velocities"

    def check(self, training: Training) -> None:
        """Raise an error for cells without velocities."""
        velocities_of(training)

    def loss(self, training: Training, cells: int, generator: torch.Generator) -> Terms:
        """The velocity term."""
        measured = velocities_of(training)  # the mean variance keeps the unit of flow matching
        share = measured.unit.square().mean()
        return {"velocity": share * _square(*_compared(training, cells, generator))}


@dataclass(frozen=True, eq=False)
class WithVelocity(Extended):
    """An objective plus the velocity term, with the best c.

    Parameters
    ----------
    objective
        The objective to which velocities are added.
    weight
        Weight of the velocity term, in units of what `objective` loses by predicting no change:
        at 1, to explain none of the velocities costs as much as to predict no change.
    """

    weight: float = 1.0

    @property
    def takes_unspliced(self) -> bool:
        """No: velocities are computed from both, and would count twice."""
        return False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.weight) and self.weight >= 0):
            raise InputError(
                "a finite weight of velocities of at least 0", f"{self.weight:g}", "correct it"
            )

    def check(self, training: Training) -> None:
        """Raise an error for cells without velocities."""
        self.objective.check(training)
        velocities_of(training)

    def prepare(self, training: Training, seed: int) -> None:
        """Prepare the objective, and compute what it loses by predicting no change."""
        self.objective.prepare(training, seed)
        training.learnt[self] = no_change_objective(training, self.objective)

    def loss(self, training: Training, cells: int, generator: torch.Generator) -> Terms:
        """The terms of the objective, and the velocity term."""
        terms = self.objective.loss(training, cells, generator)
        field, measured, scored = _compared(training, cells, generator)
        inverse = _inverse_scale(field.detach(), measured, scored)
        share = self.weight * training.learnt[self]
        return terms | {"rna_velocity": share * _square(inverse * field, measured, scored)}


def velocities_of(training: Training) -> MeasuredVelocity:
    """The velocities of the problem; an error without any."""
    if training.problem.velocities is None:
        raise no_velocity()
    return training.problem.velocities


def velocity_scale(training: Training) -> float:
    """c of the trained field, over cells that are the same in every call."""
    with torch.no_grad():
        return float(1 / _inverse_scale(*_compared(training, _CELLS, _generator())))


def velocity_loss(training: Training) -> float:
    """E mean_i (f_i − v_i)²/var(v_i) over cells that are the same in every call."""
    with torch.no_grad():
        return float(_square(*_compared(training, _CELLS, _generator())))


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def _compared(
    training: Training, cells: int, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """The field and the velocity of drawn cells by the spread of each gene, and what is scored.

    All are [conditions, cells, genes]; perturbed genes are not scored in their condition.
    """
    measured = velocities_of(training)
    batch = measured.draw(training.problem.states, cells, generator)
    field = training.acting(batch.t, batch.x) / measured.unit
    return field, batch.velocity / measured.unit, batch.known * training.kept


def _square(field: Tensor, velocity: Tensor, scored: Tensor) -> Tensor:
    """Mean square of what is scored; 1 for the mean velocity in all cells."""
    return (scored * (field - velocity).square()).sum() / scored.sum().clamp(min=1.0)


def _inverse_scale(field: Tensor, velocity: Tensor, scored: Tensor) -> Tensor:
    """1/c = ⟨f, v⟩/⟨f, f⟩; for a field that points away, small but positive."""
    along, own, other = (
        (scored * a * b).sum() for a, b in ((field, velocity), (field, field), (velocity, velocity))
    )
    own = own.clamp(min=torch.finfo(own.dtype).tiny)
    return torch.maximum(along / own, _LEAST_COSINE * (other / own).sqrt())
