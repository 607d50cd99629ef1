"""Steps of coupled cells, and the production that carries each gene from one time to the next.

Between two times x decays at a rate γ and is produced:

    x1 = e^{−γΔ} x0 + ∫₀^Δ e^{−γ(Δ−s)} p(x(s)) ds

Along a straight path the weight of the states is centred at x0 + w (x1 − x0), so that

    p ≈ (x1 − e^{−γΔ} x0) γ / (1 − e^{−γΔ})   at   w = 1/(1 − e^{−γΔ}) − 1/(γΔ)

With γΔ → 0 this is the velocity at the midpoint; with large γΔ the level itself, which follows its
regulators at once. Levels are in units of each gene's top, so that no gene counts more than another
and no unit matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hillflow.interventions import Intervention

BLOCKS = 16  # parts of the cells, of which sums are kept

Array = NDArray[np.float64]
Levels = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Steps:
    """Cells, and what became of each; rows are ordered by block.

    Attributes
    ----------
    genes
        Names of the columns.
    start, end
        Levels in units of the top, [rows, genes].
    gap
        Time between them, [rows].
    condition
        Index into `conditions`, [rows].
    conditions
        The interventions.
    bounds
        Rows from ``bounds[k]`` to ``bounds[k + 1]`` are block k.
    low, top
        Where levels of each gene start, 0 or its lowest, and their unit; [genes].
    observations
        Effective number of independent rows: `EACH` for an interval of snapshots, one for a step
        of a series.
    """

    genes: tuple[str, ...]
    start: Levels
    end: Levels
    gap: Array
    condition: NDArray[np.int64]
    conditions: tuple[Intervention, ...]
    bounds: NDArray[np.int64]
    low: Array
    top: Array
    observations: float

    def __len__(self) -> int:
        return len(self.gap)

    @property
    def perturbed(self) -> NDArray[np.bool_]:
        """Which genes each condition acts on, [conditions, genes]."""
        return perturbed_in(self.conditions, self.genes)

    def in_blocks(self, block: NDArray[np.int64], blocks: int) -> Steps:
        """Ordered by the block of each row, [rows]."""
        order = np.argsort(block, kind="stable")
        bounds = np.searchsorted(block[order], np.arange(blocks + 1))
        return replace(self._take(order), bounds=bounds)

    def _take(self, rows: NDArray[Any]) -> Steps:
        return replace(
            self, start=self.start[rows], end=self.end[rows], gap=self.gap[rows],
            condition=self.condition[rows],
        )  # fmt: skip

    def in_random_blocks(self, seed: int, before: int = 0, blocks: int = BLOCKS) -> Steps:
        """Ordered by blocks that are drawn at random.

        With the number of rows of all earlier pieces as `before`, blocks of all pieces together
        are of one size, but for one row.
        """
        order = np.random.default_rng([seed, before]).permutation(len(self))
        return self.in_blocks((order + before) % blocks, blocks)

    def first(self, share: float) -> Steps:
        """A share of the rows of each block."""
        if share >= 1:
            return self
        sizes = np.diff(self.bounds)
        within = np.arange(len(self)) - np.repeat(self.bounds[:-1], sizes)
        kept = within < np.repeat(np.ceil(share * sizes), sizes)
        bounds = np.concatenate([[0], np.cumsum(kept)])[self.bounds]
        return replace(self._take(kept), bounds=bounds)

    def at(self, rate: float) -> tuple[Levels, Levels]:
        """States and productions for a decay rate, [rows, genes] each.

        In the states a knocked-out gene is at 0, and a clamped one at the level it is held at.
        """
        u = rate * self.gap
        small = u < 1e-3
        safe = np.where(small, 1.0, u)
        weight = np.where(small, 0.5, 1 / -np.expm1(-safe) - 1 / safe)[:, None]
        step = self.end - self.start
        rise = np.where(small, 1 / self.gap, rate / -np.expm1(-safe))[:, None]
        production = rise.astype(np.float32) * step + np.float32(rate) * self.start
        return self._held(self.start + weight.astype(np.float32) * step), production

    def at_start(self) -> tuple[Levels, Levels]:
        """States before the steps, and velocities, [rows, genes] each.

        Of single pairs the midpoint has the noise of the velocity in it.
        """
        return self._held(self.start.copy()), (self.end - self.start) / self.gap.astype(np.float32)[
            :, None
        ]

    def _held(self, states: Levels) -> Levels:
        """With perturbed genes at the levels they are held at."""
        for index in np.unique(self.condition):
            for action in self.conditions[index]:
                if action.kind in ("knockout", "clamp"):
                    gene = self.genes.index(action.gene)
                    held = 0.0
                    if action.value is not None:
                        held = (action.value - self.low[gene]) / self.top[gene]
                    states[self.condition == index, gene] = held
        return states


def joined(parts: Sequence[Steps]) -> Steps:
    """The rows of all parts, by block."""
    blocks = len(parts[0].bounds) - 1
    block = np.concatenate([np.repeat(np.arange(blocks), np.diff(one.bounds)) for one in parts])
    whole = replace(
        parts[0],
        start=np.concatenate([one.start for one in parts]),
        end=np.concatenate([one.end for one in parts]),
        gap=np.concatenate([one.gap for one in parts]),
        condition=np.concatenate([one.condition for one in parts]),
    )
    return whole.in_blocks(block, blocks)


def perturbed_in(conditions: Sequence[Intervention], genes: Sequence[str]) -> NDArray[np.bool_]:
    """Which genes each condition acts on, [conditions, genes]."""
    place = {gene: k for k, gene in enumerate(genes)}
    acted_on = np.zeros((len(conditions), len(genes)), dtype=bool)
    for row, condition in zip(acted_on, conditions, strict=True):
        row[[place[gene] for gene in condition.genes]] = True
    return acted_on


def varying(values: Levels) -> NDArray[np.bool_]:
    """Which columns differ between rows, beyond the rounding of 32-bit numbers."""
    spread = values.std(axis=0)
    return np.asarray(spread > 1e-6 * (1 + np.abs(values).max(axis=0, initial=0)))
