"""The classical Runge–Kutta method of order 4."""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.fields.base import VectorField
from hillflow.solve.base import Instant, Step, Stepper, add_step, with_gene_axis
from hillflow.solve.registry import register


@register(
    name="rk4",
    formula="x⁺ = x + h (k₁ + 2k₂ + 2k₃ + k₄)/6",
    source="Kutta 1901",
    cost="4 evaluations",
    when_not="fast decay over long steps, h·γ > 2.7, where it diverges: use exponential",
)
class RK4(Stepper):
    """Order 4; stable for h·|λ| < 2.78 on a decay of rate λ."""

    order = 4

    def bind(self, field: VectorField, h: Instant) -> Step:
        """Return an RK4 step."""
        width = with_gene_axis(h)

        def step(t: Instant, x: Tensor) -> Tensor:
            middle = t + h / 2
            k1 = field(t, x)
            k2 = field(middle, add_step(x, k1, width, 1 / 2))
            k3 = field(middle, add_step(x, k2, width, 1 / 2))
            k4 = field(t + h, add_step(x, k3, width))
            slope = torch.add(k1, k2 + k3, alpha=2) + k4
            return add_step(x, slope, width, 1 / 6)

        return step
