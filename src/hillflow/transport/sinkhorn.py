"""Entropic optimal transport, whose plan is smooth in the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from hillflow.transport.chunks import mean_squared_distance
from hillflow.transport.coupling import Coupling, Span
from hillflow.transport.entropic import EntropicOptions, entropic_pairs
from hillflow.transport.pairs import Pairs
from hillflow.transport.registry import register

if TYPE_CHECKING:
    from hillflow.data.snapshots import Snapshots


@dataclass(frozen=True)
class EntropicCoupling(EntropicOptions, Coupling):
    """A coupling that is solved by entropic scaling, in random chunks."""

    def prepare(self, snapshots: Snapshots, spans: Sequence[Span], memory_mb: int) -> Self:
        """Set the chunk size that fits in memory."""
        return replace(self, chunk=self.chunk_within(memory_mb))


@register(
    name="sinkhorn",
    formula="min Σ γ_ij |z_i − z_j|² + ε KL(γ | a⊗b) over plans with marginals a, b",
    source="Cuturi 2013; Schmitzer 2019",
    cost="time O(iterations · n · chunk), memory O(chunk²) and O(targets · n) pairs",
    when_not="a population that splits into close branches, which the entropy mixes: see exact",
)
@dataclass(frozen=True)
class Sinkhorn(EntropicCoupling):
    """The entropic plan; `Interval.barycentric` gives E[z1 | cell] over all its pairs.

    Parameters are those of `hillflow.transport.entropic.EntropicOptions`.
    """

    def _couple(
        self,
        z0: np.ndarray,
        z1: np.ndarray,
        a: np.ndarray,
        b: np.ndarray,
        rng: np.random.Generator,
    ) -> Pairs:
        scale = mean_squared_distance(z0, z1, a, b) or 1.0
        return entropic_pairs(z0, z1, a, b, rng, self, scale=scale)
