"""A field of spliced mRNA, which is made from unspliced mRNA."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor

from hillflow.errors import UnsupportedError
from hillflow.fields.base import Time, VectorField
from hillflow.fields.intervened import IntervenedField


class WithUnspliced(VectorField):
    """ṡ = β ⊙ u − γ ⊙ s,  u̇ = production(s) − β ⊙ u; states are [s, u], [..., 2·genes].

    The production of the field is the transcription of its genes, γ the degradation of their
    spliced mRNA, and β the rate of splicing (La Manno et al. 2018). Both have the same rest states
    s, so the field alone is the law of slow changes, where u follows transcription. Levels alone
    are completed with u = production(s)/β, which moves s as the field does. It wraps a field, also
    one under an intervention: a knockout ends transcription, and what is unspliced by then is
    still spliced; a clamp holds s. Parameters are shared.

    Parameters
    ----------
    field
        A field with production and linear decay.
    rate
        Returns β, [genes]; called anew for every evaluation, since it may be trained.
    """

    def __init__(self, field: VectorField, rate: Callable[[], Tensor]) -> None:
        if field.decay_rate() is None or field.state_size != len(field.genes):
            raise UnsupportedError(
                "a field with production and linear decay, for unspliced and spliced mRNA",
                f"the {field._title()} field",
                "fit 'softplus', 'logic', 'hill', 'linear' or 'sparse', or leave unspliced_layer "
                "(--unspliced-layer) out",
            )
        super().__init__(field.genes)
        self.base, self.rate = field, rate
        self.name, self.keeps_orthant = field._title(), field.keeps_orthant
        self.autonomous = field.autonomous
        self.clamps = isinstance(field, IntervenedField) and field.any_clamped

    @property
    def state_size(self) -> int:
        """Two columns per gene: all spliced, then all unspliced."""
        return 2 * len(self.genes)

    @property
    def start_sizes(self) -> tuple[int, ...]:
        """A complete state [s, u], or spliced levels s alone."""
        return (self.state_size, len(self.genes))

    def admit(self, x: Tensor) -> Tensor:
        """Return the state with clamped genes at their level, and u where it is not given."""
        spliced = self.base.admit(x[..., : len(self.genes)])
        if x.shape[-1] == self.state_size:
            return torch.cat((spliced, x[..., len(self.genes) :]), -1)
        return torch.cat((spliced, self.base.production(spliced) / self.rate()), -1)

    def production(self, x: Tensor, t: Time = None) -> Tensor:
        """Return β u, which is not added to clamped genes, and production(s), [..., 2·genes]."""
        spliced, unspliced = x.chunk(2, -1)
        made = self.rate() * unspliced
        if self.clamps:
            made = torch.where(cast(IntervenedField, self.base).clamped, 0.0, made)
        return torch.cat((made, self.base.production(spliced, t)), -1)

    def decay(self, x: Tensor, t: Time = None) -> Tensor:
        """Return γ s and β u, [..., 2·genes]."""
        return self.decay_rate() * x

    def decay_rate(self) -> Tensor:
        """Return γ and β, [2·genes]."""
        rate = cast(Tensor, self.base.decay_rate())
        return torch.cat((rate, self.rate().expand(rate.shape)), -1)
