"""One stage of training: an objective, and how it is descended."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from hillflow.errors import InputError, did_you_mean
from hillflow.objectives.base import Objective

SCHEDULES = ("constant", "cosine")


@dataclass(frozen=True)
class Stage:
    """Descend `objective` for `steps` steps of Adam.

    Parameters
    ----------
    objective
        `Match`, `Rollout` or `Variational`, with its options.
    steps, cells
        Number of steps; cells (or pairs) a step, all conditions together.
    rate, schedule
        Learning rate, "constant" or "cosine" (falling to a hundredth of it).
    clip
        Largest norm of the gradient.
    penalty
        Weight of the field's own penalty (sparsity, agreement with a prior).
    patience
        End the stage early once so many looks in a row have not bettered the landing error on
        the cells held back from training; None: take every step. The best look's parameters
        are kept either way.
    train
        Which heads move: "field" and the names of others; None for all.
    """

    objective: Objective
    steps: int = 1000
    cells: int = 512
    rate: float = 3e-3
    schedule: str = "cosine"
    clip: float = 10.0
    penalty: float = 1.0
    patience: int | None = None
    train: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.schedule not in SCHEDULES:
            raise InputError(
                f"a schedule among {', '.join(SCHEDULES)}", repr(self.schedule),
                did_you_mean(self.schedule, SCHEDULES),
            )  # fmt: skip
        for name, least in (("steps", 1), ("cells", 2), ("rate", 1e-12), ("clip", 1e-12)):
            if not getattr(self, name) >= least:
                raise InputError(f"{name} of at least {least:g}", f"{getattr(self, name)}",
                                 f"raise {name}")  # fmt: skip

        if self.patience is not None and self.patience < 1:
            raise InputError("a patience of one look or more, or None", f"{self.patience}",
                             "write None to take every step")  # fmt: skip

    def rate_at(self, step: int) -> float:
        """Learning rate of a step counted from 0."""
        if self.schedule == "constant":
            return self.rate
        return self.rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / self.steps)))

    def scaled(self, effort: float) -> Stage:
        """The same stage with `effort` times as many steps, at least one."""
        return replace(self, steps=max(1, round(self.steps * effort)))
