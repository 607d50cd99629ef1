"""Exponential time differencing: decay is integrated exactly, production approximately."""

from __future__ import annotations

from typing import cast

from torch import Tensor

from hillflow.fields.base import VectorField
from hillflow.solve.base import Instant, Step, Stepper, with_gene_axis
from hillflow.solve.phi import step_weights
from hillflow.solve.registry import register


@register(
    name="exponential",
    formula="a = e^{−γh}x + hφ₁(−γh)P(x); x⁺ = a + hφ₂(−γh)(P(a) − P(x))",
    source="Cox & Matthews 2002, eq. 22 (ETD2RK)",
    cost="2 evaluations of production",
    when_not="a field without linear decay, or errors below 1e-4 of a smooth solution (use rk4)",
)
class Exponential(Stepper):
    """ETD-RK2 for ẋ = P(x, t) − γ ⊙ x: order 2, and exact if P is constant.

    It is stable for any γh, and keeps x ≥ 0 for any step if P ≥ 0: with φ₁ ≥ φ₂ ≥ 0 the new state
    e^{−γh}x + h(φ₁ − φ₂)P(x) + hφ₂P(a) is a sum of terms that are not negative. It is computed in
    this form, so that rounding cannot make it negative.
    """

    order = 2
    needs = "linear decay"

    def bind(self, field: VectorField, h: Instant) -> Step:
        """Return an ETD-RK2 step."""
        self.check(field)
        rate = cast(Tensor, field.decay_rate())
        width = with_gene_axis(h)
        weights = step_weights(rate, width)
        kept = weights.kept
        whole, first, second = width * weights.mean, width * weights.early, width * weights.late

        def step(t: Instant, x: Tensor) -> Tensor:
            decayed = kept * x
            production = field.production(x, t)
            a = decayed.addcmul(whole, production)
            production_at_a = field.production(a, t + h)
            return decayed.addcmul(first, production).addcmul(second, production_at_a)

        return step
