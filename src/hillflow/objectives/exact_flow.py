"""The solver for fields with an exact flow over short windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from torch import Tensor

from hillflow.errors import NumericalError, UnsupportedError
from hillflow.fields import VectorField
from hillflow.solve.base import Instant, Solver
from hillflow.solve.nonfinite import nonfinite_error


def knows_flow(field: VectorField) -> bool:
    """Whether the field has an exact flow; a field under an intervention has none."""
    return hasattr(field, "propagate")


class ExactFlow(Solver):
    """x(t + span) by the field's method `propagate`, in `steps` windows.

    In each window, the local linearisation at its start is solved exactly. The error against the
    field's ODE decreases as 1/steps, and stiff fields need no smaller windows.
    """

    name = "exact"
    needs = "propagate"

    def check(self, field: VectorField) -> None:
        """Raise an error for a field without an exact flow."""
        if not knows_flow(field):
            raise UnsupportedError(
                "a field with an exact flow (method propagate) for solver='exact'",
                f"the {field._title()} field, which has none",
                "fit the 'locally-linear' field to control cells, or use solver='auto'",
            )

    def advance(
        self, field: VectorField, t: Instant, x: Tensor, span: Instant, *, steps: int,
        checkpoint: bool = False,
    ) -> Tensor:  # fmt: skip
        """The state after span; `checkpoint` has no effect here."""
        self.check(field)
        flow = cast(Callable[..., Tensor], field.propagate)
        return flow(x, span, t, windows=steps)

    def explain(
        self, field: VectorField, t: Instant, x: Tensor, span: Instant, *, steps: int,
        bound: Tensor,
    ) -> NumericalError:  # fmt: skip
        """The error for a flow that exceeds its bound."""
        end = self.advance(field, t, x, span, steps=steps)
        fix = "lower the field's max_growth, or use more windows (steps)"
        return nonfinite_error(field, t + span, end, f" ({steps} exact windows)", fix, bound)
