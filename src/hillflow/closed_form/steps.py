"""Coupled cells, and the production that carries each gene from one time to the next.

Between two times x decays at a rate γ and is produced:

    x1 = e^{−γΔ} x0 + ∫₀^Δ e^{−γ(Δ−s)} p(x(s)) ds

Along a straight path the weight of the states is centred at x0 + w (x1 − x0), so that

    p ≈ (x1 − e^{−γΔ} x0) γ / (1 − e^{−γΔ})   at   w = 1/(1 − e^{−γΔ}) − 1/(γΔ)

With γΔ → 0 this is the velocity at the midpoint; with large γΔ the level itself, which follows its
regulators at once. Levels are in units of each gene's top, so that no gene counts more than another
and no unit matters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hillflow.baselines.differences import COMPONENTS, EACH
from hillflow.data import Cells, Snapshots
from hillflow.interventions import Intervention

if TYPE_CHECKING:
    from hillflow.transport.pairs import Interval

BLUR = 0.2  # regularisation of the plan, in units of the mean squared distance
CHUNK = 2_000  # most cells of a population that are coupled in one dense plan
TOP = 0.98  # quantile that defines a gene's top level
LEAST = 0.1  # of a gene's highest level: its top is not below
PAIRS = 400  # single pairs drawn of an interval
BLOCKS = 16  # parts of the cells, of which sums are kept

Array = NDArray[np.float64]
Levels = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Steps:
    """Cells, and the mean of the descendants of each; rows are ordered by block.

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

    @property
    def perturbed(self) -> NDArray[np.bool_]:
        """Which genes each condition acts on, [conditions, genes]."""
        return np.array([[g in one.genes for g in self.genes] for one in self.conditions])

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
        for index, condition in enumerate(self.conditions):
            for action in condition:
                if action.kind in ("knockout", "clamp"):
                    gene = self.genes.index(action.gene)
                    held = 0.0
                    if action.value is not None:
                        held = (action.value - self.low[gene]) / self.top[gene]
                    states[self.condition == index, gene] = held
        return states


def varying(values: Levels) -> NDArray[np.bool_]:
    """Which columns differ between rows, beyond the rounding of 32-bit numbers."""
    spread = values.std(axis=0)
    return np.asarray(spread > 1e-6 * (1 + np.abs(values).max(axis=0, initial=0)))


def steps_of(data: Cells, *, seed: int = 0) -> tuple[Steps, Steps]:
    """Couple the cells of consecutive times; steps of series are known.

    Returns
    -------
    tuple
        Steps to the mean of each cell's descendants on an entropic plan, which average the noise
        of single cells away; and steps to single descendants on the exact plan, which keep what
        distinguishes the cells of one population. For series they are the same.
    """
    low = np.minimum(data.x.min(axis=0), 0)  # levels start at 0
    top = np.quantile(data.x, TOP, axis=0) - low
    top = np.maximum(top, LEAST * (data.x.max(axis=0) - low))  # of genes that few cells express
    top = np.where(top > 0, top, 1.0)

    def ordered(
        start: Levels, end: Levels, gap: Array, condition: list[Intervention], observations: int
    ) -> Steps:
        """Rows in random blocks, one after the other."""
        conditions = tuple(dict.fromkeys(condition))
        place = {one: k for k, one in enumerate(conditions)}
        index = np.array([place[one] for one in condition], dtype=np.int64)
        block = np.random.default_rng(seed).permutation(len(gap)) % BLOCKS
        order = np.argsort(block, kind="stable")
        bounds = np.searchsorted(block[order], np.arange(BLOCKS + 1))
        return Steps(
            data.genes, start[order], end[order], np.asarray(gap, dtype=float)[order],
            index[order], conditions, bounds, low, top, float(observations),
        )  # fmt: skip

    if not isinstance(data, Snapshots):
        steps = data.steps()
        start, end = (((x - low) / top).astype(np.float32) for x in (steps.x0, steps.x1))
        condition = [data.conditions[k] for k in steps.series]
        alike = ordered(start, end, steps.dt, condition, len(steps.dt))
        return alike, alike
    scaled = ((data.x - low) / top).astype(np.float32)
    cells = replace(data, x=scaled, basis=None).with_basis(COMPONENTS)
    return ordered(*_to_means(cells, seed)), ordered(*_to_singles(cells, seed))


Coupled = tuple[Levels, Levels, Array, list[Intervention], int]


def _to_means(cells: Snapshots, seed: int) -> Coupled:
    """Each cell and the mean of its descendants, coupled in the coordinates of the basis."""
    from hillflow.transport import Sinkhorn, fit_plan

    states = cells.states()
    plan = fit_plan(cells, Sinkhorn(epsilon=BLUR, chunk=CHUNK), seed=seed)
    return _joined(
        [
            (one, cells.x[one.start.rows], one.barycentric(cells.x, states).astype(np.float32))
            for one in plan
        ]
    )


def _to_singles(cells: Snapshots, seed: int) -> Coupled:
    """Pairs of cells on the exact plan, at most `PAIRS` an interval."""
    from hillflow.transport import ExactOT, fit_plan

    random = np.random.default_rng(seed)
    steps = []
    for one in fit_plan(cells, ExactOT(chunk=CHUNK), seed=seed):
        drawn = one.pairs.sample(min(PAIRS, len(one.end)), random)
        steps.append((one, cells.x[drawn.i], cells.x[drawn.j]))
    return _joined(steps)


def _joined(steps: list[tuple[Interval, Levels, Levels]]) -> Coupled:
    return (
        np.concatenate([start for _, start, _ in steps]),
        np.concatenate([end for _, _, end in steps]),
        np.concatenate([np.full(len(start), one.gap) for one, start, _ in steps]),
        [one.condition for one, start, _ in steps for _ in range(len(start))],
        EACH * len(steps),
    )
