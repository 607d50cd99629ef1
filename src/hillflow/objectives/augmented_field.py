"""A field with two more columns per cell: log-mass and energy, integrated with the state."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor

from hillflow.fields import VectorField
from hillflow.fields.base import Time, column
from hillflow.objectives.base import Training

EXTRA_COLUMNS = 2  # columns after the genes: log-mass and energy


class AugmentedField(VectorField):
    """d[x, log w, e]/dt = [f(x, t), g(x, t), ‖f(x, t)‖²]; states are [..., genes + 2].

    One evaluation of f gives velocity and energy. If f has linear decay, so has this field (with
    rate 0 for the two extra columns), so that the exponential solver works for both.
    """

    def __init__(self, training: Training) -> None:
        super().__init__(training.problem.genes)
        self.acting, self.growth = training.acting, training.heads.growth
        self.autonomous = False
        self.has_split = self.acting.has_split

    @property
    def state_size(self) -> int:
        """Number of genes, plus the two extra columns."""
        return self.acting.state_size + EXTRA_COLUMNS

    def start(self, x: Tensor) -> Tensor:
        """States with mass 1 and energy 0."""
        return torch.cat([x, x.new_zeros(*x.shape[:-1], EXTRA_COLUMNS)], dim=-1)

    def split(self, state: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """States [..., genes], log-mass [...] and energy [...]."""
        return state[..., :-EXTRA_COLUMNS], state[..., -2], state[..., -1]

    def admit(self, x: Tensor) -> Tensor:
        """Project the states as the field does; the extra columns stay as they are."""
        return torch.cat(
            [self.acting.admit(x[..., :-EXTRA_COLUMNS]), x[..., -EXTRA_COLUMNS:]], dim=-1
        )

    def forward(self, t: Time, x: Tensor) -> Tensor:
        """Velocity, growth rate and squared speed."""
        here = x[..., :-EXTRA_COLUMNS]
        velocity = self.acting(t, here)
        return torch.cat([velocity, self._mass_and_energy_rates(here, velocity, t)], dim=-1)

    def production(self, x: Tensor, t: Time = None) -> Tensor:
        """Production of the field, growth rate and squared speed."""
        here = x[..., :-EXTRA_COLUMNS]
        production = self.acting.production(here, t)
        velocity = production - self.acting.decay(here, t)
        return torch.cat([production, self._mass_and_energy_rates(here, velocity, t)], dim=-1)

    def decay_rate(self) -> Tensor | None:
        """γ of the field, and 0 for the extra columns."""
        rate = self.acting.decay_rate()
        if rate is None:
            return None
        return torch.cat([rate, rate.new_zeros(*rate.shape[:-1], EXTRA_COLUMNS)], dim=-1)

    def propagate(self, x: Tensor, dt: float | Tensor, t: Time = 0.0, windows: int = 1) -> Tensor:
        """The field's exact flow; the extra columns by the trapezoidal rule over its windows."""
        here, extra = x[..., :-EXTRA_COLUMNS], x[..., -EXTRA_COLUMNS:]
        width, time = column(dt, here) / windows, column(t, here)
        rate = self._mass_and_energy_rates(
            here, self.acting(time.squeeze(-1), here), time.squeeze(-1)
        )
        flow = cast(Callable[..., Tensor], self.acting.propagate)
        for _ in range(windows):
            here = flow(here, width.squeeze(-1), time.squeeze(-1))
            time = time + width
            then = self._mass_and_energy_rates(
                here, self.acting(time.squeeze(-1), here), time.squeeze(-1)
            )
            extra = extra + width * (rate + then) / 2
            rate = then
        return torch.cat([here, extra], dim=-1)

    def _mass_and_energy_rates(self, x: Tensor, velocity: Tensor, t: Time) -> Tensor:
        growth = x.new_zeros(x.shape[:-1]) if self.growth is None else self.growth(x, t)
        return torch.stack([growth, velocity.square().sum(-1)], dim=-1)
