"""Linear regulation with decay, the baseline for other fields."""

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
    when_not="saturating or switching regulation, several steady states, extrapolation beyond the "
    "data, overexpression by a factor (production may be negative)",
)
class LinearField(VectorField):
    """ẋ = W x + b − γ ⊙ x, trained in scaled units (see `units`).

    Its production W x + b may be negative, so states may leave x ≥ 0, and overexpression by a
    factor may lower a gene: clamp it instead. W_ii and γ_i have the same effect on ẋ_i; only an
    L1 penalty on W distinguishes them (it assigns their common effect to decay).

    Parameters
    ----------
    genes
        Names of the G genes.
    edges
        Candidate edges that may have a weight; all pairs if None.
    seed
        Seed of the initial weights.
    l1, free_cost, proximal
        Sparsity of the weights in scaled units, see
        :class:`~hillflow.fields.sparsity.EdgeSparsity`.
    dtype
        Precision of the parameters.

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
        """Return W x + b, [..., genes], computed as W (x − centre) + u ⊙ level."""
        regulated = self.edges.weighted_sum(self.weights, x - self.units.centre)
        return regulated + self.units.production * self.level

    def decay(self, x: Tensor, t: Time = None) -> Tensor:
        """Return γ ⊙ x, [..., genes]."""
        return self.decay_rate() * x

    def decay_rate(self) -> Tensor:
        """Return γ, [genes]."""
        return self.units.decay_rate()

    def jacobian(self, x: Tensor, t: Time = None) -> Tensor:
        """Return W − diag γ at every state, [..., target, source] (one matrix, expanded)."""
        matrix = self.edge_weights() - torch.diag(self.decay_rate())
        return matrix.expand(*x.shape, x.shape[-1])

    def edge_weights(self) -> Tensor:
        """Return W, [target, source]."""
        return self.edges.dense(self.weights)

    def penalty(self) -> Tensor:
        """Return λ Σ c |θ| if it is a term of the loss, else 0."""
        return self.sparsity.penalty(self.edges, self.strength)

    @torch.no_grad()
    def proximal_(self, step: float) -> None:
        """Apply the soft threshold to θ, and enforce known signs."""
        self.sparsity.proximal_(step, self.edges, self.strength)

    @torch.no_grad()
    def calibrate_(self, x: Tensor, velocity: Tensor | None = None) -> None:
        """Set units and γ from the spread of states and velocities, b from the mean velocity."""
        self.units.calibrate_(x, velocity, x)
        drift = 0.0 if velocity is None else velocity.mean(0)
        self.level.copy_((drift + self.decay_rate() * x.mean(0)) / self.units.production)
