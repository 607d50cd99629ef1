"""WithPrior: an objective with a prior network as a soft target for production.

    loss + λ E_x mean_i (production_i(x) − Σ_j x_j P[j, i])²,  x uniform on the data's range

The prior acts on production only, at random states within the range of the data: it gives the
signs of regulations, and leaves levels and rates to the data.

Source: Hossain et al. 2024 (PHOENIX), where λ weighs the two terms.
Cost: one evaluation of production at `states` states, and O(E) for the prior.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from hillflow.draws import uniform
from hillflow.errors import InputError, UnsupportedError
from hillflow.fields import CandidateEdges
from hillflow.fields.production_prior import production_prior_loss
from hillflow.objectives.base import Terms, Training
from hillflow.objectives.extended import Extended


@dataclass(frozen=True, eq=False)
class WithPrior(Extended):
    """An objective plus λ times the disagreement of production with a prior network.

    Parameters
    ----------
    objective
        The objective to which the prior is added.
    edges, weights
        The prior network, and a signed weight per edge, [E]; None for the signs of the edges.
    strength
        λ, the weight of the prior. The default was chosen on simulated series of two random
        networks with a tenth of the prior's edges wrong: .1 fits them less well and ranks their
        edges no better, .01 ranks them far worse.
    states
        Number of random states per step.
    """

    edges: CandidateEdges
    weights: Tensor | None = None
    strength: float = 0.03
    states: int = 256

    def __post_init__(self) -> None:
        if not (math.isfinite(self.strength) and self.strength >= 0 and self.states >= 1):
            raise InputError(
                "a finite strength of at least 0 and one state or more",
                f"strength={self.strength:g}, states={self.states}", "correct them",
            )  # fmt: skip
        if self.weights is not None and self.weights.shape != (len(self.edges),):
            raise InputError(
                f"one weight for each of {len(self.edges):,} edges",
                f"shape {tuple(self.weights.shape)}",
                "give the weights in the order of edges.source and edges.target",
            )

    def check(self, training: Training) -> None:
        """Raise an error for a field without production, or a network of other genes."""
        self.objective.check(training)
        field = training.heads.field
        if not field.has_split:
            raise UnsupportedError(
                "a field with a production/decay split for a prior", f"the {field.name!r} field",
                "fit 'hill-dense', 'hill' or 'linear', or leave the prior out",
            )  # fmt: skip
        if self.edges.genes != len(field.genes):
            raise InputError(
                f"a prior network among {len(field.genes):,} genes",
                f"one among {self.edges.genes:,}", "align the network with the data first",
            )  # fmt: skip

    def prepare(self, training: Training, seed: int) -> None:
        """Prepare the objective, and compute the range of the data."""
        self.objective.prepare(training, seed)
        states = training.problem.levels
        weights = self.edges.sign if self.weights is None else self.weights
        edges = copy.deepcopy(self.edges).to(states.device)
        training.learnt[self] = (states.amin(0), states.amax(0), (edges, weights.to(states)))

    def loss(self, training: Training, cells: int, generator: torch.Generator) -> Terms:
        """The terms of the objective, and the term of the prior."""
        terms = self.objective.loss(training, cells, generator)
        low, high, prior = training.learnt[self]
        share = uniform((self.states, len(low)), low, generator)
        x = torch.lerp(low, high, share)
        off = production_prior_loss(training.heads.field, prior, x)
        return terms | {"prior": self.strength * off}
