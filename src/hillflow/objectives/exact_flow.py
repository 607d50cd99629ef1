"""The solver of a field that knows its own flow: no steps, but windows of a frozen law."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from torch import Tensor

from hillflow.errors import NumericalError, UnsupportedError
from hillflow.fields import VectorField
from hillflow.solve.base import Instant, Solver
from hillflow.solve.nonfinite import nonfinite_error


def knows_flow(field: VectorField) -> bool:
    """Whether the field has a flow of its own; a field under an intervention has none."""
    return hasattr(field, "propagate")


class ExactFlow(Solver):
    """x(t + span) by the field's own `propagate`, the span cut into `steps` windows.

    In each window the law that holds at its start is solved exactly, so the error against
    the field's ODE falls as 1/steps and stiffness costs nothing.
    """

    name = "exact"
    needs = "propagate"

    def check(self, field: VectorField) -> None:
        """Refuse a field that does not know its flow."""
        if not knows_flow(field):
            raise UnsupportedError(
                "a field that knows its own flow (propagate) for solver='exact'",
                f"the {field._title()} field, which does not",
                "fit the 'locally-linear' field on untouched cells, or use solver='auto'",
            )

    def advance(
        self, field: VectorField, t: Instant, x: Tensor, span: Instant, *, steps: int,
        checkpoint: bool = False,
    ) -> Tensor:  # fmt: skip
        """The state after span; `checkpoint` has nothing to save here."""
        self.check(field)
        flow = cast(Callable[..., Tensor], field.propagate)
        return flow(x, span, t, windows=steps)

    def explain(
        self, field: VectorField, t: Instant, x: Tensor, span: Instant, *, steps: int,
        bound: Tensor,
    ) -> NumericalError:  # fmt: skip
        """The error of a flow that left its bound."""
        end = self.advance(field, t, x, span, steps=steps)
        fix = "lower the field's max_growth, or take more windows (steps)"
        return nonfinite_error(field, t + span, end, f" ({steps} exact windows)", fix, bound)
