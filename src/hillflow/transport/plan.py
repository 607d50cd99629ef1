"""A plan: the couplings of cells in every interval between two consecutive times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.errors import InputError
from hillflow.interventions import Intervention
from hillflow.transport.pairs import DrawnPairs, Interval
from hillflow.transport.storage import read_plan, write_plan

if TYPE_CHECKING:
    import torch

    from hillflow.data.snapshots import Snapshots


@dataclass(frozen=True, eq=False)
class Plan:
    """The couplings of every interval of every condition. Computed by `fit_plan`.

    Attributes
    ----------
    intervals
        By condition, then by time.
    fingerprint
        Digest of the cells and the basis from which the plan was computed.
    options
        The coupling and its settings, as plain JSON values.
    """

    intervals: tuple[Interval, ...]
    fingerprint: str
    options: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.intervals)

    def __iter__(self) -> Iterator[Interval]:
        return iter(self.intervals)

    def __getitem__(self, interval: int) -> Interval:
        if not -len(self) <= interval < len(self):
            raise InputError(
                f"an interval from 0 to {len(self) - 1}", str(interval), "count from 0"
            )
        return self.intervals[interval]

    def of(self, condition: Intervention) -> tuple[Interval, ...]:
        """Return the intervals of one condition, by time."""
        return tuple(interval for interval in self if interval.condition == condition)

    def chain(self, snapshots: Snapshots, condition: Intervention | str) -> tuple[Interval, ...]:
        """Return the intervals of one condition; refuse none, and a plan of other cells."""
        condition = Intervention.parse(condition) if isinstance(condition, str) else condition
        intervals = self.of(condition)
        if not intervals:
            raise InputError(
                "a condition with coupled cells", f"none of {condition.name}",
                "name another condition=…",
            )  # fmt: skip
        for population in (
            side for interval in intervals for side in (interval.start, interval.end)
        ):
            rows = population.rows
            if rows[-1] >= len(snapshots) or (snapshots.time[rows] != population.time).any():
                raise InputError(
                    "the cells that this plan was computed from", f"{len(snapshots):,} other cells",
                    "give the snapshots that fit_plan was given",
                )  # fmt: skip
        return intervals

    def sample(
        self, interval: int, n: int, generator: np.random.Generator | torch.Generator
    ) -> DrawnPairs:
        """Draw n pairs of one interval by weight; rows of the snapshots."""
        return self[interval].pairs.sample(n, generator)

    def save(self, path: Path | str) -> Path:
        """Write to one compressed file; see `hillflow.transport.storage`."""
        return write_plan(self.intervals, self.fingerprint, self.options, Path(path))

    @classmethod
    def load(cls, path: Path | str, snapshots: Snapshots) -> Plan:
        """Load a saved plan for the same cells and basis; refuse others."""
        return cls(*read_plan(Path(path), snapshots))
