"""A soft prior: a loss on the difference between production and the prior at random states.

It applies to every field that has a production. Its cost is O(edges) for any number of genes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from hillflow.draws import uniform
from hillflow.errors import InputError
from hillflow.fields.base import VectorField
from hillflow.fields.edges import CandidateEdges


def production_prior_loss(
    field: VectorField, prior: Tensor | tuple[CandidateEdges, Tensor], states: Tensor
) -> Tensor:
    """Return the mean over states and genes of (production_i(x) − Σ_j x_j P[j, i])².

    Hossain et al. (2024). As in their code, if the production of a field has the gene's rate m as
    a factor, it is compared without this factor (`unscaled_production`).

    Parameters
    ----------
    field
        A field with a production.
    prior
        P as a matrix [source, target], signed; or candidate edges and one signed weight per
        edge, which costs O(E) instead of O(G²).
    states
        x, [states, genes].
    """
    if isinstance(prior, tuple):
        edges, weights = prior
        target = edges.weighted_sum(weights, states)
    else:
        target = states @ prior
    production = getattr(field, "unscaled_production", field.production)
    return (production(states) - target).square().mean()


class ProductionPrior(nn.Module):
    """The soft prior at random states, drawn again for each call, uniform on the range of the data.

    Parameters
    ----------
    edges
        The prior network.
    weights
        Signed weight of each edge, [E]; the edges' signs if None.
    low, high
        Range of each gene in the data, [genes].
    states
        Number of states per call; more than 256 make little difference.
    seed
        Seed of the states.
    """

    weights: Tensor
    low: Tensor
    high: Tensor

    def __init__(
        self,
        edges: CandidateEdges,
        weights: Tensor | None = None,
        *,
        low: Tensor,
        high: Tensor,
        states: int = 256,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if low.shape != (edges.genes,) or high.shape != low.shape or not (low <= high).all():
            raise InputError(
                f"low ≤ high for each of {edges.genes:,} genes",
                f"shapes {tuple(low.shape)} and {tuple(high.shape)}, or low above high",
                "give the minimum and the maximum of the data over cells",
            )
        self.edges, self.states = edges, states
        weights = edges.sign.to(low.dtype) if weights is None else weights.to(low.dtype)
        if weights.shape != (len(edges),):
            raise InputError(
                f"one weight for each of {len(edges):,} edges",
                f"shape {tuple(weights.shape)}",
                "give the weights in the order of edges.source and edges.target",
            )
        for name, value in (("weights", weights), ("low", low), ("high", high)):
            self.register_buffer(name, value)
        self._generator = torch.Generator().manual_seed(seed)

    def draw(self) -> Tensor:
        """Draw states, [states, genes]."""
        shape = (self.states, self.edges.genes)
        share = uniform(shape, self.low, self._generator)
        return self.low + share * (self.high - self.low)

    def forward(self, field: VectorField) -> Tensor:
        """Return the loss of `field` at newly drawn states, a scalar."""
        return production_prior_loss(field, (self.edges, self.weights), self.draw())
