"""The interface of solvers, which integrate ẋ = f(t, x) over a given span of time.

Shapes: x is [..., genes] with any number of leading axes; a time, a step h or a span is a number
or a tensor that broadcasts against x[..., 0], so that every cell may have its own. Solvers use
only the interface of `VectorField`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor

from hillflow.errors import NumericalError, UnsupportedError
from hillflow.fields.base import VectorField
from hillflow.solve.gradient_checkpointing import checkpointed
from hillflow.solve.nonfinite import all_within, nonfinite_error

Instant = float | Tensor
Step = Callable[[Instant, Tensor], Tensor]


class Solver(ABC):
    """A differentiable method to compute x(t + span) from x(t).

    Attributes
    ----------
    name
        Its key in the registry.
    order
        The global error falls as (step size)^order.
    needs
        Requirement on the field: "linear decay", or "" for none.
    generator
        Random generator of a stochastic solver; None for a deterministic one.
    """

    name: ClassVar[str] = ""
    order: ClassVar[int] = 1
    needs: ClassVar[str] = ""
    generator: torch.Generator | None = None

    def check(self, field: VectorField) -> None:
        """Refuse a field that does not meet the requirements of this solver."""
        if self.needs == "linear decay" and field.decay_rate() is None:
            raise UnsupportedError(
                f"a field with linear decay γ ⊙ x (its decay_rate) for solver={self.name!r}",
                f"the {field._title()} field, whose decay has no such form",
                "use solver='rk4'",
            )

    @abstractmethod
    def advance(
        self, field: VectorField, t: Instant, x: Tensor, span: Instant, *, steps: int,
        checkpoint: bool = False,
    ) -> Tensor:  # fmt: skip
        """Return x(t + span) given x(t), [..., genes].

        `checkpoint` saves memory by computing steps again in the backward pass.
        """

    @abstractmethod
    def explain(
        self, field: VectorField, t: Instant, x: Tensor, span: Instant, *, steps: int,
        bound: Tensor,
    ) -> NumericalError:  # fmt: skip
        """Return the error of an integration that left `bound`: first cell, gene and time."""


class Stepper(Solver):
    """A solver of fixed steps, x(t) → x(t + h). A subclass defines only `bind`."""

    @abstractmethod
    def bind(self, field: VectorField, h: Instant) -> Step:
        """Return the map (t, x) ↦ x(t + h), with values that are the same in all steps cached."""

    def step(self, field: VectorField, t: Instant, x: Tensor, h: Instant) -> Tensor:
        """Return x after one step of size h."""
        return self.bind(field, h)(t, x)

    def advance(
        self, field: VectorField, t: Instant, x: Tensor, span: Instant, *, steps: int,
        checkpoint: bool = False,
    ) -> Tensor:  # fmt: skip
        """Return x(t + span) after `steps` equal steps, [..., genes].

        With `checkpoint`, only the states between steps are stored.
        """
        h = span / steps
        step = self.bind(field, h)
        if checkpoint:
            step = checkpointed(step, self.generator)
        for k in range(steps):
            x = step(t + k * h, x)
        return x

    @torch.no_grad()
    def explain(
        self, field: VectorField, t: Instant, x: Tensor, span: Instant, *, steps: int,
        bound: Tensor,
    ) -> NumericalError:  # fmt: skip
        """Repeat the steps, and name the first state that is not within `bound`."""
        h = span / steps
        step = self.bind(field, h)
        taken = 0
        while taken < steps:
            x = step(t + taken * h, x)
            taken += 1
            if not all_within(x, bound):
                break
        after = f" (step {taken} of {steps}, solver {self.name!r})"
        return nonfinite_error(field, t + taken * h, x, after, self._remedy(field, steps), bound)

    def _remedy(self, field: VectorField, steps: int) -> str:
        other = "'dopri5'" if field.decay_rate() is None else "'exponential'"
        change = "" if repr(self.name) == other else f", or use solver={other}"
        return f"take smaller steps (steps={4 * steps}){change}, or bound the field's rates"


def with_gene_axis(h: Instant) -> Instant:
    """Return a step per cell, [...], as [..., 1], to broadcast against [..., genes]."""
    return h.unsqueeze(-1) if isinstance(h, Tensor) else h


def add_step(x: Tensor, velocity: Tensor, h: Instant, share: float = 1.0) -> Tensor:
    """Return x + share · h · velocity in one pass over memory; h is that of `with_gene_axis`."""
    if isinstance(h, Tensor):
        return torch.addcmul(x, h, velocity, value=share)
    return torch.add(x, velocity, alpha=share * h)
