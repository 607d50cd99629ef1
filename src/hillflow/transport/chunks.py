"""Split populations into chunks of equal mass, to bound the memory of dense plans.

The cells of a population are placed on a line, each as wide as its mass, and the line is cut into
equal pieces. A cell at a cut belongs to both pieces, with part of its mass in each. Pieces of two
populations of different size thus have equal mass, and marginals stay exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

MIB = 2**20


class Chunk(NamedTuple):
    """Cells i with masses a at the start, cells j with masses b at the end."""

    i: np.ndarray
    a: np.ndarray
    j: np.ndarray
    b: np.ndarray


@dataclass(frozen=True)
class Piece:
    """Part of a population: its cells, and the mass of each in this piece."""

    members: np.ndarray
    mass: np.ndarray


def largest_chunk(memory_mb: int, bytes_per_pair: int) -> int:
    """Return the cells per side whose dense plan fits in memory: √(memory / bytes per pair)."""
    return max(16, math.isqrt(memory_mb * MIB // bytes_per_pair))


def pieces(mass: np.ndarray, order: np.ndarray, count: int) -> list[Piece]:
    """Cut the line of masses [n], in the given order, into `count` pieces of equal mass."""
    ends = np.cumsum(mass[order])
    total = ends[-1]
    starts = np.concatenate([[0.0], ends[:-1]])
    negligible = 1e-9 * total / len(order)  # mass on the wrong side of a cut by rounding
    cut = []
    for k in range(count):
        low, high = total * k / count, total * (k + 1) / count
        first = int(np.searchsorted(ends, low, side="right"))
        last = int(np.searchsorted(starts, high, side="left"))
        inside = np.minimum(ends[first:last], high) - np.maximum(starts[first:last], low)
        keep = inside > negligible
        cut.append(Piece(order[first:last][keep], inside[keep]))
    return cut


def random_chunks(a: np.ndarray, b: np.ndarray, size: int, rng: np.random.Generator) -> list[Chunk]:
    """Split both populations at random into chunks of at most about `size` cells per side.

    The masses a [n0] and b [n1] may have different sums; each chunk has the same share of both.
    """
    count = -(-max(len(a), len(b)) // size)
    starts = pieces(a, rng.permutation(len(a)), count)
    ends = pieces(b, rng.permutation(len(b)), count)
    return [Chunk(s.members, s.mass, e.members, e.mass) for s, e in zip(starts, ends, strict=True)]


def mean_squared_distance(z0: np.ndarray, z1: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    """Return E|z − z'|² over all pairs, in O(n d): |m0 − m1|² + tr cov0 + tr cov1."""
    a, b = a / a.sum(), b / b.sum()
    m0, m1 = a @ z0, b @ z1
    spread = a @ ((z0 - m0) ** 2).sum(axis=1) + b @ ((z1 - m1) ** 2).sum(axis=1)
    return float(((m0 - m1) ** 2).sum() + spread)
