"""Exponential time differencing: decay is solved exactly, only production is approximated."""

from __future__ import annotations

from typing import cast

from torch import Tensor

from hillflow.fields.base import VectorField
from hillflow.solve.base import Instant, Step, Stepper, beside_genes
from hillflow.solve.phi import decay_weights
from hillflow.solve.registry import register


@register(
    name="exponential",
    formula="a = e^{−γh}x + hφ₁(−γh)P(x); x⁺ = a + hφ₂(−γh)(P(a) − P(x))",
    source="Cox & Matthews 2002, eq. 22 (ETD2RK)",
    cost="2 evaluations of production",
    when_not="a field without linear decay, or errors below 1e-4 of a smooth solution (use rk4)",
)
class Exponential(Stepper):
    """ETD-RK2 for ẋ = P(x, t) − γ ⊙ x: order 2, and exact where P is constant.

    It is stable however large γh is, and x ≥ 0 stays so wherever P ≥ 0, at any step: with
    φ₁ ≥ φ₂ ≥ 0 the new state e^{−γh}x + h(φ₁ − φ₂)P(x) + hφ₂P(a) is a sum of terms none of
    which is negative. It is computed in that form, so that rounding cannot break it.
    """

    order = 2
    needs = "linear decay"

    def bind(self, field: VectorField, h: Instant) -> Step:
        """One ETD-RK2 step."""
        self.check(field)
        rate = cast(Tensor, field.decay_rate())
        width = beside_genes(h)
        weights = decay_weights(rate * width)
        kept = weights.kept
        whole, first, second = width * weights.mean, width * weights.early, width * weights.late

        def step(t: Instant, x: Tensor) -> Tensor:
            left = kept * x
            made = field.production(x, t)
            guess = left.addcmul(whole, made)
            made_later = field.production(guess, t + h)
            return left.addcmul(first, made).addcmul(second, made_later)

        return step
