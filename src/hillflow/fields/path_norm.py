"""C-NODE: one network for all genes, with an L1 penalty on its input→output paths."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from hillflow.fields.networks import (
    NetworkField,
    Networks,
    path_norm,
    path_product,
    require_not_negative,
)
from hillflow.fields.registry import register


@register(
    name="c-node",
    formula="dx/dt = s ⊙ softplus(MLP(x)) − γ ⊙ x, l1 · ‖|W_L| … |W_1|‖₁",
    source="Aliee, Theis & Kilbertus 2021 (Beyond predictions in neural ODEs), C-NODE",
    prior="none",
    cost="time and memory O(G H + H²); per target O(G² H)",
    when_not="a prior network is to be used, or absent edges must be exactly zero (use 'sparse')",
)
class PathNormField(NetworkField):
    """ẋ = s ⊙ φ(MLP(x)) − γ ⊙ x with the penalty l1 · Σ_ij (|W_L| ⋯ |W_1|)_ij.

    An entry of the product is zero if and only if every path from j to i is broken, so the norm
    penalises dependence, whereas a plain L1 norm penalises weights. It is minimised by gradient
    steps, so entries become small, not exactly zero.

    Parameters
    ----------
    genes
        G names.
    hidden, per_target
        Widths, and whether there is one network per gene rather than one for all.
    l1
        Strength of the path norm, in standardised inputs (see `NetworkField`).
    production, split, time, time_scale
        As in `NetworkField`. Paths from time have no penalty.
    seed, dtype
        Seed and precision of the initial weights.
    """

    def __init__(
        self,
        genes: Sequence[str],
        *,
        hidden: Sequence[int] = (64,),
        per_target: bool = False,
        l1: float = 1e-3,
        production: str = "softplus",
        split: bool = True,
        time: bool = False,
        time_scale: float = 1.0,
        seed: int = 0,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        count = len(genes)
        network = Networks(
            count + time, count, hidden, per_target=per_target, seed=seed, dtype=dtype
        )
        super().__init__(
            genes,
            network,
            split=split,
            production=production,
            time=time,
            time_scale=time_scale,
            hidden=list(hidden),
            per_target=per_target,
            l1=l1,
            seed=seed,
        )
        require_not_negative(l1=l1)
        self.l1 = l1

    def edge_weights(self) -> Tensor:
        """Return the path norm with the sign of the path sum Π W_l, [target, source].

        Signed paths can cancel if a gene acts in both directions; the norm still includes them.
        """
        weights, count = self.weights(), len(self.genes)
        return (path_norm(weights) * path_product(weights).sign())[:, :count]

    def penalty(self) -> Tensor:
        """Return l1 · ‖|W_L| ⋯ |W_1|‖₁ over paths that start at a gene, a scalar."""
        return self.l1 * path_norm(self.weights())[:, : len(self.genes)].sum()
