"""The base class of couplings: from two populations to coupled pairs of cells."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hillflow.errors import InputError
from hillflow.transport.pairs import Pairs

if TYPE_CHECKING:
    from hillflow.data.snapshots import Population, Snapshots

Span = tuple["Population", "Population"]  # populations at the start and end of an interval
Seed = int | np.random.SeedSequence


@dataclass(frozen=True)
class Coupling(ABC):
    """A method that couples the cells of two populations.

    A subclass defines `_couple`, which is called with checked arrays: weights are positive and,
    if `conserves_mass`, have sum 1 on both sides. If it `bridges`, its plan is that of a
    Schrödinger bridge of dx = σ dW, and its options have σ as ``sigma``.
    """

    name: ClassVar[str] = ""
    conserves_mass: ClassVar[bool] = True
    computed: ClassVar[bool] = True  # from states; a plan that is read names cells of the data
    bridges: ClassVar[bool] = False

    def couple(
        self,
        z0: np.ndarray,
        z1: np.ndarray,
        w0: np.ndarray | None = None,
        w1: np.ndarray | None = None,
        seed: Seed = 0,
    ) -> Pairs:
        """Couple cells z0 [n0, d] with z1 [n1, d], of weights w0 [n0] and w1 [n1].

        Without weights all cells of a population have the same weight, with sum 1. Cells of
        weight 0 are in no pair.
        """
        z0, z1 = check_states(z0, "start"), check_states(z1, "end")
        if z0.shape[1] != z1.shape[1]:
            raise InputError(
                "both populations in the same coordinates",
                f"{z0.shape[1]} at the start and {z1.shape[1]} at the end",
                "project both with one basis",
            )
        a, b = check_weights(w0, len(z0), "start"), check_weights(w1, len(z1), "end")
        if self.conserves_mass:
            a, b = a / a.sum(), b / b.sum()
        rng = np.random.default_rng(seed)
        if (a > 0).all() and (b > 0).all():
            return self._couple(z0, z1, a, b, rng)
        kept0, kept1 = np.flatnonzero(a), np.flatnonzero(b)
        return self._couple(z0[kept0], z1[kept1], a[kept0], b[kept1], rng).at(kept0, kept1)

    @abstractmethod
    def _couple(
        self,
        z0: np.ndarray,
        z1: np.ndarray,
        a: np.ndarray,
        b: np.ndarray,
        rng: np.random.Generator,
    ) -> Pairs:
        """Couple checked populations."""

    def prepare(self, snapshots: Snapshots, spans: Sequence[Span], memory_mb: int) -> Coupling:
        """Return the coupling with settings that depend on the data; refuse unusable data."""
        return self

    def between(
        self, snapshots: Snapshots, rows0: np.ndarray, rows1: np.ndarray, seed: Seed
    ) -> Pairs:
        """Couple two populations of the snapshots; pairs are rows of the snapshots.

        Where growth rates are known, a cell at the start weighs as many as it becomes.
        """
        start, end = (_shares(snapshots, rows) for rows in (rows0, rows1))
        if snapshots.growth is not None:
            gap = snapshots.time[rows1[0]] - snapshots.time[rows0[0]]
            log_mass = snapshots.growth[rows0] * gap
            grown = np.exp(log_mass - log_mass.max())
            start = grown if start is None else grown * start
            start /= start.sum()
        pairs = self.couple(
            self._states(snapshots, rows0),
            self._states(snapshots, rows1),
            start,
            end,
            seed,
        )
        return pairs.at(rows0, rows1)

    def of_sigma(self, sigma: float) -> Coupling:
        """Return the coupling for cells of noise σ; only one that `bridges` depends on it."""
        return self

    def _states(self, snapshots: Snapshots, rows: np.ndarray) -> np.ndarray:
        """Return the coordinates whose distances are the cost, [cells, d]."""
        return snapshots.states(rows)

    def bind(self, snapshots: Snapshots) -> Coupling:
        """Return the coupling for these cells, before any are set aside; refuse other cells."""
        return self

    def check(self, snapshots: Snapshots, spans: Sequence[Span]) -> None:  # noqa: B027
        """Refuse data that cannot be coupled; fast, no cell is coupled."""

    def options(self) -> dict[str, Any]:
        """Return all settings that affect the result, as plain JSON values."""
        return {"coupling": self.name, **dataclasses.asdict(self)}


def _shares(snapshots: Snapshots, rows: np.ndarray) -> np.ndarray | None:
    """Weights of these cells, with sum 1; None if all are equal."""
    if snapshots.weights is None:
        return None
    return np.asarray(snapshots.weights[rows] / snapshots.weights[rows].sum())


def check_states(z: np.ndarray, where: str) -> np.ndarray:
    """Return states as float64 [cells, d]; refuse none, and values that are not finite."""
    z = np.ascontiguousarray(z, dtype=np.float64)
    if z.ndim != 2 or 0 in z.shape:
        raise InputError(
            f"cells at the {where} of the interval, as an array [cells, coordinates]",
            f"shape {z.shape}",
            "give at least one cell, or leave this interval out",
        )
    if not np.isfinite(z).all():
        raise InputError(
            f"finite states at the {where}",
            f"{int((~np.isfinite(z)).any(axis=1).sum()):,} cells with NaN or infinite values",
            "leave these cells out",
        )
    return z


def check_weights(weights: np.ndarray | None, cells: int, where: str) -> np.ndarray:
    """Return one weight per cell, by default 1/cells; refuse negative ones and all 0."""
    if weights is None:
        return np.full(cells, 1 / cells)
    weights = np.asarray(weights, dtype=np.float64)
    if weights.shape != (cells,):
        raise InputError(
            f"one weight for each of the {cells:,} cells at the {where}",
            f"shape {weights.shape}",
            "align weights and cells",
        )
    if not np.isfinite(weights).all() or (weights < 0).any() or weights.sum() <= 0:
        raise InputError(
            f"cell weights at the {where} that are finite, at least 0 and not all 0",
            f"{int((weights < 0).sum())} negative, {int((~np.isfinite(weights)).sum())} not "
            f"finite, {int((weights > 0).sum())} positive",
            "correct the weights",
        )
    return weights


def check_positive(**values: float | None) -> None:
    """Refuse options that are not above 0; None, a default of the coupling, is allowed."""
    for name, value in values.items():
        if value is not None and not value > 0:
            raise InputError(f"{name} above 0", f"{value:g}", f"give {name} a positive value")
