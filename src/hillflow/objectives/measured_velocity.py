"""The RNA velocities of cells as tensors, from which objectives draw batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from hillflow.data import Snapshots
from hillflow.errors import InputError
from hillflow.interventions import Intervention

_LEAST = 1e-6  # spread of a gene's velocities, as a share of the largest, that is no rounding


class VelocityBatch(NamedTuple):
    """Cells and their velocities, [conditions, cells, genes]; t is [conditions, cells].

    `known` is 1 where the velocity is known, else 0.
    """

    x: Tensor
    t: Tensor
    velocity: Tensor
    known: Tensor


@dataclass(frozen=True, eq=False)
class MeasuredVelocity:
    """Velocities of cells, by condition.

    Attributes
    ----------
    value, known
        Velocities, 0 where they are not known, and whether they are, [cells, genes].
    unit
        Standard deviation of each gene's velocities, [genes]; 1 for genes that are not scored,
        because no velocity is known or all are equal.
    time
        Time of each cell, [cells]; on the CPU, as the next two are.
    rows, weights
        Cells of each condition, and their weights with sum 1.
    """

    value: Tensor
    known: Tensor
    unit: Tensor
    time: Tensor
    rows: tuple[Tensor, ...]
    weights: tuple[Tensor, ...]

    @classmethod
    def of(
        cls, snapshots: Snapshots, conditions: Sequence[Intervention], dtype: torch.dtype
    ) -> MeasuredVelocity | None:
        """The velocities of snapshots in these conditions; None without any."""
        if snapshots.velocity is None:
            return None
        scored = np.isfinite(snapshots.velocity) & scored_genes(snapshots.velocity)
        spread = velocity_spread(snapshots.velocity)
        rows = [snapshots.rows(condition=condition) for condition in conditions]
        weights = snapshots.weights if snapshots.weights is not None else np.ones(len(snapshots))
        return cls(
            torch.from_numpy(np.where(scored, snapshots.velocity, 0.0)).to(dtype),
            torch.from_numpy(scored).to(dtype),
            torch.from_numpy(np.where(scored.any(axis=0), spread, 1.0)).to(dtype),
            torch.from_numpy(snapshots.time.astype(np.float64)),
            tuple(torch.from_numpy(own) for own in rows),
            tuple(torch.from_numpy(weights[own] / weights[own].sum()) for own in rows),
        )

    def to(self, device: str) -> MeasuredVelocity:
        """The same velocities on a device."""
        value, known, unit = (part.to(device) for part in (self.value, self.known, self.unit))
        return replace(self, value=value, known=known, unit=unit)

    def draw(self, states: Tensor, cells: int, generator: torch.Generator) -> VelocityBatch:
        """Draw about `cells` cells by weight, the same number in each condition.

        `states` are those of `Problem`, whose first rows are the cells.
        """
        each = max(1, cells // len(self.rows))
        chosen = torch.stack([
            own[torch.multinomial(weights, each, replacement=True, generator=generator)]
            for own, weights in zip(self.rows, self.weights, strict=True)
        ])  # fmt: skip
        at = chosen.to(states.device)
        time = self.time[chosen].to(states)
        return VelocityBatch(states[at], time, self.value[at], self.known[at])


def no_velocity() -> InputError:
    """The error for cells whose velocity is needed and not there."""
    return InputError(
        "cells with an RNA velocity", "none",
        "name its layer with velocity_layer=… (--velocity-layer); in Snapshots, velocity=…",
    )  # fmt: skip


def velocity_spread(velocity: np.ndarray) -> np.ndarray:
    """Standard deviation of the known velocities of each gene, [genes]; 0 where none is known."""
    known = np.isfinite(velocity)
    count = np.maximum(known.sum(axis=0), 1)
    value = np.where(known, velocity, 0.0).astype(np.float64)
    mean = value.sum(axis=0) / count
    return np.asarray(np.sqrt((np.where(known, value - mean, 0.0) ** 2).sum(axis=0) / count))


def scored_genes(velocity: np.ndarray) -> np.ndarray:
    """Genes whose velocities tell something: known, and not the same in all cells; [genes]."""
    spread = velocity_spread(velocity)
    return np.asarray(spread > _LEAST * spread.max(initial=0.0))
