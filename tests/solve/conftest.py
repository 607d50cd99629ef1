"""Small laws of motion with known answers, one instance or class a fixture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from torch import Tensor, nn

from hillflow.fields import VectorField


class LinearLaw(VectorField):
    """ẋ = Ax + b, with no split."""

    has_split = False

    def __init__(self, A: Tensor, b: Tensor | None = None) -> None:
        super().__init__([f"G{i}" for i in range(len(A))])
        self.A = nn.Parameter(A)
        self.b = nn.Parameter(torch.zeros(len(A), dtype=A.dtype) if b is None else b)

    def forward(self, t, x):
        return x @ self.A.T + self.b


class SupplyLaw(VectorField):
    """ẋ = p − γ⊙x with constant production p."""

    keeps_orthant = True

    def __init__(self, supply: Tensor, rate: Tensor) -> None:
        super().__init__([f"G{i}" for i in range(len(rate))])
        self.supply, self.rate = nn.Parameter(supply), nn.Parameter(rate)

    def production(self, x, t=None):
        return self.supply.expand_as(x)

    def decay(self, x, t=None):
        return self.rate * x

    def decay_rate(self):
        return self.rate


class RingLaw(VectorField):
    """A ring of repressors: production α/(1 + x_{i−1}ⁿ), times 1 + forcing·sin t; decay γ x."""

    keeps_orthant = True

    def __init__(
        self, genes=3, strength=2.0, power=3.0, rate=None, forcing=0.0, dtype=torch.float64
    ):
        super().__init__([f"G{i}" for i in range(genes)])
        self.strength = nn.Parameter(torch.tensor(strength, dtype=dtype))
        self.rate = nn.Parameter(
            torch.ones(genes, dtype=dtype) if rate is None else torch.as_tensor(rate, dtype=dtype)
        )
        self.power, self.forcing = power, forcing
        self.autonomous = forcing == 0.0

    def production(self, x, t=None):
        made = self.strength / (1 + x.roll(1, -1).clamp(min=0) ** self.power)
        if self.forcing:
            wave = 1 + self.forcing * torch.sin(torch.as_tensor(t, dtype=x.dtype))
            made = made * wave.unsqueeze(-1)
        return made

    def decay(self, x, t=None):
        return self.rate * x

    def decay_rate(self):
        return self.rate


class RunawayLaw(VectorField):
    """ẋ = x², which reaches infinity at t = 1/x(0)."""

    has_split = False

    def forward(self, t, x):
        return x * x


@pytest.fixture(scope="session")
def linear_law() -> type[LinearLaw]:
    return LinearLaw


@pytest.fixture(scope="session")
def supply_law() -> type[SupplyLaw]:
    return SupplyLaw


@pytest.fixture(scope="session")
def ring_law() -> type[RingLaw]:
    return RingLaw


@pytest.fixture(scope="session")
def runaway_law() -> type[RunawayLaw]:
    return RunawayLaw


@pytest.fixture(scope="session")
def ring_truth() -> Callable[..., np.ndarray]:
    """States of a RingLaw by SciPy's order-8 solver from a NumPy right-hand side."""

    def solve(x0, end, *, strength=2.0, power=3.0, rate=1.0, forcing=0.0, start=0.0):
        def velocity(t, x):
            made = strength / (1 + np.roll(x, 1) ** power) * (1 + forcing * np.sin(t))
            return made - rate * x

        rows = [
            solve_ivp(velocity, (start, end), row, method="DOP853", rtol=1e-12, atol=1e-13).y[:, -1]
            for row in np.atleast_2d(x0)
        ]
        return np.array(rows)

    return solve
