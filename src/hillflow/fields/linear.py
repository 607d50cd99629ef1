"""Linear regulation with decay: the baseline that every result is shown beside."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from hillflow.fields.base import Time, VectorField
from hillflow.fields.calibration import decay_rates
from hillflow.fields.edges import CandidateEdges, candidate_edges
from hillflow.fields.positive import inverse_softplus, softplus
from hillflow.fields.registry import register
from hillflow.fields.sparsity import EdgeSparsity


@register(
    name="linear",
    formula="ẋ = W x + b − γ ⊙ x",
    source="linear regulation with first-order decay (Chen, He & Church 1999)",
    prior="mask",
    cost="O(E); O(G²) without candidate edges",
    when_not="saturating or switching regulation, several steady states, laws to be extrapolated",
)
class LinearField(VectorField):
    """ẋ = W x + b − γ ⊙ x, with γ = softplus(θ) > 0.

    Its production W x + b may be negative, so states may leave x ≥ 0. W_ii and γ_i act alike
    on ẋ_i; only an L1 cost on W parts them (it makes the decay carry what both could).

    Parameters
    ----------
    genes
        Names of the G genes.
    edges
        Candidate edges that may carry a weight; all pairs if None.
    seed
        Of the initial weights.
    l1, free_cost, proximal
        Sparsity of W, see :class:`~hillflow.fields.sparsity.EdgeSparsity`.
    dtype
        Of the parameters.
    """

    def __init__(
        self,
        genes: Sequence[str],
        *,
        edges: CandidateEdges | None = None,
        seed: int = 0,
        l1: float = 0.0,
        free_cost: float = 3.0,
        proximal: bool = True,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(genes, seed=seed, l1=l1, free_cost=free_cost, proximal=proximal)
        self.edges = candidate_edges(genes, edges)
        self.sparsity = EdgeSparsity(l1, free_cost, proximal)
        generator = torch.Generator().manual_seed(seed)
        scale = 0.1 * self.edges.in_degree().clamp_min(1).rsqrt()[self.edges.target]
        weights = torch.randn(len(self.edges), generator=generator, dtype=torch.float64) * scale
        self.weights = nn.Parameter(weights.to(dtype))
        self.basal = nn.Parameter(torch.zeros(len(self.genes), dtype=dtype))
        self.raw_decay = nn.Parameter(inverse_softplus(torch.ones(len(self.genes), dtype=dtype)))
        self.proximal_(0.0)

    def production(self, x: Tensor, t: Time = None) -> Tensor:
        """W x + b, [..., genes]."""
        return self.edges.weighted_sum(self.weights, x) + self.basal

    def decay(self, x: Tensor, t: Time = None) -> Tensor:
        """γ ⊙ x, [..., genes]."""
        return self.decay_rate() * x

    def decay_rate(self) -> Tensor:
        """γ, [genes]."""
        return softplus(self.raw_decay)

    def jacobian(self, x: Tensor, t: Time = None) -> Tensor:
        """W − diag γ at every state, [..., target, source] (one matrix, expanded)."""
        matrix = self.edge_weights() - torch.diag(self.decay_rate())
        return matrix.expand(*x.shape, x.shape[-1])

    def edge_weights(self) -> Tensor:
        """W, [target, source]."""
        return self.edges.dense(self.weights)

    def penalty(self) -> Tensor:
        """λ Σ c |w| where it is a term of the loss, else 0."""
        return self.sparsity.penalty(self.edges, self.weights)

    @torch.no_grad()
    def proximal_(self, step: float) -> None:
        """Soft threshold of W, and known signs."""
        self.sparsity.proximal_(step, self.edges, self.weights)

    @torch.no_grad()
    def calibrate_(self, x: Tensor, velocity: Tensor | None = None) -> None:
        """γ from the spread of velocities, b so that the mean velocity is met."""
        rate = self.decay_rate()
        if velocity is not None:
            rate = decay_rates(x, velocity)
        self.raw_decay.copy_(inverse_softplus(rate))
        level = x.mean(0)
        drift = torch.zeros_like(level) if velocity is None else velocity.mean(0)
        self.basal.copy_(drift + rate * level - self.edges.weighted_sum(self.weights, level))
