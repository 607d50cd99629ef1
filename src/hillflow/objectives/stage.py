"""One stage of training: an objective and its optimisation."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from hillflow.errors import InputError, did_you_mean
from hillflow.objectives.base import Objective
from hillflow.objectives.rollout import Rollout

LEVELS = 131_072  # in a batch: 2,048 cells of 64 genes
FEWEST = 128  # cells of a batch, however many genes

SCHEDULES = ("constant", "cosine")


@dataclass(frozen=True)
class Stage:
    """Minimise `objective` with `steps` steps of Adam.

    Parameters
    ----------
    objective
        `Match`, `Rollout` or `Variational`, with its options.
    steps, cells
        Number of steps, and number of cells (or pairs) per step over all conditions.
    rate, schedule
        Learning rate, and "constant" or "cosine" (which falls to a hundredth of it).
    clip
        Largest norm of the gradient.
    penalty
        Weight of the field's own penalty (sparsity, agreement with a prior).
    patience
        End the stage after this number of evaluations in a row without a lower validation loss;
        None for all steps. In both cases the parameters with the lowest validation loss are kept.
    train
        Heads to train, including "field"; None for all.
    settle
        Drop at the end, for good, the regulators of the field that cost no loss (see
        `hillflow.train.settle`); for fields that have `drop_`.
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
    settle: bool = False

    def __post_init__(self) -> None:
        if self.schedule not in SCHEDULES:
            raise InputError(
                f"a schedule, one of {', '.join(SCHEDULES)}", repr(self.schedule),
                did_you_mean(self.schedule, SCHEDULES),
            )  # fmt: skip
        for name, least in (("steps", 1), ("cells", 2), ("rate", 1e-12), ("clip", 1e-12)):
            if not getattr(self, name) >= least:
                raise InputError(f"{name} of at least {least:g}", f"{getattr(self, name)}",
                                 f"raise {name}")  # fmt: skip

        if self.patience is not None and self.patience < 1:
            raise InputError("a patience of one evaluation or more, or None", f"{self.patience}",
                             "write None for all steps")  # fmt: skip

    def rate_at(self, step: int) -> float:
        """Learning rate of a step counted from 0."""
        if self.schedule == "constant":
            return self.rate
        return self.rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / self.steps)))

    def sized(self, genes: int) -> Stage:
        """The same stage with batches of at most `LEVELS` levels, but not below `FEWEST` cells.

        A step costs as much as it has levels (cells × genes), and its noise does not fall with
        genes that are independent; so large panels need fewer cells to a step. A simulation from
        the first population alone has all its cells in one population, and needs half as many.
        """
        alone = isinstance(self.objective, Rollout) and self.objective.starts == "first"
        fewest = FEWEST // 2 if alone else FEWEST
        return replace(self, cells=min(self.cells, max(fewest, LEVELS // genes)))

    def scaled(self, effort: float) -> Stage:
        """The same stage with `effort` times the number of steps, at least one."""
        return replace(self, steps=max(1, round(self.steps * effort)))
