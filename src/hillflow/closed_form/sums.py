"""Sums over blocks of rows, from which a regression on any resampling of the blocks follows.

A least-squares fit needs Σ z zᵀ and Σ z y alone. Kept for each block of cells, these sums of a
bootstrap are Σ_k n_k S_k with the number n_k of times that block k was drawn, so that a resampled
fit costs a small solve and no second look at the cells.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hillflow.closed_form.steps import Array, Steps


def bootstrap_counts(blocks: int, members: int, seed: int) -> Array:
    """How often each block is drawn, [1 + members, blocks]; the first row draws each once."""
    random = np.random.default_rng(seed)
    drawn = random.multinomial(blocks, np.full(blocks, 1 / blocks), size=members)
    return np.concatenate([np.ones((1, blocks)), drawn])


def block_products(a: NDArray, b: NDArray, bounds: NDArray[np.int64]) -> Array:
    """Σ over the rows of each block of a bᵀ, [blocks, columns of a, columns of b]."""
    return np.stack([a[i:j].T @ b[i:j] for i, j in pairwise(bounds)]).astype(float)


def block_dots(a: NDArray, b: NDArray, bounds: NDArray[np.int64]) -> Array:
    """Σ over the rows of each block of a·b, column by column, [blocks, columns]."""
    return np.stack([np.einsum("rc,rc->c", a[i:j], b[i:j]) for i, j in pairwise(bounds)]).astype(
        float
    )


def target_groups(steps: Steps) -> Iterator[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
    """Targets that are free in the same rows, and these rows: knocked-out genes teach nothing
    about their own regulation."""
    perturbed = steps.perturbed
    groups: dict[bytes, list[int]] = {}
    for gene in range(len(steps.genes)):
        groups.setdefault(perturbed[:, gene].tobytes(), []).append(gene)
    for targets in groups.values():
        rows = ~perturbed[steps.condition, targets[0]]
        yield np.array(targets), rows


def bounds_within(rows: NDArray[np.bool_], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """The bounds of the blocks after the other rows are left out."""
    return np.concatenate([[0], np.cumsum(rows)])[bounds]
