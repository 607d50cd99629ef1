"""The drift of a diffusion from its flow and its score, forwards or backwards in time."""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.fields import VectorField
from hillflow.fields.base import Time
from hillflow.objectives.heads import StateFunction


class ScoreDrift(VectorField):
    """b = u + σ²/2 P ∇log p of dx = b dt + σ P dW, whose populations are those of ẋ = u.

    u is the velocity of the probability flow, ∇log p the score, and P the projection on the basis
    in which there is noise. Backwards from a time `end`, with τ = end − t, the same populations are
    those of dx = (−u + σ²/2 P ∇log p) dτ + σ P dW (Anderson 1982).

    Source: Song et al. 2021 (probability flow); Tong et al. 2024 ([SF]²M, eq. 4 and 5).
    Cost: one evaluation of u and one of the score.
    """

    has_split = False

    def __init__(
        self,
        flow: VectorField,
        score: StateFunction,
        sigma: Tensor,
        along: Tensor | None = None,
        end: float | None = None,
    ) -> None:
        super().__init__(flow.genes)
        self.flow, self.score = flow, score
        self.half_variance, self.along, self.end = sigma.square() / 2, along, end
        self.autonomous, self.keeps_orthant = False, flow.keeps_orthant

    def admit(self, x: Tensor) -> Tensor:
        """Project the states as the flow does."""
        return self.flow.admit(x)

    def forward(self, t: Time, x: Tensor) -> Tensor:
        """Return the drift at time t, or at `end` − t backwards, [..., genes]."""
        time = t
        if self.end is not None:
            time = self.end - torch.as_tensor(0.0 if t is None else t, dtype=x.dtype)
        velocity = self.flow(time, x)
        return (velocity if self.end is None else -velocity) + self.beside(x, time)

    def beside(self, x: Tensor, t: Time) -> Tensor:
        """Return σ²/2 P ∇log p, the part of the drift that is not the flow, [..., genes]."""
        slope = self.score(x, t)
        if self.along is not None:
            slope = slope @ self.along @ self.along.T
        return self.half_variance * slope
