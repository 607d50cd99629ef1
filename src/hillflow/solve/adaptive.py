"""Adaptive steps by torchdiffeq, with the interface of the other solvers."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from hillflow.errors import InputError, NumericalError, UnsupportedError
from hillflow.fields.base import VectorField
from hillflow.solve.base import Instant, Solver, with_gene_axis
from hillflow.solve.nonfinite import all_finite, all_within, bound_on, nonfinite_error
from hillflow.solve.registry import register


@register(
    name="dopri5",
    formula="a pair of orders 5 and 4 in 7 stages; h is chosen to keep the error within rtol, atol",
    source="Dormand & Prince 1980; code: torchdiffeq (Chen 2018)",
    cost="6 evaluations per step, as many steps as the tolerances require",
    when_not="training: a few fixed steps learn the same field many times faster",
)
class Dopri5(Solver):
    """Order 5 with step-size control, the reference for solvers with fixed steps.

    The whole batch has one step size, chosen by the root mean square of all errors. With a span
    per cell, time is rescaled to s ∈ [0, 1]: dx/ds = span · f(t + s·span, x).

    Parameters
    ----------
    rtol, atol
        Tolerated error of a step: atol + rtol·|x|.
    adjoint
        Compute gradients by solving the adjoint equation backwards in time (Chen et al. 2018):
        memory does not grow with the number of steps, but time increases. There is then no
        gradient in the span.
    max_steps
        Largest number of steps.
    """

    order = 5

    def __init__(
        self, *, rtol: float = 1e-5, atol: float = 1e-7, adjoint: bool = False,
        max_steps: int = 10_000,
    ) -> None:  # fmt: skip
        if not (rtol > 0 and atol > 0):
            raise InputError("tolerances above 0", f"rtol={rtol}, atol={atol}", "correct them")
        self.rtol, self.atol, self.adjoint, self.max_steps = rtol, atol, adjoint, max_steps

    def advance(
        self, field: VectorField, t: Instant, x: Tensor, span: Instant, *, steps: int,
        checkpoint: bool = False,
    ) -> Tensor:  # fmt: skip
        """Return x(t + span), [..., genes]; `steps` is ignored."""
        if checkpoint:
            raise UnsupportedError(
                "a solver of fixed steps for checkpoint=True",
                "'dopri5'",
                "use solver=Dopri5(adjoint=True), which does not store steps either",
            )
        if self.adjoint and isinstance(span, Tensor) and span.requires_grad:
            raise UnsupportedError(
                "spans without gradients under the adjoint method",
                "a span that requires them",
                "use Dopri5(adjoint=False)",
            )
        from torchdiffeq import odeint, odeint_adjoint

        unit = torch.tensor([0.0, 1.0], dtype=x.dtype, device=x.device)
        options: dict[str, Any] = {"max_num_steps": self.max_steps}
        common = {"rtol": self.rtol, "atol": self.atol, "method": "dopri5"}
        try:
            if self.adjoint:
                solution = odeint_adjoint(
                    _UnitTime(field, t, span), x, unit, options=options, adjoint_options=options,
                    **common,
                )  # fmt: skip
            else:
                # A step that ends at s = 1 avoids the error of interpolation.
                options["step_t"] = unit[1:]
                solution = odeint(_UnitTime(field, t, span), x, unit, options=options, **common)
        except AssertionError as failure:  # raised by torchdiffeq if it cannot take a step
            raise self.explain(field, t, x, span, steps=steps, bound=bound_on(x)) from failure
        return solution[-1]

    @torch.no_grad()
    def explain(
        self, field: VectorField, t: Instant, x: Tensor, span: Instant, *, steps: int,
        bound: Tensor,
    ) -> NumericalError:  # fmt: skip
        """Integrate again up to the first state or velocity that is not within `bound`."""
        from torchdiffeq import odeint

        monitored = _UnitTime(field, t, span, bound)
        unit = torch.tensor([0.0, 1.0], dtype=x.dtype, device=x.device)
        fix = (
            "raise the tolerances (Dopri5(rtol=1e-3, atol=1e-4)) or max_steps, bound the "
            "field's rates, or use solver='exponential' if decay is linear"
        )
        try:
            odeint(
                monitored, x, unit, rtol=self.rtol, atol=self.atol, method="dopri5",
                options={"max_num_steps": self.max_steps},
            )  # fmt: skip
        except _OutOfBound as error:
            return nonfinite_error(field, error.t, error.x, " (solver 'dopri5')", fix, bound)
        except AssertionError:
            pass  # all values were finite: the step became too small, or there were too many
        last = torch.as_tensor(monitored.last).max()
        return NumericalError(
            f"an integration of at most {self.max_steps:,} steps",
            f"one that is not complete at time {float(last):.6g} (solver 'dopri5')",
            fix,
        )


class _OutOfBound(Exception):
    def __init__(self, t: Instant, x: Tensor) -> None:
        super().__init__()
        self.t, self.x = t, x


class _UnitTime(nn.Module):
    """The field in s ∈ [0, 1]; a module, so that the adjoint method finds its parameters."""

    def __init__(
        self, field: VectorField, t: Instant, span: Instant, bound: Tensor | None = None
    ) -> None:
        super().__init__()
        self.field = field
        self.start, self.span, self.width = t, span, with_gene_axis(span)
        self.bound, self.last = bound, t

    def forward(self, s: Tensor, x: Tensor) -> Tensor:
        t = self.start + s * self.span
        velocity = self.field(t, x)
        if self.bound is not None:
            self.last = t
            if not all_within(x, self.bound):
                raise _OutOfBound(t, x)
            if not all_finite(velocity):
                raise _OutOfBound(t, velocity)
        return self.width * velocity
