"""The contract of a solver: carry states along ẋ = f(t, x) for a given span of time.

Shapes: x is [..., genes], any number of leading axes; a time, a step h or a span is a number
or a tensor that broadcasts against x[..., 0], so that every cell may have its own. Solvers
ask nothing of a field but the contract of `VectorField`; they never learn what it means.
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
    """A way to go from x(t) to x(t + span), with gradients through it.

    Attributes
    ----------
    name
        Its key in the registry.
    order
        The global error falls as (step size)^order.
    needs
        What a field must have beyond a velocity: "linear decay", or empty for nothing.
    generator
        Where the noise of a stochastic solver comes from; None for a deterministic one.
    """

    name: ClassVar[str] = ""
    order: ClassVar[int] = 1
    needs: ClassVar[str] = ""
    generator: torch.Generator | None = None

    def check(self, field: VectorField) -> None:
        """Refuse, before any work, a field without what this solver needs."""
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
        """x(t + span) from x(t), [..., genes]; `checkpoint` trades memory for a second pass."""

    @abstractmethod
    def explain(
        self, field: VectorField, t: Instant, x: Tensor, span: Instant, *, steps: int,
        bound: Tensor,
    ) -> NumericalError:  # fmt: skip
        """The error of a solve that left `bound`: which cell, gene and time came first."""


class Stepper(Solver):
    """A solver of fixed steps, x(t) → x(t + h). A subclass gives `bind` and no more."""

    @abstractmethod
    def bind(self, field: VectorField, h: Instant) -> Step:
        """Return the map (t, x) ↦ x(t + h), having computed once what no step changes."""

    def step(self, field: VectorField, t: Instant, x: Tensor, h: Instant) -> Tensor:
        """One step of size h."""
        return self.bind(field, h)(t, x)

    def advance(
        self, field: VectorField, t: Instant, x: Tensor, span: Instant, *, steps: int,
        checkpoint: bool = False,
    ) -> Tensor:  # fmt: skip
        """x(t + span) in `steps` equal steps; with `checkpoint`, only their states are kept."""
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
        """Take the same steps again, looking at each, and name the first state that is lost."""
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


def beside_genes(h: Instant) -> Instant:
    """A step per cell, [...], as [..., 1] that stands against [..., genes]."""
    return h.unsqueeze(-1) if isinstance(h, Tensor) else h


def moved(x: Tensor, velocity: Tensor, h: Instant, share: float = 1.0) -> Tensor:
    """x + share · h · velocity in one pass over memory; h as `beside_genes` gives it."""
    if isinstance(h, Tensor):
        return torch.addcmul(x, h, velocity, value=share)
    return torch.add(x, velocity, alpha=share * h)
