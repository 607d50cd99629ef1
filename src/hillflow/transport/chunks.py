"""Cutting populations into chunks of equal mass, so that dense work stays small.

Lay the cells of a population side by side on a line, each as wide as its mass, and cut the
line into equal pieces. A cell on a cut belongs to both pieces, with its part. The pieces of two
populations of different size then carry the same mass, and marginals stay exact.
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
    """Part of a population: members and the mass of each in this piece."""

    members: np.ndarray
    mass: np.ndarray


def largest_chunk(memory_mb: int, bytes_per_pair: int) -> int:
    """Cells a side whose dense plan fits the memory: √(memory / bytes per pair)."""
    return max(16, math.isqrt(memory_mb * MIB // bytes_per_pair))


def pieces(mass: np.ndarray, order: np.ndarray, count: int) -> list[Piece]:
    """Cut the line of masses [n], laid out in this order, into `count` pieces of equal mass."""
    ends = np.cumsum(mass[order])
    total = ends[-1]
    starts = np.concatenate([[0.0], ends[:-1]])
    sliver = 1e-9 * total / len(order)  # what rounding leaves on the wrong side of a cut
    found = []
    for k in range(count):
        low, high = total * k / count, total * (k + 1) / count
        first = int(np.searchsorted(ends, low, side="right"))
        last = int(np.searchsorted(starts, high, side="left"))
        inside = np.minimum(ends[first:last], high) - np.maximum(starts[first:last], low)
        keep = inside > sliver
        found.append(Piece(order[first:last][keep], inside[keep]))
    return found


def random_chunks(a: np.ndarray, b: np.ndarray, size: int, rng: np.random.Generator) -> list[Chunk]:
    """Random parts of both populations, about `size` cells a side at most.

    The masses a [n0] and b [n1] may have different sums; each chunk has the same share of both.
    """
    count = -(-max(len(a), len(b)) // size)
    starts = pieces(a, rng.permutation(len(a)), count)
    ends = pieces(b, rng.permutation(len(b)), count)
    return [Chunk(s.members, s.mass, e.members, e.mass) for s, e in zip(starts, ends, strict=True)]


def mean_squared_distance(z0: np.ndarray, z1: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    """E|z − z'|² over all pairs, in O(n d): |m0 − m1|² + tr cov0 + tr cov1."""
    a, b = a / a.sum(), b / b.sum()
    m0, m1 = a @ z0, b @ z1
    spread = a @ ((z0 - m0) ** 2).sum(axis=1) + b @ ((z1 - m1) ** 2).sum(axis=1)
    return float(((m0 - m1) ** 2).sum() + spread)
