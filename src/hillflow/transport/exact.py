"""Exact optimal transport, the plan of least total squared distance."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hillflow.errors import InputError, NumericalError
from hillflow.transport.chunks import Chunk, largest_chunk, random_chunks
from hillflow.transport.coupling import Coupling, Span, check_positive
from hillflow.transport.pairs import Pairs
from hillflow.transport.registry import register

if TYPE_CHECKING:
    from hillflow.data.snapshots import Snapshots

_BYTES_PER_PAIR = 64  # cost and plan in float64, and the arcs of the network simplex
_CHUNK = 1024  # measured: with larger chunks, refinement is slower for the same cost
_ROUNDING = 1e-6  # share of a cell's mass below which a pair is due to rounding
_log = logging.getLogger(__name__)


@register(
    name="exact",
    formula="min Σ γ_ij |z_i − z_j|² over plans with marginals a, b",
    source="Kantorovich 1942; Bonneel et al. 2011 (solver); Bonafini & Schmitzer 2021 (chunks)",
    cost="time O(passes · n · chunk), memory O(chunk²) and O(n) pairs",
    when_not="populations that change in size or composition by growth and death: see unbalanced",
)
@dataclass(frozen=True)
class ExactOT(Coupling):
    """Optimal transport by network simplex (POT), in chunks that are refined.

    The first pass solves random chunks, which gives a plan with exact marginals but too high a
    cost. Each further pass sorts the coupled pairs by their midpoint along a random direction,
    cuts them into slabs, and solves each slab again. A slab keeps its own marginals, so no pass
    can raise the cost (domain decomposition; Bonafini & Schmitzer 2021).

    Attributes
    ----------
    chunk
        Cells per side of one solve; smaller populations are solved exactly at once. None: 1,024,
        or fewer if memory is small.
    refinements
        Largest number of passes after the first; 0 keeps the random chunks.
    tolerance
        Stop when a pass lowers the cost by less than this share.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.transport import ExactOT
    >>> z0, z1 = np.array([[0.0], [1.0], [5.0]]), np.array([[5.5], [0.5], [1.5]])
    >>> pairs = ExactOT().couple(z0, z1)
    >>> sorted(zip(pairs.i.tolist(), pairs.j.tolist()))
    [(0, 1), (1, 2), (2, 0)]
    """

    chunk: int | None = None
    refinements: int = 8
    tolerance: float = 0.01

    def __post_init__(self) -> None:
        check_positive(chunk=self.chunk, tolerance=self.tolerance)
        if self.refinements < 0:
            raise InputError("refinements of at least 0", f"{self.refinements}", "give 0 for none")

    def prepare(self, snapshots: Snapshots, spans: Sequence[Span], memory_mb: int) -> ExactOT:
        """Set the chunk size to 1,024, or the largest that fits in memory."""
        if self.chunk is not None:
            return self
        chunk = min(_CHUNK, largest_chunk(memory_mb, _BYTES_PER_PAIR))
        _log.info("exact coupling in chunks of at most %d cells (%d MB)", chunk, memory_mb)
        return replace(self, chunk=chunk)

    def _couple(
        self,
        z0: np.ndarray,
        z1: np.ndarray,
        a: np.ndarray,
        b: np.ndarray,
        rng: np.random.Generator,
    ) -> Pairs:
        chunks = random_chunks(a, b, self.chunk or _CHUNK, rng)
        pairs = _solve_all(z0, z1, chunks)
        for _ in range(self.refinements if len(chunks) > 1 else 0):
            i, j, weight = pairs.i, pairs.j, pairs.weight
            midpoint = (z0[i] + z1[j]) @ rng.normal(size=z0.shape[1])
            slabs = np.array_split(np.argsort(midpoint, kind="stable"), len(chunks))
            better = _solve_all(z0, z1, [_marginals(i[s], j[s], weight[s]) for s in slabs])
            gain, pairs = pairs.cost - better.cost, better
            if gain <= self.tolerance * pairs.cost:
                break
        return pairs


def solve_exact(a: np.ndarray, b: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Return the optimal plan [n, m] of a dense cost, with as many iterations as needed."""
    import ot

    iterations = 1_000_000
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the log contains the warning, see below
            plan, log = ot.emd(a, b, cost, numItermax=iterations, log=True)
        if log["warning"] is None:
            return np.asarray(plan)
        if "numItermax" not in log["warning"] or iterations >= 10**10:
            raise NumericalError(
                "an optimal plan", str(log["warning"]), "check the weights, or lower `chunk`"
            )
        iterations *= 100


def squared_distances(z0: np.ndarray, z1: np.ndarray) -> np.ndarray:
    """Return |z_i − z_j|² for all pairs, [n, m]."""
    from scipy.spatial.distance import cdist

    return np.asarray(cdist(z0, z1, "sqeuclidean"))


def _solve_all(z0: np.ndarray, z1: np.ndarray, chunks: Sequence[Chunk]) -> Pairs:
    parts = []
    for chunk in chunks:
        plan = solve_exact(chunk.a, chunk.b, squared_distances(z0[chunk.i], z1[chunk.j]))
        i, j = np.nonzero(plan > _ROUNDING * plan.sum() / len(chunk.i))
        parts.append((chunk.i[i], chunk.j[j], plan[i, j]))
    i, j, weight = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Pairs.measured(i, j, weight, z0, z1)


def _marginals(i: np.ndarray, j: np.ndarray, mass: np.ndarray) -> Chunk:
    starts, at0 = np.unique(i, return_inverse=True)
    ends, at1 = np.unique(j, return_inverse=True)
    return Chunk(starts, np.bincount(at0, mass), ends, np.bincount(at1, mass))
