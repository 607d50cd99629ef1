"""Heun's method: a step with the mean of the velocities at both of its ends."""

from __future__ import annotations

from torch import Tensor

from hillflow.fields.base import VectorField
from hillflow.solve.base import Instant, Step, Stepper, add_step, with_gene_axis
from hillflow.solve.registry import register


@register(
    name="heun",
    formula="k₁ = f(t, x); k₂ = f(t + h, x + h k₁); x⁺ = x + h (k₁ + k₂)/2",
    source="Heun 1900",
    cost="2 evaluations",
    when_not="fast decay (use exponential) or tight tolerances (use rk4)",
)
class Heun(Stepper):
    """Order 2; stable for h·|λ| < 2 on a decay of rate λ."""

    order = 2

    def bind(self, field: VectorField, h: Instant) -> Step:
        """Return a Heun step."""
        width = with_gene_axis(h)

        def step(t: Instant, x: Tensor) -> Tensor:
            first = field(t, x)
            second = field(t + h, add_step(x, first, width))
            return add_step(x, first + second, width, 1 / 2)

        return step
