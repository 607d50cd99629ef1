"""Few edges: an L1 cost on edge parameters, dearer outside the prior, and known signs kept."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from hillflow.errors import InputError
from hillflow.fields.edges import CandidateEdges


@dataclass(frozen=True)
class EdgeSparsity:
    """λ Σ_e c_e |w_e|, with c_e = `free_cost` outside the prior and 1 inside.

    Parameters
    ----------
    l1
        λ.
    free_cost
        Cost of an edge the prior does not name, in those it does.
    proximal
        True: the cost acts as a soft threshold after each optimiser step and edges become
        exactly 0; :meth:`penalty` is then 0, so that nothing is counted twice.
        False: it is a term of the loss, and edges only become small.
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
        """The term of the loss for edge parameters [..., E]; 0 if the threshold does the work."""
        if self.proximal or not self.l1:
            return weights[0].new_zeros(())
        return (
            self.l1 * torch.stack([(self._cost(edges, w) * w.abs()).sum() for w in weights]).sum()
        )

    @torch.no_grad()
    def proximal_(self, step: float, edges: CandidateEdges, *weights: Tensor) -> None:
        """Soft threshold by `step` · λ · c_e, then put known signs right, in place.

        Signs are projected here and never by a relu in the forward pass: a relu would leave
        a parameter that once crossed zero without a gradient to come back.
        """
        for w in weights:
            if self.proximal and self.l1:
                w.copy_(w.sign() * (w.abs() - step * self.l1 * self._cost(edges, w)).clamp_min(0))
            w.masked_fill_(w * edges.sign < 0, 0.0)

    def _cost(self, edges: CandidateEdges, like: Tensor) -> Tensor:
        return like.new_ones(len(edges)).masked_fill(edges.free, self.free_cost)
