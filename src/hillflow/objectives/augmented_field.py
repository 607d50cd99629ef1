"""A field with two more columns per cell: log-mass and energy, integrated with the state.

The energy is ∫∫ ρ (2 L(t, x, v) + λ g²) dx dt, twice the cost of a `Lagrangian`. Cells sample ρ
with their masses w, so that the share of a cell is ∫ w (2 L + λ g²) dt along its path. With
L = ½‖v‖² that is the energy of Wasserstein–Fisher–Rao transport. Cells with noise σ and a score,
whose flow is v, have the drift b = v + σ²/2 ∇log ρ in place of v, as in regularised unbalanced
transport. The score of perturbed cells is not known, and their energy is that of the flow.

Source: Sha, Qiu, Zhou & Nie 2024 (TIGON), eq. 3; Chizat et al. 2018; Koshizuka & Sato 2023; Zhang,
Li & Zhou 2025 (DeepRUOT).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor

from hillflow.fields import VectorField
from hillflow.fields.base import Time, column
from hillflow.objectives.base import Training
from hillflow.objectives.lagrangian import Lagrangian
from hillflow.objectives.score_drift import ScoreDrift

EXTRA_COLUMNS = 2  # columns after the genes: log-mass and energy


class AugmentedField(VectorField):
    """d[x, log w, e]/dt = [f, g, w (2 L(t, x, f) + λ g²)] at (x, t); states are [..., genes + 2].

    Without a growth head, w = 1 and g = 0. With score and noise, ‖f + σ²/2 ∇log ρ‖² is in place of
    ‖f‖². One evaluation of f gives velocity and energy. If f has
    linear decay, so has this field (with rate 0 for the two extra columns), so that the exponential
    solver works for both.
    """

    def __init__(self, training: Training, lagrangian: Lagrangian) -> None:
        super().__init__(training.problem.genes)
        self.lagrangian = lagrangian
        self.acting, self.growth = training.acting, training.heads.growth
        self.drift: ScoreDrift | None = None
        if training.heads.score is not None and training.heads.diffusion is not None:
            sigma, along = training.heads.diffusion(), training.problem.components
            self.drift = ScoreDrift(training.acting, training.heads.score, sigma, along)
            control = [[[float(one.is_control)]] for one in training.problem.conditions]
            self.control = sigma.new_tensor(control)
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
        """Velocity, growth rate and energy per time."""
        here, log_mass, _ = self.split(x)
        velocity = self.acting(t, here)
        rates = self._mass_and_energy_rates(here, velocity, log_mass, t)
        return torch.cat([velocity, rates], dim=-1)

    def production(self, x: Tensor, t: Time = None) -> Tensor:
        """Production of the field, growth rate and energy per time."""
        here, log_mass, _ = self.split(x)
        production = self.acting.production(here, t)
        velocity = production - self.acting.decay(here, t)
        rates = self._mass_and_energy_rates(here, velocity, log_mass, t)
        return torch.cat([production, rates], dim=-1)

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
            here, self.acting(time.squeeze(-1), here), extra[..., 0], time.squeeze(-1)
        )
        flow = cast(Callable[..., Tensor], self.acting.propagate)
        for _ in range(windows):
            here = flow(here, width.squeeze(-1), time.squeeze(-1))
            time = time + width
            guess = extra[..., 0] + width.squeeze(-1) * rate[..., 0]
            then = self._mass_and_energy_rates(
                here, self.acting(time.squeeze(-1), here), guess, time.squeeze(-1)
            )
            extra = extra + width * (rate + then) / 2
            rate = then
        return torch.cat([here, extra], dim=-1)

    def _mass_and_energy_rates(
        self, x: Tensor, velocity: Tensor, log_mass: Tensor, t: Time
    ) -> Tensor:
        if self.drift is not None:
            velocity = velocity + self.control * self.drift.beside(x, t)
        energy = 2 * self.lagrangian.cost(column(t, x).squeeze(-1), x, velocity)
        if self.growth is None:
            return torch.stack([torch.zeros_like(energy), energy], dim=-1)
        growth, growth_cost = self.growth(x, t), self.lagrangian.growth_cost or 0.0
        energy = log_mass.exp() * (energy + growth_cost * growth.square())
        return torch.stack([growth, energy], dim=-1)
