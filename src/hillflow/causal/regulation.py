"""The part of a law that regulates: what a field does without its decay."""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.fields.base import Time, VectorField, autodiff_jacobian


class Regulation(VectorField):
    """r_i(x, t), what other genes and the gene itself make of gene i, as a field of levels x.

    production_i where the field has a split, so that decay is no self-edge and autoregulation
    is (Mooij, Janzing & Schölkopf 2013); else all of ẋ_i, and then a self-edge holds both. Of a
    field of second order it is the acceleration of cells at rest.

    Parameters
    ----------
    base
        The field, whose parameters are used as they are.
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
