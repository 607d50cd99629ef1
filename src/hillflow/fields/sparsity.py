"""An L1 penalty on edge parameters, higher outside the prior, and the projection on known signs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from hillflow.errors import InputError
from hillflow.fields.edges import CandidateEdges


@dataclass(frozen=True)
class EdgeSparsity:
    """The penalty λ Σ_e c_e |w_e|, with c_e = `free_cost` outside the prior and 1 inside.

    Without a prior, where all edges are free, every c_e is 1.

    Parameters
    ----------
    l1
        λ.
    free_cost
        Cost of an edge outside the prior, relative to one inside.
    proximal
        True: the penalty is a soft threshold after each optimiser step, and edges become exactly
        0; :meth:`penalty` is then 0. False: it is a term of the loss, and edges only become
        small.
    """

    l1: float = 0.0
    free_cost: float = 3.0
    proximal: bool = True

    def __post_init__(self) -> None:
        for name in ("l1", "free_cost"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise InputError(
                    f"{name} finite and not negative", f"{value}", f"give {name}=0 for none"
                )

    def penalty(self, edges: CandidateEdges, *weights: Tensor) -> Tensor:
        """Return the term of the loss for edge parameters [..., E]; 0 with the soft threshold."""
        if self.proximal or not self.l1:
            return weights[0].new_zeros(())
        return (
            self.l1 * torch.stack([(self._cost(edges, w) * w.abs()).sum() for w in weights]).sum()
        )

    @torch.no_grad()
    def proximal_(self, step: float, edges: CandidateEdges, *weights: Tensor) -> None:
        """Apply the soft threshold `step` · λ · c_e, then enforce known signs, in place.

        Signs are enforced by this projection and not by a relu in the forward pass, because a
        parameter that crossed zero would then have no gradient to return.
        """
        for w in weights:
            if self.proximal and self.l1:
                w.copy_(w.sign() * (w.abs() - step * self.l1 * self._cost(edges, w)).clamp_min(0))
            w.masked_fill_(w * edges.sign < 0, 0.0)

    def _cost(self, edges: CandidateEdges, like: Tensor) -> Tensor:
        cost = like.new_ones(len(edges))
        return cost if edges.free.all() else cost.masked_fill(edges.free, self.free_cost)
