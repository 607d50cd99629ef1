"""The sparse field of second order, whose network gives accelerations."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from hillflow.errors import UnsupportedError
from hillflow.fields.base import Time, VectorField
from hillflow.fields.edges import Candidates
from hillflow.fields.group_lasso import GroupLassoField
from hillflow.fields.intervened import IntervenedField
from hillflow.fields.registry import register
from hillflow.interventions import Intervention

_POSSIBLE = ("clamp", "cut_outgoing")


@register(
    name="sparse-second-order",
    formula="dx_i/dt = v_i, dv_i/dt = s_i MLP_i(x, v), group lasso on each gene's (x_j, v_j)",
    source="Bellot, Branson & van der Schaar 2022; second order as in Aliee et al. 2022",
    prior="mask",
    cost="time and memory O(G² H), twice that of 'sparse'",
    when_not="velocities are not measured or inferred, or production and decay are needed",
)
class SecondOrderField(GroupLassoField):
    """ẋ = v, v̇_i = s_i MLP_i(x, v); states are [x, v], [..., 2·genes].

    Gene j regulates i unless the weights from x_j and from v_j are both zero. They form one group
    of the lasso, so `edge_weights` is [genes, genes], whereas `jacobian` is that of the state,
    [..., 2·genes, 2·genes]. There is no split. A clamp holds x at its level and v at 0; targets
    of a gene that is cut see x = v = 0; other interventions are refused.

    An integration from levels alone, [..., genes], starts with velocity 0; if velocities are
    known, give both, ``torch.cat([x, v], -1)``.

    Parameters
    ----------
    genes, edges, hidden, l1, ridge, proximal, time, time_scale, seed, dtype
        As in `GroupLassoField`.
    """

    orders = 2

    def __init__(
        self,
        genes: Sequence[str],
        *,
        edges: Candidates = None,
        hidden: Sequence[int] = (16,),
        l1: float = 0.2,
        ridge: float = 1e-4,
        proximal: bool = True,
        time: bool = False,
        time_scale: float = 1.0,
        seed: int = 0,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(
            genes,
            edges=edges,
            hidden=hidden,
            l1=l1,
            ridge=ridge,
            proximal=proximal,
            split=False,
            time=time,
            time_scale=time_scale,
            seed=seed,
            dtype=dtype,
        )
        # These are fixed for this field, so they are not among its options.
        del self.options["split"], self.options["production"]

    @property
    def state_size(self) -> int:
        """Two columns per gene: all levels, then all velocities."""
        return 2 * len(self.genes)

    def forward(self, t: Time, x: Tensor) -> Tensor:
        """Return d[x, v]/dt, [..., 2·genes]."""
        return torch.cat((x[..., len(self.genes) :], self.output(x, t)), -1)

    def jacobian(self, x: Tensor, t: Time = None) -> Tensor:
        """Return the Jacobian of the whole state, [[0, I], [∂v̇/∂x, ∂v̇/∂v]]; analytic."""
        lower = self.output_jacobian(x, t)
        upper = torch.eye(2 * len(self.genes), dtype=x.dtype, device=x.device)
        return torch.cat((upper[len(self.genes) :].expand_as(lower), lower), -2)

    @property
    def start_sizes(self) -> tuple[int, ...]:
        """A complete state [x, v], or levels x alone."""
        return (self.state_size, len(self.genes))

    def admit(self, x: Tensor) -> Tensor:
        """Return levels alone, [..., genes], with velocities of 0; complete states unchanged."""
        return x if x.shape[-1] == self.state_size else torch.cat((x, torch.zeros_like(x)), -1)


class _Intervened(IntervenedField):
    """The field under a clamp or a cut from targets, which act on both columns of a gene."""

    base: SecondOrderField

    def __init__(
        self, base: VectorField, interventions: tuple[Intervention, ...], stacked: bool = False
    ) -> None:
        _refuse_first_order(interventions)
        super().__init__(base, interventions, stacked)
        self.level = torch.cat((self.level, torch.zeros_like(self.level)), -1)
        for name in ("clamped", "given", "viewer", "remains", "extra"):
            setattr(self, name, torch.cat((getattr(self, name),) * 2, -1))


SecondOrderField.intervened = _Intervened


def _refuse_first_order(interventions: Sequence[Intervention]) -> None:
    for action in (action for intervention in interventions for action in intervention):
        if action.kind not in _POSSIBLE:
            raise UnsupportedError(
                "clamp or cut_outgoing for a field of accelerations",
                f"{action} for the sparse-second-order field",
                f"use clamp or cut_outgoing (such as {action.gene}=clamp:0), or fit 'sparse'",
            )
