"""Which cells become which: a data set, cut into pieces of cells that are coupled on their own.

Cells of consecutive times are coupled in random pieces of at most `CHUNK` cells a side, each of
which is read, coupled and forgotten: nothing as large as the data is held, and pieces can be done
in any order by any number of workers. Coupling, in the first principal components:

- to the mean of the descendants of each cell on an entropic plan, which averages the noise of
  single cells away;
- to single descendants on the exact plan of at most `FEW` cells of each population, which keep
  what distinguishes the cells of one population.

Steps of series are known, and are one piece.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hillflow.baselines.differences import COMPONENTS, EACH
from hillflow.closed_form.steps import BLOCKS, Array, Levels, Steps, joined
from hillflow.data import Cells, LinearBasis, Snapshots, Trajectories
from hillflow.data.on_disk import Stored
from hillflow.interventions import Intervention

if TYPE_CHECKING:
    from hillflow.transport.coupling import Span
    from hillflow.transport.pairs import Pairs

BLUR = 0.2  # regularisation of the entropic plan, in units of the mean squared distance
TOLERANCE = 1e-3  # share of the mass that may be misplaced
CHUNK = 2_000  # most cells of a population that are coupled in one dense plan
FEW = 500  # most cells of a population in an exact plan, of which `PAIRS` are drawn
TOP = 0.98  # quantile that defines a gene's top level
LEAST = 0.1  # of a gene's highest level: its top is not below
PAIRS = 400  # single pairs drawn of an interval
SAMPLE = 20_000  # most cells from which tops and components are computed

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Units:
    """Where the levels of each gene start, and their unit; [genes].

    A level is (x − low) / top.
    """

    low: Array
    top: Array

    @classmethod
    def of(cls, data: Cells, seed: int) -> Units:
        """From 0, or from the lowest value where that is below; up to the top."""
        low = np.minimum(data.x.min(axis=0), 0)
        highest = data.x.max(axis=0) - low
        top = np.quantile(data.x[_sample(len(data.x), seed)], TOP, axis=0) - low
        top = np.maximum(top, LEAST * highest)  # of genes that few cells express
        return cls(low, np.where(top > 0, top, 1.0))

    def levels(self, x: np.ndarray) -> Levels:
        """Levels of cells, [cells, genes]."""
        return np.asarray((x - self.low) / self.top, dtype=np.float32)


@dataclass(frozen=True)
class Piece:
    """Cells at the start and at the end of an interval, as rows of the data, with their masses.

    Attributes
    ----------
    epsilon
        Regularisation of their plan, a squared distance.
    gap, condition
        Of the interval.
    before
        Steps of all earlier pieces.
    """

    start: Rows
    start_mass: Array
    end: Rows
    end_mass: Array
    epsilon: float
    gap: float
    condition: Intervention
    before: int

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True, eq=False)
class CoupledSnapshots:
    """Pieces of snapshots, and how the steps of each are found.

    Attributes
    ----------
    x
        The values of all cells, in memory or as a file.
    pieces
        All cells, a piece at a time.
    samples
        At most `FEW` cells of each end of each interval.
    blocks
        In which the steps are ordered.
    """

    x: np.ndarray | Stored
    genes: tuple[str, ...]
    conditions: tuple[Intervention, ...]
    units: Units
    basis: LinearBasis
    pieces: tuple[Piece, ...]
    samples: tuple[Piece, ...]
    seed: int
    blocks: int

    @classmethod
    def of(cls, data: Snapshots, seed: int = 0, blocks: int = BLOCKS) -> CoupledSnapshots:
        """Cut each interval into random pieces. Couples nothing yet."""
        from hillflow.transport.chunks import mean_squared_distance, random_chunks
        from hillflow.transport.couple import consecutive_populations

        units = Units.of(data, seed)
        seen = units.levels(data.x[_sample(len(data), seed)])
        basis = LinearBasis.fit(seen, min(COMPONENTS, *seen.shape))
        spans = consecutive_populations(data)
        pieces, samples, before = list[Piece](), list[Piece](), 0
        for span, child in zip(spans, np.random.SeedSequence(seed).spawn(len(spans)), strict=True):
            (i, a), (j, b) = _massive(data, span)
            gap, condition = span[1].time - span[0].time, span[1].condition
            near, far = _sample(len(i), seed, FEW), _sample(len(j), seed, FEW)
            sample = Piece(i[near], a[near], j[far], b[far], 0.0, gap, condition, 0)
            z0, z1 = (basis.project(units.levels(data.x[r])) for r in (sample.start, sample.end))
            scale = mean_squared_distance(z0, z1, sample.start_mass, sample.end_mass) or 1.0
            samples.append(sample)
            for one in random_chunks(a, b, CHUNK, np.random.default_rng(child)):
                pieces.append(
                    Piece(i[one.i], one.a, j[one.j], one.b, BLUR * scale, gap, condition, before)
                )
                before += len(one.i)
        return cls(
            data.x, data.genes, data.conditions, units, basis, tuple(pieces), tuple(samples), seed,
            blocks,
        )  # fmt: skip

    @property
    def rows(self) -> int:
        """How many steps there are."""
        return sum(map(len, self.pieces))

    @property
    def gap(self) -> float:
        """The median time of a step."""
        gaps = [one.gap for one in self.pieces]
        return float(np.median(np.repeat(gaps, [len(one) for one in self.pieces])))

    def size(self, index: int) -> int:
        """How many steps a piece has."""
        return len(self.pieces[index])

    def steps(self, index: int) -> Steps:
        """From each cell of a piece to the mean of its descendants. O(iterations · CHUNK²)."""
        import torch

        from hillflow.transport.entropic import solve_potentials, squared_cost

        piece = self.pieces[index]
        start, end = (self.units.levels(self.x[rows]) for rows in (piece.start, piece.end))
        z0, z1, a, b = (
            torch.as_tensor(np.asarray(values, dtype=np.float32))
            for values in (
                self.basis.project(start), self.basis.project(end), piece.start_mass,
                piece.end_mass,
            )
        )  # fmt: skip
        cost = squared_cost(z0, z1)
        _, psi = solve_potentials(cost, a, b, piece.epsilon, tolerance=TOLERANCE)
        plan = torch.softmax(psi + b.log() - cost / piece.epsilon, dim=1)
        mean = (plan @ torch.as_tensor(end)).numpy()
        found = self._steps(piece, start, mean)
        return found.in_random_blocks(self.seed, piece.before, self.blocks)

    def single_pairs(self, index: int) -> Pairs:
        """Cells of a sample, coupled one to one on the exact plan."""
        from hillflow.transport import ExactOT

        one = self.samples[index]
        z0, z1 = (self.basis.project(self.units.levels(self.x[r])) for r in (one.start, one.end))
        child = np.random.SeedSequence(self.seed).spawn(len(self.samples))[index]
        return ExactOT(chunk=FEW).couple(z0, z1, one.start_mass, one.end_mass, child)

    def singles(self, plans: Iterable[Pairs]) -> Steps:
        """From single cells to single descendants, at most `PAIRS` an interval.

        Drawn from the plans of all samples, in their order (`single_pairs`).
        """
        random = np.random.default_rng(self.seed)
        parts, before = list[Steps](), 0
        for one, plan in zip(self.samples, plans, strict=True):
            drawn = plan.sample(min(PAIRS, len(one.end)), random)
            start, end = one.start[drawn.i], one.end[drawn.j]
            found = self._steps(one, *(self.units.levels(self.x[rows]) for rows in (start, end)))
            parts.append(found.in_random_blocks(self.seed, before, self.blocks))
            before += len(found)
        return joined(parts)

    def _steps(self, piece: Piece, start: Levels, end: Levels) -> Steps:
        index = self.conditions.index(piece.condition)
        return Steps(
            self.genes, start, end, np.full(len(start), piece.gap),
            np.full(len(start), index, dtype=np.int64), self.conditions,
            np.array([0, len(start)]), self.units.low, self.units.top,
            float(EACH * len(self.samples)),
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class CoupledSeries:
    """Steps of series, which are known, as one piece."""

    data: Trajectories
    units: Units
    seed: int
    blocks: int

    @classmethod
    def of(cls, data: Trajectories, seed: int = 0, blocks: int = BLOCKS) -> CoupledSeries:
        """Series, with the units of their genes."""
        return cls(data, Units.of(data, seed), seed, blocks)

    @property
    def pieces(self) -> Sequence[None]:
        """One."""
        return (None,)

    @property
    def genes(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self.data.genes

    @property
    def conditions(self) -> tuple[Intervention, ...]:
        """The interventions."""
        return tuple(dict.fromkeys(self.data.conditions))

    @property
    def rows(self) -> int:
        """How many steps there are."""
        return len(self.data.steps().dt)

    @property
    def gap(self) -> float:
        """The median time of a step."""
        return float(np.median(self.data.steps().dt))

    def size(self, index: int = 0) -> int:
        """How many steps the piece has."""
        return self.rows

    def steps(self, index: int = 0) -> Steps:
        """Consecutive observations."""
        steps, place = self.data.steps(), {one: k for k, one in enumerate(self.conditions)}
        condition = np.array([place[self.data.conditions[k]] for k in steps.series])
        found = Steps(
            self.data.genes, self.units.levels(steps.x0), self.units.levels(steps.x1),
            np.asarray(steps.dt, dtype=float), condition, self.conditions,
            np.array([0, len(condition)]), self.units.low, self.units.top, float(len(condition)),
        )  # fmt: skip
        return found.in_random_blocks(self.seed, blocks=self.blocks)

    @property
    def samples(self) -> Sequence[None]:
        """One."""
        return (None,)

    def single_pairs(self, index: int) -> None:
        """None: what follows an observation is known."""

    def singles(self, plans: Iterable[None]) -> Steps:
        """The same: each observation is of one unit."""
        return self.steps()


Coupled = CoupledSnapshots | CoupledSeries


def coupled(data: Cells, seed: int = 0, blocks: int = BLOCKS) -> Coupled:
    """The pieces of snapshots or series; one block is enough where nothing is resampled."""
    if isinstance(data, Snapshots):
        return CoupledSnapshots.of(data, seed, blocks)
    return CoupledSeries.of(data, seed, blocks)


def _sample(rows: int, seed: int, most: int = SAMPLE) -> Rows:
    """All rows, or a random part of them, in order."""
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def _massive(data: Snapshots, span: Span) -> tuple[tuple[Rows, Array], tuple[Rows, Array]]:
    """Rows of the cells at both ends that count, and their shares of the mass."""
    sides = []
    for population in span:
        rows = population.rows
        mass = np.ones(len(rows)) if data.weights is None else data.weights[rows].astype(float)
        sides.append((rows[mass > 0], mass[mass > 0] / mass.sum()))
    return sides[0], sides[1]
