"""A field under doses: depots empty, covariates stay, and all else follows the field."""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.errors import UnsupportedError
from hillflow.fields.base import Time, VectorField


class Dosed(VectorField):
    """ẋ = f(x, d, c) + r,  ḋ = r − k ⊙ d,  ċ = 0; states are [x, d, c], the columns of the field.

    d are depots, which nothing but a dose fills and which empty at the rate k, the field's own
    decay rate of these columns; c are covariates; r is the rate of infusions, constant while it
    is integrated (see `hillflow.objectives.dosing`). It wraps a field, also one under an
    intervention, with linear decay; parameters are shared.

    Parameters
    ----------
    field
        The field of all columns.
    depots, covariates
        Number of the last columns that are depots, and after them covariates.
    inflow
        r, broadcast against the states; None: no infusion.
    """

    def __init__(
        self, field: VectorField, depots: int, covariates: int, inflow: Tensor | None = None
    ) -> None:
        check_dosed(field)
        super().__init__(field.genes)
        self.base, self.inflow = field, inflow
        self.name, self.autonomous = field._title(), field.autonomous
        self.states = len(field.genes) - depots - covariates
        self.covariates = covariates

    def admit(self, x: Tensor) -> Tensor:
        """Return the state with clamped genes at their level."""
        return self.base.admit(x)

    def production(self, x: Tensor, t: Time = None) -> Tensor:
        """Return the field's production of the states, 0 of all else, plus r; [..., columns]."""
        made = self.base.production(x, t)[..., : self.states]
        rest = torch.zeros_like(x[..., self.states :])
        made = torch.cat((made, rest), -1)
        return made if self.inflow is None else made + self.inflow

    def decay(self, x: Tensor, t: Time = None) -> Tensor:
        """Return γ x, k d, and 0 of covariates."""
        return self.decay_rate() * x

    def decay_rate(self) -> Tensor:
        """Return γ and k, 0 of covariates, [columns]."""
        rate = self.base.decay_rate()
        assert rate is not None
        moving = rate.shape[-1] - self.covariates
        return torch.cat((rate[..., :moving], torch.zeros_like(rate[..., moving:])), -1)


def check_dosed(field: VectorField) -> None:
    """Refuse a field in which depots cannot empty at a rate."""
    if field.decay_rate() is None or field.state_size != len(field.genes):
        raise UnsupportedError(
            "a field with production and linear decay, for units with doses",
            f"the {field._title()} field",
            "fit 'linear', 'hill', 'hill-dense', 'logic' or 'sparse'",
        )
