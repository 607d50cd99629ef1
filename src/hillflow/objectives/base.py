"""The contract of an objective: a loss, in named terms, of a model on a problem.

Every paper of the field falls into one of three families, and a method with a name is
a composition of theirs (see `registry`), never a class of its own:

==============  ===================================================================
`Match`         regression on coupled pairs, no simulation: E w ‖P(f(x_s) − v)‖²
`Rollout`       simulate a population and compare it with what was measured
`Variational`   a potential whose gradient moves the population: action matching
==============  ===================================================================
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from hillflow.fields import VectorField
from hillflow.objectives.heads import Heads
from hillflow.objectives.problem import Problem, acting

Terms = dict[str, Tensor]


@dataclass(frozen=True, eq=False)
class Training:
    """A model on a problem: what a loss is computed from.

    Attributes
    ----------
    heads, problem
        What is trained, and on what.
    acting
        The field as each condition sees it, for states [conditions, cells, genes].
    kept
        1 where a gene's own equation stands, 0 where it was acted on; [conditions, 1, genes].
    learnt
        What objectives worked out before their first step, each under a key of its own.
    """

    heads: Heads
    problem: Problem
    acting: VectorField
    kept: Tensor
    learnt: dict[Any, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, heads: Heads, problem: Problem) -> Training:
        """Bind a model to a problem; refuses interventions that the field cannot do."""
        return cls(heads, problem, acting(heads.field, problem, heads.efficacy), problem.kept)


class Objective(ABC):
    """What a stage of training minimises. Frozen options only: all state is in `Training`."""

    @property
    def learns(self) -> tuple[str, ...]:
        """What it can teach: "velocity", "score", "growth", "potential"."""
        return ("velocity",)

    @property
    def takes_interventions(self) -> bool:
        """Whether it can train on perturbed cells."""
        return True

    def check(self, training: Training) -> None:  # noqa: B027 (nothing to refuse is the rule)
        """Refuse, before any work, a model or a problem that this objective cannot use."""

    def prepare(self, training: Training, seed: int) -> None:  # noqa: B027
        """Work done once before the first step (such as learning a metric path).

        Its result goes into `training.learnt` and depends on the problem and the seed alone,
        so that a resumed run finds the same one.
        """

    @abstractmethod
    def loss(self, training: Training, cells: int, generator: torch.Generator) -> Terms:
        """Named terms, each a scalar that already carries its weight; their sum is minimised.

        `cells` bounds the batch, all conditions together; every random number comes from
        `generator`.
        """
