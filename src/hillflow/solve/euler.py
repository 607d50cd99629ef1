"""Explicit Euler: one evaluation of the field per step."""

from __future__ import annotations

from torch import Tensor

from hillflow.fields.base import VectorField
from hillflow.solve.base import Instant, Step, Stepper, add_step, with_gene_axis
from hillflow.solve.registry import register


@register(
    name="euler",
    formula="x⁺ = x + h f(t, x)",
    source="Euler 1768",
    cost="1 evaluation",
    when_not="almost always: Heun has a tenth of the error at twice the cost",
)
class Euler(Stepper):
    """Order 1; stable for h·|λ| < 2 on a decay of rate λ."""

    order = 1

    def bind(self, field: VectorField, h: Instant) -> Step:
        """Return an Euler step."""
        width = with_gene_axis(h)

        def step(t: Instant, x: Tensor) -> Tensor:
            return add_step(x, field(t, x), width)

        return step
