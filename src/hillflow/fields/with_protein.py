"""A field whose regulators act through proteins, which follow their mRNA with a delay."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from hillflow.errors import UnsupportedError
from hillflow.fields.base import Time, VectorField


class WithProtein(VectorField):
    """ẋ = production(p) − γ ⊙ x,  ṗ = γ_p ⊙ (x − p); states are [x, p], [..., 2·genes].

    p is the protein in units of its mRNA, a low-pass of x with rate γ_p, and is never measured.
    States of levels alone are completed with p = x, which holds at rest. It wraps a field, also
    one under an intervention, that has a split and linear decay; parameters are shared.
    """

    def __init__(self, field: VectorField, rate: Tensor) -> None:
        if field.decay_rate() is None or field.state_size != len(field.genes):
            raise UnsupportedError(
                "a field with production and linear decay, for regulators that act as proteins",
                f"the {field._title()} field",
                "fit 'logic', 'hill', 'linear' or 'sparse', or leave proteins out",
            )
        super().__init__(field.genes)
        self.base, self.rate = field, rate
        self.name, self.keeps_orthant = field._title(), field.keeps_orthant
        self.autonomous = field.autonomous

    @property
    def state_size(self) -> int:
        """Two columns per gene: all levels, then all proteins."""
        return 2 * len(self.genes)

    @property
    def start_sizes(self) -> tuple[int, ...]:
        """A complete state [x, p], or levels x alone."""
        return (self.state_size, len(self.genes))

    def admit(self, x: Tensor) -> Tensor:
        """Return the state with clamped genes at their level, and p = x where it is not given."""
        levels = self.base.admit(x[..., : len(self.genes)])
        proteins = x[..., len(self.genes) :] if x.shape[-1] == self.state_size else levels
        return torch.cat((levels, proteins), -1)

    def production(self, x: Tensor, t: Time = None) -> Tensor:
        """Return production(p) and γ_p x, [..., 2·genes]."""
        levels, proteins = x.chunk(2, -1)
        return torch.cat((self.base.production(proteins, t), self.rate * levels), -1)

    def decay(self, x: Tensor, t: Time = None) -> Tensor:
        """Return γ x and γ_p p, [..., 2·genes]."""
        return self.decay_rate() * x

    def decay_rate(self) -> Tensor:
        """Return γ and γ_p, [2·genes]."""
        rate = cast(Tensor, self.base.decay_rate())
        return torch.cat((rate, self.rate.expand(rate.shape)), -1)
