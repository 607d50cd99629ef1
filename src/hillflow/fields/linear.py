"""Linear regulation with decay: the baseline that every result is shown beside."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from hillflow.fields.base import Time, VectorField
from hillflow.fields.edges import Candidates, candidate_edges
from hillflow.fields.registry import register
from hillflow.fields.sparsity import EdgeSparsity
from hillflow.fields.units import Units


@register(
    name="linear",
    formula="ẋ = W x + b − γ ⊙ x",
    source="linear regulation with first-order decay (Chen, He & Church 1999)",
    prior="mask",
    cost="O(E); O(G²) without candidate edges",
    when_not="saturating or switching regulation, several steady states, laws to be extrapolated, "
    "overexpression by a factor (production may be negative)",
)
class LinearField(VectorField):
    """ẋ = W x + b − γ ⊙ x, trained in units of its own (see `units`).

    Its production W x + b may be negative, so states may leave x ≥ 0, and overexpression by a
    factor may lower a gene: clamp it instead. W_ii and γ_i act alike
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
        Sparsity of the weights in their units, see
        :class:`~hillflow.fields.sparsity.EdgeSparsity`.
    dtype
        Of the parameters.

    Attributes
    ----------
    strength
        θ_ij = W_ij s_j / u_i: effect on the target's spread of production per spread of the
        source, [E].
    level
        Mean production in units u, so that b = u ⊙ level − W centre, [genes].
    """

    default_readout = ("weight", "the slopes of a linear law are its weights")

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
        super().__init__(genes, seed=seed, l1=l1, free_cost=free_cost, proximal=proximal)
        self.edges = candidate_edges(genes, edges)
        self.sparsity = EdgeSparsity(l1, free_cost, proximal)
        self.units = Units(len(self.genes), dtype)
        generator = torch.Generator().manual_seed(seed)
        scale = 0.1 * self.edges.in_degree().clamp_min(1).rsqrt()[self.edges.target]
        strength = torch.randn(len(self.edges), generator=generator, dtype=torch.float64) * scale
        self.strength = nn.Parameter(strength.to(dtype))
        self.level = nn.Parameter(torch.zeros(len(self.genes), dtype=dtype))
        self.proximal_(0.0)

    @property
    def weights(self) -> Tensor:
        """W of each edge in expression per time and expression, [E]."""
        return self.strength * self.units.per_edge(self.edges)

    @property
    def basal(self) -> Tensor:
        """b, [genes]."""
        offset = self.edges.weighted_sum(self.weights, self.units.centre)
        return self.units.production * self.level - offset

    def production(self, x: Tensor, t: Time = None) -> Tensor:
        """W x + b, [..., genes], computed as W (x − centre) + u ⊙ level."""
        moved = self.edges.weighted_sum(self.weights, x - self.units.centre)
        return moved + self.units.production * self.level

    def decay(self, x: Tensor, t: Time = None) -> Tensor:
        """γ ⊙ x, [..., genes]."""
        return self.decay_rate() * x

    def decay_rate(self) -> Tensor:
        """γ, [genes]."""
        return self.units.decay_rate()

    def jacobian(self, x: Tensor, t: Time = None) -> Tensor:
        """W − diag γ at every state, [..., target, source] (one matrix, expanded)."""
        matrix = self.edge_weights() - torch.diag(self.decay_rate())
        return matrix.expand(*x.shape, x.shape[-1])

    def edge_weights(self) -> Tensor:
        """W, [target, source]."""
        return self.edges.dense(self.weights)

    def penalty(self) -> Tensor:
        """λ Σ c |θ| where it is a term of the loss, else 0."""
        return self.sparsity.penalty(self.edges, self.strength)

    @torch.no_grad()
    def proximal_(self, step: float) -> None:
        """Soft threshold of θ, and known signs."""
        self.sparsity.proximal_(step, self.edges, self.strength)

    @torch.no_grad()
    def calibrate_(self, x: Tensor, velocity: Tensor | None = None) -> None:
        """Units and γ from the spread of states and velocities, b so that mean velocity is met."""
        self.units.calibrate_(x, velocity, x)
        drift = 0.0 if velocity is None else velocity.mean(0)
        self.level.copy_((drift + self.decay_rate() * x.mean(0)) / self.units.production)
