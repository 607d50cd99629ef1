"""The batch of a rollout: where simulated populations start, and what they are compared with.

All conditions and starts are simulated in one batch [conditions, slots · cells, genes]; a slot is
one simulated population. All conditions have the same number of slots, so that they can be stacked.
Slots that only fill up a condition, and slots past their last time, are simulated but not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from hillflow.objectives.problem import ConditionData

STARTS = ("first", "every")


@dataclass(frozen=True)
class Slot:
    """One simulated population: its row and cells in the batch, its data, and its start."""

    row: int
    cells: slice
    data: ConditionData
    start: int


@dataclass(frozen=True)
class RolloutBatch:
    """The layout of one batch.

    Attributes
    ----------
    by_condition, starts
        The conditions, and for each the indices of the populations from which its slots start.
    used
        Number of slots of each condition that are not repetitions.
    each
        Cells per slot.
    horizon
        Number of times to simulate ahead.
    """

    by_condition: tuple[ConditionData, ...]
    starts: tuple[tuple[int, ...], ...]
    used: tuple[int, ...]
    each: int
    horizon: int

    @classmethod
    def lay(
        cls, by_condition: Sequence[ConditionData], starts: str, horizon: int | None, cells: int
    ) -> RolloutBatch:
        """Slots from the "first" or from "every" population, with about `cells` cells in total."""
        used = [1 if starts == "first" else max(1, len(data.times) - 1) for data in by_condition]
        width = max(used)
        longest = max(len(data.times) for data in by_condition) - 1
        return cls(
            tuple(by_condition),
            tuple(tuple(k % count for k in range(width)) for count in used),
            tuple(used),
            max(2, cells // (width * len(by_condition))),
            longest if horizon is None else min(horizon, longest),
        )

    def clock(self, ahead: int, like: Tensor) -> tuple[Tensor, Tensor]:
        """Start and length of the next interval of each cell, [conditions, cells]; 0 at the end."""
        begun, length = [], []
        for data, starts in zip(self.by_condition, self.starts, strict=True):
            last = len(data.times) - 1
            at = [data.times[min(start + ahead, last)] for start in starts]
            to = [data.times[min(start + ahead + 1, last)] for start in starts]
            begun.append(at)
            length.append([end - start for start, end in zip(at, to, strict=True)])
        t0, dt = (
            like.new_tensor(rows).repeat_interleave(self.each, -1) for rows in (begun, length)
        )
        return t0, dt

    def arriving(self, ahead: int) -> Iterator[tuple[Slot, int]]:
        """Slots that reach a measured time after `ahead` + 1 intervals, and its population."""
        for row, (data, starts) in enumerate(zip(self.by_condition, self.starts, strict=True)):
            for slot, start in enumerate(starts[: self.used[row]]):
                if start + ahead + 1 < len(data.times):
                    cells = slice(slot * self.each, (slot + 1) * self.each)
                    yield Slot(row, cells, data, start), start + ahead + 1
