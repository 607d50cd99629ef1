"""The control cells that every knockout is predicted from, and what is measured of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hillflow.causal.fitted import cells_of
from hillflow.data import Cells, Snapshots
from hillflow.data.times import format_time
from hillflow.errors import InputError, TimeError
from hillflow.interventions import Intervention
from hillflow.model.fit import Fitted, members_of
from hillflow.model.predict import check_times, control_cells
from hillflow.seeds import check_seed


@dataclass(frozen=True, eq=False)
class WildType:
    """Control cells at the start, and their means later.

    Attributes
    ----------
    data
        All cells, of every condition; ``control`` has the untouched ones.
    start
        The cells to roll out, [cells, genes], as they were measured, and ``weights``, what each
        counts, [cells], which add up to 1.
    moments
        The time of the start, then those asked for.
    mean
        Mean of the measured control cells at each time asked for, [times, genes].
    spread
        Standard deviation of each gene over all control cells, [genes]: the unit of effects. A
        gene that does not vary gets a hundredth of the median.
    """

    data: Snapshots
    control: Snapshots
    start: np.ndarray
    weights: np.ndarray
    moments: tuple[float, ...]
    mean: np.ndarray
    spread: np.ndarray

    @property
    def times(self) -> tuple[float, ...]:
        """The times asked for."""
        return self.moments[1:]

    @classmethod
    def of(
        cls,
        fitted: Fitted,
        data: Cells | None = None,
        times: Sequence[float] | None = None,
        *,
        start: float | None = None,
        cells: int | None = None,
        seed: int = 0,
    ) -> WildType:
        """Choose the cells, or say what is missing; arguments as in `causal.knockout`."""
        snapshots = cells_of(fitted, data)
        if not isinstance(snapshots, Snapshots):
            raise InputError(
                "Snapshots, whose control cells a knockout is predicted from",
                type(snapshots).__name__,
                "roll units out with model.simulate(x0, times, intervention)",
            )
        if cells is not None and cells < 1:
            raise InputError("one cell or more to roll out", f"cells={cells}", "write cells=500")
        control = control_cells(members_of(fitted)[0], snapshots)
        begin = float(control.times[0]) if start is None else control.nearest_time(start)
        later = [float(time) for time in control.times if time > begin]
        wanted = later if times is None else sorted({float(time) for time in times})
        check_times(wanted, begin, control, absolute=True)
        _check_measured(wanted, control)
        # Shuffled, so that the first cells, which are looked at more closely, are any cells.
        random = np.random.default_rng(check_seed(seed))
        rows = random.permutation(control.rows(begin))[:cells]
        return cls(
            snapshots, control, control.x[rows], _shares(control, rows), (begin, *wanted),
            np.stack([_mean(control, control.rows(time)) for time in wanted]), _spread(control.x),
        )  # fmt: skip

    def never_expressed(self) -> tuple[str, ...]:
        """Genes that are 0 in every control cell."""
        silent = (self.control.x == 0).all(axis=0)
        return tuple(
            gene for gene, is_silent in zip(self.data.genes, silent, strict=True) if is_silent
        )

    def columns(self, intervention: Intervention) -> list[int]:
        """Where the perturbed genes stand among the genes."""
        return [self.data.genes.index(gene) for gene in intervention.genes]


def _check_measured(wanted: Sequence[float], control: Snapshots) -> None:
    unseen = [time for time in wanted if not np.isclose(control.times, time).any()]
    if unseen:
        seen, missed = (
            ", ".join(format_time(float(time), control.time_unit) for time in times)
            for times in (control.times, unseen)
        )
        raise TimeError(
            f"times at which control cells were measured: {seen}", missed,
            "name measured times; `hillflow predict --absolute` rolls out to any other",
        )  # fmt: skip


def _shares(control: Snapshots, rows: np.ndarray) -> np.ndarray:
    weights = np.ones(len(rows)) if control.weights is None else control.weights[rows]
    if weights.sum() <= 0:
        raise InputError(
            "cells at the start that count", "a weight of 0 for all of them", "correct the weights"
        )
    return weights / weights.sum()


def _mean(control: Snapshots, rows: np.ndarray) -> np.ndarray:
    mean: np.ndarray = _shares(control, rows) @ control.x[rows].astype(np.float64)
    return mean


def _spread(x: np.ndarray) -> np.ndarray:
    spread = x.astype(np.float64).std(axis=0)
    some = spread[spread > 0]
    least = 0.01 * float(np.median(some)) if len(some) else 1.0
    return np.maximum(spread, least)
