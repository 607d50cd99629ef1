"""The sparse field: one small network per target, regulators selected by a group lasso."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from hillflow.fields.edges import Candidates, candidate_edges
from hillflow.fields.networks import NetworkField, Networks, path_product, require_not_negative
from hillflow.fields.registry import register

_STRONGEST_WEIGHT = 100.0


@register(
    name="sparse",
    formula="dx_i/dt = s_i softplus(MLP_i(x)) − γ_i x_i, group lasso on each input of each MLP_i",
    source="Bellot, Branson & van der Schaar 2022 (Neural graphical modelling in continuous-time)",
    prior="mask",
    cost="time and memory O(G² H)",
    when_not="thousands of genes (use 'hill-sparse' or 'hill'), or when the law must be a formula",
)
class GroupLassoField(NetworkField):
    """ẋ_i = s_i φ(MLP_i(x)) − γ_i x_i; gene j regulates i unless its input group is zero.

    The penalty is l1 · Σ_ij a_ij ‖W_1[i, :, j]‖₂ + ridge/2 · Σ_{l>1} ‖W_l‖². After an optimiser
    step of size η, `proximal_` applies the exact minimiser of the first term,

        W_1[i, :, j] ← max(0, 1 − η l1 a_ij / ‖W_1[i, :, j]‖) · W_1[i, :, j],

    so absent regulators are exactly zero. The ridge prevents later layers from growing to
    compensate for the shrinkage. `adapt_` sets the a_ij after a first fit (adaptive group lasso;
    Zou 2006 for single coefficients).

    Parameters
    ----------
    genes
        G names.
    edges
        Pairs that may have an edge; None: all. Every other pair stays zero.
    hidden
        Widths of each target's network.
    l1, ridge
        Strengths, in standardised inputs (see `NetworkField`).
    proximal
        True: `proximal_` shrinks, and `penalty` only reports the lasso term, without its
        gradient. False: `penalty` includes the gradient.
    production, split, time, time_scale
        As in `NetworkField`.
    seed, dtype
        Seed and precision of the initial weights.
    """

    adaptive: Tensor
    mask: Tensor | None

    def __init__(
        self,
        genes: Sequence[str],
        *,
        edges: Candidates = None,
        hidden: Sequence[int] = (16,),
        l1: float = 0.2,
        ridge: float = 1e-4,
        proximal: bool = True,
        production: str = "softplus",
        split: bool = True,
        time: bool = False,
        time_scale: float = 1.0,
        seed: int = 0,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        count = len(genes)
        inputs = self.orders * count
        network = Networks(
            inputs + time, count, hidden, per_target=True, activation="elu", seed=seed, dtype=dtype
        )
        strengths: dict[str, Any] = {"l1": l1, "ridge": ridge, "proximal": proximal}
        super().__init__(
            genes,
            network,
            split=split,
            production=production,
            time=time,
            time_scale=time_scale,
            hidden=list(hidden),
            seed=seed,
            **strengths,
        )
        require_not_negative(l1=l1, ridge=ridge)
        self.l1, self.ridge, self.by_proximal_step = l1, ridge, proximal
        self.register_buffer("adaptive", torch.ones(count, count, dtype=dtype))
        self.edges = None if edges is None else candidate_edges(genes, edges)
        mask = None
        if self.edges is not None:
            allowed = self.edges.dense(torch.ones(len(self.edges), dtype=dtype))
            everything = torch.ones(count, inputs + time, dtype=dtype)
            everything[:, :inputs] = allowed.repeat(1, self.orders)
            mask = everything.unsqueeze(1)
            with torch.no_grad():
                network.weights[0].mul_(mask)
        self.register_buffer("mask", mask, persistent=False)

    def weights(self) -> list[Tensor]:
        """Return the weights by layer, zero for pairs that are not candidates."""
        first, *later = self.network.weights
        return [first if self.mask is None else first * self.mask, *later]

    def group_norms(self) -> Tensor:
        """Return ‖W_1[i, :, j]‖₂ over hidden units (and position and speed), [target, source]."""
        return torch.linalg.vector_norm(self._groups(self.weights()[0]), dim=(1, 2))

    def edge_weights(self) -> Tensor:
        """Return the group norm with the sign of the path sum Π W_l, [target, source].

        ELU is monotone, so if all paths from j to i have the same sign, it is that of
        ∂production_i/∂x_j in every state; otherwise it is the sign of their sum. The norm is per
        standard deviation of the source, in units of the target's scale.
        """
        paths = self._groups(path_product(self.weights()).unsqueeze(1)).sum((1, 2))
        return self.group_norms() * paths.sign()

    def penalty(self) -> Tensor:
        """Return l1 · Σ a_ij ‖W_1[i, :, j]‖₂ + ridge/2 · Σ_{l>1} ‖W_l‖², a scalar."""
        lasso = self.l1 * (self.adaptive * self.group_norms()).sum()
        later = list(self.network.weights)[1:]
        ridge = 0.5 * self.ridge * sum((w.square().sum() for w in later), lasso.new_zeros(()))
        return (lasso.detach() if self.by_proximal_step else lasso) + ridge

    @torch.no_grad()
    def proximal_(self, step: float) -> None:
        """Apply the group soft threshold step · l1 · a_ij, which gives exact zeros."""
        if not self.by_proximal_step:
            return
        norms = self.group_norms()
        threshold = step * self.l1 * self.adaptive
        kept = torch.where(norms > threshold, 1 - threshold / norms, torch.zeros_like(norms))
        self._groups(self.network.weights[0]).mul_(kept[:, None, None, :])

    @torch.no_grad()
    def adapt_(self, gamma: float = 1.0) -> None:
        """Set the weight of each group from the fit so far: a_ij = (r/‖W_1[i, :, j]‖)^γ.

        r is the mean norm over candidates, so the cost of an average edge does not change. Groups
        below r/100, including zeros, get the weight 100^γ: they return only on strong evidence.
        """
        norms = self.group_norms()
        candidates = norms if self.edges is None else norms[self.edges.target, self.edges.source]
        typical = candidates.mean()
        if typical > 0:
            self.adaptive.copy_((typical / norms.clamp_min(typical / _STRONGEST_WEIGHT)) ** gamma)

    def _groups(self, first: Tensor) -> Tensor:
        """View first-layer weights as [target, hidden, order, source], without time."""
        return first[..., : self.centre.numel()].unflatten(-1, (self.orders, len(self.genes)))
