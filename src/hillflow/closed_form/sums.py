"""Sums over blocks of steps, from which a regression on any resampling of the blocks follows.

A least-squares fit needs Σ z zᵀ and Σ z y alone. Kept for each block of cells, these sums of a
bootstrap are Σ_k n_k S_k with the number n_k of times that block k was drawn, so that a resampled
fit costs a small solve and no second look at the cells. Sums of pieces of the cells add, so pieces
can be read one after the other, or by many workers. A gene that is perturbed in some condition
teaches nothing there about its own regulation: sums over these steps are kept apart, and taken off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hillflow.closed_form.steps import BLOCKS, Array, Levels

Columns = NDArray[np.int64]


def bootstrap_counts(blocks: int, members: int, seed: int) -> Array:
    """How often each block is drawn, [1 + members, blocks]; the first row draws each once."""
    random = np.random.default_rng(seed)
    drawn = random.multinomial(blocks, np.full(blocks, 1 / blocks), size=members)
    return np.concatenate([np.ones((1, blocks)), drawn])


def block_products(a: NDArray, b: NDArray, bounds: NDArray[np.int64]) -> Array:
    """Σ over the rows of each block of a bᵀ, [blocks, columns of a, columns of b]."""
    found = np.empty((len(bounds) - 1, a.shape[1], b.shape[1]))
    for k, (i, j) in enumerate(pairwise(bounds)):
        found[k] = a[i:j].T @ b[i:j]
    return found


def block_dots(a: NDArray, b: NDArray, bounds: NDArray[np.int64]) -> Array:
    """Σ over the rows of each block of a·b, column by column, [blocks, columns]."""
    return np.stack([np.einsum("rc,rc->c", a[i:j], b[i:j]) for i, j in pairwise(bounds)]).astype(
        float
    )


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums of products, each [blocks, …], of levels x of regulators, productions y of targets, and
    levels z of the targets that are no regulators.

    Attributes
    ----------
    gram, moment, own
        Of (x, 1) with (x, 1), y and z.
    square, own_own, own_y
        y² of each target; z² and z y of those that are no regulators.
    regulators, targets
        Columns of the steps.
    """

    gram: Array
    moment: Array
    own: Array
    square: Array
    own_own: Array
    own_y: Array
    regulators: Columns
    targets: Columns

    @classmethod
    def empty(cls, regulators: Columns, targets: Columns, blocks: int = BLOCKS) -> Sums:
        """Over no rows."""
        r, t = len(regulators) + 1, len(targets)
        others = int((~np.isin(targets, regulators)).sum())
        shapes = ((r, r), (r, t), (r, others), (t,), (others,), (others,))
        sums = {
            name: np.zeros((blocks, *shape))
            for name, shape in zip(cls.names(), shapes, strict=True)
        }
        return cls(**sums, regulators=regulators, targets=targets)

    @property
    def outside(self) -> Columns:
        """Positions among the targets of those that are no regulators."""
        return np.flatnonzero(~np.isin(self.targets, self.regulators))

    def add(self, states: Levels, production: Levels, bounds: NDArray[np.int64]) -> None:
        """Add the rows of some steps, [rows, genes] by block, in place."""
        ones = np.ones((len(states), 1))
        x = np.concatenate([states[:, self.regulators], ones], axis=1)
        y = production[:, self.targets].astype(float)
        z = states[:, self.targets[self.outside]].astype(float)
        for k, (i, j) in enumerate(pairwise(bounds)):
            rows = x[i:j].T
            self.gram[k] += rows @ x[i:j]
            self.moment[k] += rows @ y[i:j]
            self.own[k] += rows @ z[i:j]
        self.square[:] += block_dots(y, y, bounds)
        self.own_own[:] += block_dots(z, z, bounds)
        self.own_y[:] += block_dots(z, y[:, self.outside], bounds)

    def add_sums(self, other: Sums) -> None:
        """Add the sums of other steps, in place."""
        for name in self.names():
            getattr(self, name)[:] += getattr(other, name)

    def of(self, targets: Columns) -> Sums:
        """Of some of the targets."""
        kept = np.isin(self.targets, targets)
        own = kept[self.outside]
        return Sums(
            self.gram, self.moment[..., kept], self.own[..., own], self.square[:, kept],
            self.own_own[:, own], self.own_y[:, own], self.regulators, self.targets[kept],
        )  # fmt: skip

    def without(self, other: Sums) -> Sums:
        """Less the sums of some of the steps, of the same targets."""
        rest = {name: getattr(self, name) - getattr(other, name) for name in self.names()}
        return Sums(**rest, regulators=self.regulators, targets=self.targets)

    @staticmethod
    def names() -> list[str]:
        """Of the sums."""
        return [one.name for one in fields(Sums) if one.name not in ("regulators", "targets")]


@dataclass(frozen=True, eq=False)
class Apart:
    """Targets that the same conditions perturb, and the sums over the steps of these."""

    conditions: Columns
    sums: Sums


@dataclass(frozen=True, eq=False)
class AllSums:
    """Sums over all steps for every target, and those to take off for perturbed ones."""

    whole: Sums
    apart: tuple[Apart, ...]

    @classmethod
    def empty(
        cls, regulators: Columns, perturbed: NDArray[np.bool_], blocks: int = BLOCKS
    ) -> AllSums:
        """Nothing yet, for every gene as a target; `perturbed` is [conditions, genes]."""
        whole = Sums.empty(regulators, np.arange(perturbed.shape[1]), blocks)
        apart = [
            Apart(np.flatnonzero(perturbed[:, targets[0]]), Sums.empty(regulators, targets, blocks))
            for targets in target_groups(perturbed)
            if perturbed[:, targets[0]].any()
        ]
        return cls(whole, tuple(apart))

    def add(
        self, states: Levels, production: Levels, condition: Columns, bounds: NDArray[np.int64]
    ) -> None:
        """Add the rows of some steps, in place."""
        self.whole.add(states, production, bounds)
        for one in self.apart:
            rows = np.isin(condition, one.conditions)
            if rows.any():
                one.sums.add(states[rows], production[rows], bounds_within(rows, bounds))

    def add_sums(self, other: AllSums) -> None:
        """Add the sums of other steps, in place."""
        self.whole.add_sums(other.whole)
        for mine, theirs in zip(self.apart, other.apart, strict=True):
            mine.sums.add_sums(theirs.sums)

    def groups(self) -> Iterator[Sums]:
        """For the targets of each group, sums over the steps in which they are free."""
        everywhere = np.setdiff1d(
            self.whole.targets, np.concatenate([[], *(one.sums.targets for one in self.apart)])
        )
        if len(everywhere):
            yield self.whole.of(everywhere)
        for one in self.apart:
            yield self.whole.of(one.sums.targets).without(one.sums)


def target_groups(perturbed: NDArray[np.bool_]) -> list[Columns]:
    """Genes that the same conditions perturb, together; `perturbed` is [conditions, genes]."""
    groups: dict[bytes, list[int]] = {}
    for gene in range(perturbed.shape[1]):
        groups.setdefault(perturbed[:, gene].tobytes(), []).append(gene)
    return [np.array(one) for one in groups.values()]


def bounds_within(rows: NDArray[np.bool_], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """The bounds of the blocks after the other rows are left out."""
    return np.concatenate([[0], np.cumsum(rows)])[bounds]
