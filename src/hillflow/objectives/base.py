"""The interface of an objective: a loss with named terms, of a model on a problem.

Published methods fall into four families, and each named method is a composition of objectives
(see `registry`), not a class:

==============  ===================================================================
`Match`         regression on coupled pairs, without simulation: E w ‖P(f(x_s) − v)‖²
`Rollout`       simulates a population and compares it with the measured one
`Likelihood`    makes the measured cells likely under the flow: a continuous normalising flow
`Variational`   fits a potential whose gradient moves the population: action matching, and
                Wasserstein Lagrangian flows
==============  ===================================================================
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from hillflow.fields import VectorField
from hillflow.fields.with_unspliced import WithUnspliced
from hillflow.objectives.heads import Heads
from hillflow.objectives.problem import Problem, acting

Terms = dict[str, Tensor]


@dataclass(frozen=True, eq=False)
class Training:
    """A model and its training data, from which a loss is computed.

    Attributes
    ----------
    heads, problem
        The model and the training data.
    acting
        The field under each condition, for states [conditions, cells, genes]; of spliced and
        unspliced mRNA for states [conditions, cells, 2·genes].
    kept
        0 for genes that were perturbed in the condition, else 1; [conditions, 1, genes].
    learnt
        Results of `Objective.prepare`, by objective or path.
    """

    heads: Heads
    problem: Problem
    acting: VectorField
    kept: Tensor
    learnt: dict[Any, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, heads: Heads, problem: Problem) -> Training:
        """Combine a model and a problem; raises an error for interventions the field cannot do."""
        field = acting(heads.field, problem, heads.efficacy)
        if problem.spliced:
            field = WithUnspliced(field, heads.need("splicing"))
        return cls(heads, problem, field, problem.kept)


class Objective(ABC):
    """A loss that a stage minimises. Holds frozen options only; all state is in `Training`."""

    @property
    def learns(self) -> tuple[str, ...]:
        """What it can fit: "velocity", "score", "growth", "potential"."""
        return ("velocity",)

    @property
    def task(self) -> str:
        """What a stage with it does, in plain words for a progress line."""
        return f"minimising {type(self).__name__}"

    @property
    def bridges(self) -> bool:
        """Whether it needs pairs that are the ends of a Schrödinger bridge."""
        return False

    @property
    def takes_interventions(self) -> bool:
        """Whether it can train on perturbed cells."""
        return True

    @property
    def takes_unspliced(self) -> bool:
        """Whether it can train on spliced and unspliced mRNA."""
        return False

    @property
    def takes_pairs(self) -> bool:
        """Whether it learns from coupled pairs, and not from populations alone."""
        return self.couples

    @property
    def at_rest(self) -> bool:
        """Whether it fits cells at rest, of one time, and not their change between times."""
        return False

    @property
    def couples(self) -> bool:
        """Whether it needs pairs of cells of consecutive times."""
        return not self.at_rest

    def check(self, training: Training) -> None:  # noqa: B027 (most objectives accept everything)
        """Raise an error if this objective cannot use the model or the problem."""

    def prepare(self, training: Training, seed: int) -> None:  # noqa: B027
        """Prepare the first step, for example by learning a metric path.

        The result goes into `training.learnt` and depends on the problem and the seed only, so
        that a resumed run gets the same one.
        """

    @abstractmethod
    def loss(self, training: Training, cells: int, generator: torch.Generator) -> Terms:
        """Named scalar terms, already multiplied by their weights; their sum is minimised.

        `cells` is the batch size over all conditions; all random numbers come from `generator`.
        """
