"""The control cells from which perturbations are predicted, and their measured means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hillflow.causal.checked_cells import checked_cells
from hillflow.data import Cells, Snapshots
from hillflow.data.times import format_time, same_time
from hillflow.errors import InputError, TimeError
from hillflow.interventions import Intervention
from hillflow.model.fit import Fitted, members_of
from hillflow.model.predict import check_times, control_cells
from hillflow.seeds import check_seed


@dataclass(frozen=True, eq=False)
class ControlCells:
    """Control cells at the start, and their means later.

    Attributes
    ----------
    data
        The cells of all conditions.
    measured
        The control cells of all times.
    start
        The measured cells to simulate from, [cells, genes]; with unspliced mRNA, 2·genes.
    weights
        The weight of each of them, [cells], with a sum of 1.
    moments
        The time of the start, then the predicted times; at rest, the same time twice.
    mean
        Mean of the measured control cells at each predicted time, [times, genes].
    spread
        Standard deviation of each gene over all control cells, [genes]: the unit of effects. It is
        at least a hundredth of the median over genes.
    """

    data: Snapshots
    measured: Snapshots
    start: np.ndarray
    weights: np.ndarray
    moments: tuple[float, ...]
    mean: np.ndarray
    spread: np.ndarray

    @property
    def times(self) -> tuple[float, ...]:
        """The predicted times."""
        return self.moments[1:]

    @classmethod
    def of(
        cls,
        fitted: Fitted,
        data: Cells,
        times: Sequence[float] | None = None,
        *,
        start: float | None = None,
        cells: int | None = None,
        seed: int = 0,
    ) -> ControlCells:
        """Choose the cells; parameters as in `hillflow.causal.knockout`."""
        snapshots = checked_cells(fitted, data)
        if not isinstance(snapshots, Snapshots):
            raise InputError(
                "Snapshots with control cells, from which a perturbation is predicted",
                type(snapshots).__name__,
                "simulate series with member.simulate(x0, times, intervention)",
            )
        if cells is not None and cells < 1:
            raise InputError("one cell or more to simulate", f"cells={cells}", "write cells=500")
        first = members_of(fitted)[0]
        control, rests = control_cells(first, snapshots), first.at_rest
        begin = float(control.times[0]) if start is None else control.nearest_time(start)
        later = [float(time) for time in control.times if time > begin or rests]
        predicted = later if times is None else sorted({float(time) for time in times})
        check_times(predicted, begin, control, absolute=True, rests=rests)
        _check_measured(predicted, control)
        predicted = sorted({control.nearest_time(time) for time in predicted})
        # Shuffled, so that the first cells, whose states are kept, are a random sample.
        random = np.random.default_rng(check_seed(seed))
        rows = random.permutation(control.rows(begin))[:cells]
        return cls(
            snapshots,
            control,
            control.measured(rows),
            _shares(control, rows),
            (begin, *predicted),
            np.stack([_mean(control, control.rows(time)) for time in predicted]),
            spread_of(control.x),
        )

    def never_expressed(self) -> tuple[str, ...]:
        """Genes that are 0 in every control cell."""
        silent = (self.measured.x == 0).all(axis=0)
        return tuple(
            gene for gene, is_silent in zip(self.data.genes, silent, strict=True) if is_silent
        )

    def columns(self, intervention: Intervention) -> list[int]:
        """The columns of the genes that are perturbed as a whole."""
        return [self.data.genes.index(gene) for gene in intervention.perturbed]


def _check_measured(predicted: Sequence[float], control: Snapshots) -> None:
    unmeasured = [time for time in predicted if not same_time(control.times, time).any()]
    if unmeasured:
        measured, others = (
            ", ".join(format_time(float(time), control.time_unit) for time in times)
            for times in (control.times, unmeasured)
        )
        raise TimeError(
            f"times at which control cells were measured: {measured}", others,
            "name measured times; `hillflow predict --absolute` predicts other times",
        )  # fmt: skip


def _shares(control: Snapshots, rows: np.ndarray) -> np.ndarray:
    weights = np.ones(len(rows)) if control.weights is None else control.weights[rows]
    if weights.sum() <= 0:
        raise InputError(
            "cells of positive weight at the start",
            "a weight of 0 for all of them",
            "correct the weights",
        )
    return weights / weights.sum()


def _mean(control: Snapshots, rows: np.ndarray) -> np.ndarray:
    mean: np.ndarray = _shares(control, rows) @ control.x[rows].astype(np.float64)
    return mean


def spread_of(x: np.ndarray) -> np.ndarray:
    """Standard deviation of each gene over cells, [genes]: the unit of effects.

    At least a hundredth of the median over genes.
    """
    spread = x.astype(np.float64).std(axis=0)
    some = spread[spread > 0]
    least = 0.01 * float(np.median(some)) if len(some) else 1.0
    return np.maximum(spread, least)
