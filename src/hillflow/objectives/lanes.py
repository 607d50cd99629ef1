"""Lanes of a rollout: which simulated population starts where, and what it is compared with.

All conditions and starts are simulated in one batch [conditions, lanes · cells, genes]. Every
condition gets the same number of lanes so that they stack; lanes repeated to fill up, and
lanes that have come to their last time, are simulated and not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from hillflow.objectives.problem import Arm

STARTS = ("first", "every")


@dataclass(frozen=True)
class Lane:
    """One simulated population: row of the batch, its cells there, where it came from."""

    row: int
    cells: slice
    arm: Arm
    start: int


@dataclass(frozen=True)
class Lanes:
    """The layout of one batch.

    Attributes
    ----------
    arms, starts
        The conditions, and for each the index of the population each of its lanes starts
        from; equally many in each.
    used
        How many of them are no repeats, for each condition.
    each
        Cells a lane.
    horizon
        How many times ahead.
    """

    arms: tuple[Arm, ...]
    starts: tuple[tuple[int, ...], ...]
    used: tuple[int, ...]
    each: int
    horizon: int

    @classmethod
    def lay(cls, arms: Sequence[Arm], starts: str, horizon: int | None, cells: int) -> Lanes:
        """Lanes from the "first" population or from "every" one, of about `cells` in all."""
        used = [1 if starts == "first" else max(1, len(arm.times) - 1) for arm in arms]
        width = max(used)
        longest = max(len(arm.times) for arm in arms) - 1
        return cls(
            tuple(arms),
            tuple(tuple(k % count for k in range(width)) for count in used),
            tuple(used),
            max(2, cells // (width * len(arms))),
            longest if horizon is None else min(horizon, longest),
        )

    def clock(self, ahead: int, like: Tensor) -> tuple[Tensor, Tensor]:
        """Start and length of each cell's next leg, [conditions, cells]; length 0 at its end."""
        begun, length = [], []
        for arm, starts in zip(self.arms, self.starts, strict=True):
            last = len(arm.times) - 1
            at = [arm.times[min(start + ahead, last)] for start in starts]
            to = [arm.times[min(start + ahead + 1, last)] for start in starts]
            begun.append(at)
            length.append([end - start for start, end in zip(at, to, strict=True)])
        t0, dt = (
            like.new_tensor(rows).repeat_interleave(self.each, -1) for rows in (begun, length)
        )
        return t0, dt

    def arriving(self, ahead: int) -> Iterator[tuple[Lane, int]]:
        """The lanes that reach a measured time `ahead` + 1 later, and which population it is."""
        for row, (arm, starts) in enumerate(zip(self.arms, self.starts, strict=True)):
            for lane, start in enumerate(starts[: self.used[row]]):
                if start + ahead + 1 < len(arm.times):
                    cells = slice(lane * self.each, (lane + 1) * self.each)
                    yield Lane(row, cells, arm, start), start + ahead + 1
