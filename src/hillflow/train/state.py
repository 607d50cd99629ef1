"""The state of a training loop: what decides its next step, and copies of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class SavedState:
    """A copy of a training's state, to resume from or to fall back to.

    Attributes
    ----------
    stage, step
        The next step to take.
    rate_factor, retries
        Factor on the learning rate after losses that were not finite, and their number.
    best, best_tensors
        Lowest validation loss of this stage, and the tensors of this step.
    history
        One row per check: stage, step, loss terms, validation loss.
    tensors, moments, stream
        Tensors of the heads; Adam's moments by parameter; state of the random generator.
    """

    stage: int
    step: int
    rate_factor: float
    retries: int
    best: float
    history: tuple[dict[str, float], ...]
    best_tensors: dict[str, Tensor]
    tensors: dict[str, Tensor]
    moments: dict[str, Tensor]
    stream: Tensor


@dataclass
class LoopState:
    """The current state of a training; attributes as in `SavedState`."""

    stage: int = 0
    step: int = 0
    rate_factor: float = 1.0
    retries: int = 0
    best: float = math.inf
    best_tensors: dict[str, Tensor] = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)
    generator: torch.Generator = field(default_factory=torch.Generator)

    def save(self, tensors: dict[str, Tensor], moments: dict[str, Tensor]) -> SavedState:
        """Copy the state, with copies of these tensors and moments."""
        return SavedState(
            self.stage, self.step, self.rate_factor, self.retries, self.best,
            tuple(self.history), self.best_tensors, tensors, moments, self.generator.get_state(),
        )  # fmt: skip

    def restore(self, saved: SavedState) -> None:
        """Go back to a copy."""
        self.stage, self.step = saved.stage, saved.step
        self.rate_factor, self.retries = saved.rate_factor, saved.retries
        self.best, self.best_tensors = saved.best, saved.best_tensors
        self.history[:] = saved.history
        self.generator.set_state(saved.stream)


def copy_tensors(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Copy tensors, detached."""
    return {name: tensor.detach().clone() for name, tensor in tensors.items()}
