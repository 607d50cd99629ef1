"""Lineage barcodes in a coupling: fused Gromov–Wasserstein transport.

Barcodes tell which cells of one time are related, and how closely. Evolving barcodes cannot be
compared between times, since different animals were measured. The plan therefore moves cells by
little (the linear term) and keeps relatives together (the quadratic term): two cells of a clone
have descendants that are relatives too.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hillflow.errors import InputError, UnsupportedError
from hillflow.findings import warn
from hillflow.transport.chunks import Chunk, largest_chunk, mean_squared_distance, random_chunks
from hillflow.transport.coupling import Coupling, Span, check_positive
from hillflow.transport.exact import solve_exact, squared_distances
from hillflow.transport.pairs import Pairs
from hillflow.transport.registry import register

if TYPE_CHECKING:
    from hillflow.data.snapshots import Snapshots

_BYTES_PER_PAIR = 96  # costs, distances, plan, gradient and step in float64, and the arcs
_CHUNK = 1024
_ROUNDING = 1e-6  # share of a cell's mass below which a pair is due to rounding


@register(
    name="moslin",
    formula="min (1−α) Σ γ_ij |z_i − z_j|²/s + α Σ γ_ij γ_kl (d_ik − d_jl)², d = 1 between clones",
    source="Lange et al. 2024 (moslin), with fixed marginals and no entropy; Vayer et al. 2020",
    cost="time O(iterations · n · chunk²), memory O(chunk²) and O(n) pairs",
    when_not="barcodes are the same at all times: give the pairs of each clone as a plan",
)
@dataclass(frozen=True)
class Moslin(Coupling):
    """The plan that keeps clones together, over plans with the marginals of the populations.

    d_ik is 0 for two cells of a clone and 1 for others; a cell whose clone is not known is a clone
    of its own. s is the mean squared distance between the two populations. The problem is not
    convex: conditional gradients find a local minimum from each of three starts (γ = a⊗b, the
    plan of α = 0, and the plan that couples clones of similar size), and the best is taken.
    Populations of more cells than `chunk` are coupled in random chunks: clones of a few cells in
    a chunk say little there.

    The clones are those of `Snapshots.clone`; given to `couple`, states have the number of the
    clone as their last column.

    Attributes
    ----------
    alpha
        Weight α of the clones, above 0 and below 1.
    chunk
        Cells per side of one solve. None: 1,024, or fewer if memory is small.
    max_iterations
        Largest number of conditional gradient steps.
    clones
        Digest of the clones of the cells; `bind` and `prepare` set it.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.transport import Moslin
    >>> z0 = np.array([[0.0, 1], [0.1, 1], [1.0, 2]])  # two cells of clone 1, one of clone 2
    >>> z1 = np.array([[0.0, 7], [1.0, 8], [0.9, 8]])  # the pair of relatives is at 1 now
    >>> pairs = Moslin(alpha=0.9).couple(z0, z1)
    >>> sorted(zip(pairs.i.tolist(), pairs.j.tolist()))[-1]
    (2, 0)
    """

    alpha: float = 0.5
    chunk: int | None = None
    max_iterations: int = 200
    clones: str = ""

    def __post_init__(self) -> None:
        check_positive(chunk=self.chunk, max_iterations=self.max_iterations)
        if not 0 < self.alpha < 1:
            raise InputError(
                "alpha above 0 and below 1", f"{self.alpha:g}",
                "write alpha=0.5; without clones, use the coupling 'exact'",
            )  # fmt: skip

    def bind(self, snapshots: Snapshots) -> Moslin:
        """Return the coupling with the digest of the clones of these cells."""
        text = "\0".join(_clones(snapshots).tolist())
        return replace(self, clones=hashlib.blake2b(text.encode(), digest_size=8).hexdigest())

    def check(self, snapshots: Snapshots, spans: Sequence[Span]) -> None:
        """Refuse cells without clones; say where no cells are related, or all are."""
        clones, silent = _clones(snapshots), dict[str, None]()
        for population in (population for span in spans for population in span):
            names, sizes = np.unique(clones[population.rows], return_counts=True)
            related = sizes[names != ""].max(initial=0)
            if related < 2 or related == len(population):
                silent[f"{population.condition.name} at {population.time:g}"] = None
        if silent:
            warn(
                "no two cells share a clone, or all cells do, so that clones say nothing: "
                f"{', '.join(silent)}", "plan.clones-say-nothing",
            )  # fmt: skip

    def prepare(self, snapshots: Snapshots, spans: Sequence[Span], memory_mb: int) -> Moslin:
        """Set the chunk size that fits in memory, and the digest of the clones."""
        chunk = self.chunk or min(_CHUNK, largest_chunk(memory_mb, _BYTES_PER_PAIR))
        return replace(self.bind(snapshots), chunk=chunk)

    def _states(self, snapshots: Snapshots, rows: np.ndarray) -> np.ndarray:
        clones = _clones(snapshots)[rows]
        number = np.unique(clones, return_inverse=True)[1].astype(np.float64)
        unknown = clones == ""
        number[unknown] = -1.0 - np.arange(int(unknown.sum()))
        return np.column_stack([snapshots.states(rows), number])

    def _couple(
        self,
        z0: np.ndarray,
        z1: np.ndarray,
        a: np.ndarray,
        b: np.ndarray,
        rng: np.random.Generator,
    ) -> Pairs:
        if z0.shape[1] < 2:
            raise UnsupportedError(
                "states with the number of the clone as their last column",
                "one column", "call fit_plan(snapshots, coupling)",
            )  # fmt: skip
        (z0, clone0), (z1, clone1) = ((z[:, :-1], z[:, -1]) for z in (z0, z1))
        scale = mean_squared_distance(z0, z1, a, b) or 1.0
        parts = []
        for chunk in random_chunks(a, b, self.chunk or _CHUNK, rng):
            cost = squared_distances(z0[chunk.i], z1[chunk.j]) / scale
            plan = self._solved(cost, _apart(clone0[chunk.i]), _apart(clone1[chunk.j]), chunk)
            i, j = np.nonzero(plan > _ROUNDING * plan.sum() / len(chunk.i))
            parts.append((chunk.i[i], chunk.j[j], plan[i, j]))
        i, j, weight = (np.concatenate(part) for part in zip(*parts, strict=True))
        return Pairs.measured(i, j, weight, z0, z1)

    def _solved(
        self, cost: np.ndarray, apart0: np.ndarray, apart1: np.ndarray, chunk: Chunk
    ) -> np.ndarray:
        """The best of the plans [n, m] that are found from each start."""
        import ot

        mass = chunk.a.sum()
        a, b = chunk.a / mass, chunk.b / chunk.b.sum()
        best, least = np.outer(a, b), np.inf
        for start in _starts(a, b, cost, apart0, apart1):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of an inner solve that stopped early
                plan, log = ot.gromov.fused_gromov_wasserstein(
                    cost, apart0, apart1, a, b, alpha=self.alpha, symmetric=True, G0=start,
                    max_iter=self.max_iterations, log=True,
                )  # fmt: skip
            if log["fgw_dist"] < least:
                best, least = np.asarray(plan), float(log["fgw_dist"])
        return best * mass


def _starts(
    a: np.ndarray, b: np.ndarray, cost: np.ndarray, apart0: np.ndarray, apart1: np.ndarray
) -> list[np.ndarray]:
    """a⊗b, the plan of the least cost, and that of clones of the most similar share of cells."""
    share0, share1 = apart0 @ a, apart1 @ b
    sizes = (share0[:, None] - share1) ** 2
    return [np.outer(a, b), solve_exact(a, b, cost), solve_exact(a, b, sizes)]


def _apart(clone: np.ndarray) -> np.ndarray:
    """d of all pairs of cells: 0 within a clone, else 1, [n, n]."""
    return (clone[:, None] != clone).astype(np.float64)


def _clones(snapshots: Snapshots) -> np.ndarray:
    if snapshots.clone is None:
        raise InputError(
            "a clone for each cell, for the coupling 'moslin'", "none",
            "write clones into obs['clone'], name their column with clone=… (--clone), or give "
            "from_arrays clone=…",
        )  # fmt: skip
    return snapshots.clone
