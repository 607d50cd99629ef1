"""Teach: train one field on the velocities of another.

A potential describes the motion of populations well, but a regulatory law is no gradient. A
gradient-flow method can first fit a 'potential' field, on which a regulatory field is then trained:

    landscape = train("potential", data, "action-matching")
    fit = train("hill", data, [Stage(Teach(landscape.field))])
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

import torch

from hillflow.errors import GeneNameError, listing
from hillflow.fields import VectorField
from hillflow.objectives.base import Objective, Terms, Training
from hillflow.objectives.match import projected_square
from hillflow.objectives.paths import Linear, Path
from hillflow.objectives.problem import acting
from hillflow.objectives.variational import slopes


@dataclass(frozen=True, eq=False)
class Teach(Objective):
    """Regression E‖V ᵀ(f(x, t) − teacher(x, t))‖² at points between coupled cells.

    Parameters
    ----------
    teacher
        A fitted field of the same genes, which is not changed. Perturbed cells are trained on its
        velocities under the same perturbation. None for the gradient of the model's own potential
        head.
    path
        The path on which the velocities are compared.
    off_basis
        As in `Match`.
    """

    teacher: VectorField | None = None
    path: Path = field(default_factory=Linear)
    off_basis: float = 0.05

    @property
    def task(self) -> str:
        """What a stage with it does, in plain words."""
        return "learning the velocities of another field"

    def check(self, training: Training) -> None:
        """Raise an error if the teacher has other genes, or if there is nothing to learn from."""
        if self.teacher is None:
            training.heads.need("potential")
        elif self.teacher.genes != training.problem.genes:
            raise GeneNameError(
                f"a teacher of the data's {len(training.problem.genes):,} genes, in their order",
                f"a teacher of {listing(self.teacher.genes, 3)}",
                "fit the teacher on the same genes",
            )

    def prepare(self, training: Training, seed: int) -> None:
        """Prepare the path, and the teacher under each intervention."""
        training.learnt[self.path] = self.path.learn(training.problem, seed)
        if self.teacher is not None:
            training.learnt[self] = acting(
                copy.deepcopy(self.teacher).to(training.problem.states.device), training.problem
            )

    def loss(self, training: Training, cells: int, generator: torch.Generator) -> Terms:
        """Squared difference of the two velocities."""
        pairs = training.problem.draw_pairs(cells, generator)
        bridge = training.learnt[self.path].sample(pairs, generator)
        x = bridge.x.clamp(min=0.0) if training.heads.field.keeps_orthant else bridge.x
        if self.teacher is None:
            wanted = slopes(training.heads.need("potential"), x, bridge.t)[2].detach()
        else:
            with torch.no_grad():
                wanted = training.learnt[self](bridge.t, x)
        residual = training.acting(bridge.t, x) - wanted
        return {"velocity": projected_square(training, residual, self.off_basis)}
