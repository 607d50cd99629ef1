"""Adaptive steps by torchdiffeq, behind the same contract as our own solvers."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from hillflow.errors import InputError, NumericalError, UnsupportedError
from hillflow.fields.base import VectorField
from hillflow.solve.base import Instant, Solver, beside_genes
from hillflow.solve.nonfinite import all_finite, all_within, bound_on, nonfinite_error
from hillflow.solve.registry import register


@register(
    name="dopri5",
    formula="a pair of orders 5 and 4 in 7 stages chooses h so that the error stays under rtol, "
    "atol",
    source="Dormand & Prince 1980; code: torchdiffeq (Chen 2018)",
    cost="6 evaluations a step, as many steps as the error asks for",
    when_not="training: a few fixed steps learn the same field many times faster",
)
class Dopri5(Solver):
    """Order 5 with step control; the reference that the fixed steps are held against.

    One step size serves the whole batch, chosen by the root mean square of all errors. With
    a span per cell, time is rescaled to s ∈ [0, 1]: dx/ds = span · f(t + s·span, x).

    Parameters
    ----------
    rtol, atol
        Tolerated error of a step: atol + rtol·|x|.
    adjoint
        Take gradients by solving the adjoint equation back in time (Chen et al. 2018): memory
        no longer grows with the number of steps, time does. No gradient to a span then.
    max_steps
        Give up after so many.
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
        """x(t + span); `steps` has no meaning here."""
        if checkpoint:
            raise UnsupportedError(
                "a solver of fixed steps for checkpoint=True",
                "'dopri5'",
                "use solver=Dopri5(adjoint=True), which keeps no steps either",
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
                # Ending a step at s = 1 spares the result the error of interpolation.
                options["step_t"] = unit[1:]
                solution = odeint(_UnitTime(field, t, span), x, unit, options=options, **common)
        except AssertionError as failure:  # torchdiffeq's word for a step that cannot be taken
            raise self.explain(field, t, x, span, steps=steps, bound=bound_on(x)) from failure
        return solution[-1]

    @torch.no_grad()
    def explain(
        self, field: VectorField, t: Instant, x: Tensor, span: Instant, *, steps: int,
        bound: Tensor,
    ) -> NumericalError:  # fmt: skip
        """Solve again, watching, up to the first state or velocity that is lost."""
        from torchdiffeq import odeint

        watched = _UnitTime(field, t, span, bound)
        unit = torch.tensor([0.0, 1.0], dtype=x.dtype, device=x.device)
        fix = (
            "loosen the tolerances (Dopri5(rtol=1e-3, atol=1e-4)), raise max_steps, bound the "
            "field's rates, or use solver='exponential' where decay is linear"
        )
        try:
            odeint(
                watched, x, unit, rtol=self.rtol, atol=self.atol, method="dopri5",
                options={"max_num_steps": self.max_steps},
            )  # fmt: skip
        except _Lost as lost:
            return nonfinite_error(field, lost.t, lost.x, " (solver 'dopri5')", fix, bound)
        except AssertionError:
            pass  # every value was finite: the step size or the number of steps ran out
        last = torch.as_tensor(watched.last).max()
        return NumericalError(
            f"a solve of at most {self.max_steps:,} steps",
            f"no end of it at time {float(last):.6g} (solver 'dopri5')",
            fix,
        )


class _Lost(Exception):
    def __init__(self, t: Instant, x: Tensor) -> None:
        super().__init__()
        self.t, self.x = t, x


class _UnitTime(nn.Module):
    """The field in s ∈ [0, 1]; a module, so that the adjoint finds its parameters."""

    def __init__(
        self, field: VectorField, t: Instant, span: Instant, bound: Tensor | None = None
    ) -> None:
        super().__init__()
        self.field = field
        self.start, self.span, self.width = t, span, beside_genes(span)
        self.bound, self.last = bound, t

    def forward(self, s: Tensor, x: Tensor) -> Tensor:
        t = self.start + s * self.span
        velocity = self.field(t, x)
        if self.bound is not None:
            self.last = t
            if not all_within(x, self.bound):
                raise _Lost(t, x)
            if not all_finite(velocity):
                raise _Lost(t, velocity)
        return self.width * velocity
