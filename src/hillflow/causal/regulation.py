"""Regulation: a fitted field without its decay."""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.fields.base import Time, VectorField, autodiff_jacobian


class Regulation(VectorField):
    """r_i(x, t), the part of ẋ_i that depends on regulators, as a field of levels x.

    For a field with a production/decay split r_i is production_i: autoregulation is a self-edge and
    decay is not (Mooij, Janzing & Schölkopf 2013). Without a split r_i is all of ẋ_i, and a
    self-edge contains both. For a field of second order r_i is the acceleration of cells at rest.

    Parameters
    ----------
    base
        The field; its parameters are shared.
    """

    has_split = False

    def __init__(self, base: VectorField) -> None:
        super().__init__(base.genes)
        self.name = base.name
        self.base = base
        self.autonomous = base.autonomous
        self.keeps_orthant = base.keeps_orthant

    @property
    def dtype(self) -> torch.dtype | None:
        """As the base field's."""
        return self.base.dtype

    def forward(self, t: Time, x: Tensor) -> Tensor:
        """r at levels x, [..., genes]."""
        if self.base.has_split:
            return self.base.production(x, t)
        return self.base(t, self.base.admit(x))[..., -len(self.genes) :]

    def jacobian(self, x: Tensor, t: Time = None) -> Tensor:
        """∂r_target/∂x_source, [..., target, source]: the base field's J + diag γ."""
        if not self.base.has_split:
            count = len(self.genes)
            return self.base.jacobian(self.base.admit(x), t)[..., -count:, :count]
        rate = self.base.decay_rate()
        if rate is None:
            return autodiff_jacobian(self, x, t)
        return self.base.jacobian(x, t) + torch.diag(rate)
