"""Softplus regulation with decay: transcription as in RegVelo, on candidate edges."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from hillflow.fields.base import Time
from hillflow.fields.edges import Candidates
from hillflow.fields.linear import LinearField
from hillflow.fields.positive import inverse_softplus, softplus
from hillflow.fields.registry import register


@register(
    name="softplus",
    formula="ẋ = p softplus((W x + b)/p) − γ ⊙ x",
    source="the transcription rate of RegVelo (Wang et al. 2024), which has p = 1",
    prior="mask",
    cost="O(E); O(G²) without candidate edges",
    when_not="regulation saturates, genes activate each other (production has no bound), or two "
    "regulators must act together (use 'hill' or 'logic')",
)
class SoftplusField(LinearField):
    """ẋ = p ⊙ softplus((W x + b)/p) − γ ⊙ x, trained in scaled units (see `units`).

    Production is never negative: it grows linearly far above its threshold and vanishes far below,
    so that a repressor can silence a gene. p, expression per time, is the width of the bend; it is
    trained, because 1 has a meaning in one scaling of the data only. ∂production_i/∂x_j is at most
    W_ij.

    Parameters
    ----------
    genes, edges, seed, l1, free_cost, proximal, dtype
        As in `LinearField`; the edges are what RegVelo calls the skeleton.
    """

    keeps_orthant = True
    default_readout = ("weight", "a weight is the largest slope, of the same sign in all cells")

    def __init__(
        self,
        genes: Sequence[str],
        *,
        edges: Candidates = None,
        seed: int = 0,
        l1: float = 0.0,
        free_cost: float = 3.0,
        proximal: bool = True,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(
            genes, edges=edges, seed=seed, l1=l1, free_cost=free_cost, proximal=proximal,
            dtype=dtype,
        )  # fmt: skip
        self.log_width = nn.Parameter(torch.zeros(len(self.genes), dtype=dtype))

    @property
    def width(self) -> Tensor:
        """p, [genes]."""
        return self.units.production * self.log_width.exp()

    def production(self, x: Tensor, t: Time = None) -> Tensor:
        """Return p softplus((W x + b)/p), [..., genes]."""
        return self.width * softplus(super().production(x, t) / self.width)

    def jacobian(self, x: Tensor, t: Time = None) -> Tensor:
        """Return σ((W x + b)/p) ⊙ W − diag γ, [..., target, source]."""
        share = torch.sigmoid(super().production(x, t) / self.width).unsqueeze(-1)
        return share * self.edge_weights() - torch.diag(self.decay_rate())

    @torch.no_grad()
    def calibrate_(self, x: Tensor, velocity: Tensor | None = None) -> None:
        """Set units, γ and p from the spread of states and velocities, b from mean production."""
        mean = self.units.calibrate_(x, velocity, x)
        self.level.copy_(inverse_softplus(mean / self.units.production))
