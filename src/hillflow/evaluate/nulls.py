"""What chance reaches: the same ranking against references that say nothing of it.

================  ======================================================================
``labels``        the reference's edges put on pairs drawn anew from the universe: would
                  any set of so many edges be found so early?
``degrees``       the reference rewired, each regulator with as many targets and each
                  target with as many regulators as before: is more known than which
                  genes are hubs?
================  ======================================================================
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hillflow.errors import InputError, did_you_mean
from hillflow.evaluate.network import NetworkScores
from hillflow.evaluate.universe import Universe

KINDS = ("labels", "degrees")
TRADES = 5  # of each regulator between two draws: by then shuffles no longer remember
FEW = 20  # networks: with fewer to choose from, the truth among them, p hardly falls below 0.05
LEAST_MOVED = 0.1  # share of the edges that a shuffle must replace on average


@dataclass(frozen=True, eq=False)
class Null:
    """The average precision that shuffled references give to the same ranking.

    Attributes
    ----------
    kind
        One of `KINDS`.
    p
        (1 + shuffles at least as good) / (1 + shuffles): one-sided, never 0.
    mean, low, high
        Mean and central 95 % of the shuffles' average precision.
    values
        One a shuffle.
    different
        How many of the shuffled references differ from each other.
    moved
        Share of the reference's edges that a shuffle replaces, on average.
    recall, precision_low, precision_high
        The band (central 95 %) that shuffles' precision stays in at each recall, [101].
    """

    kind: str
    p: float
    mean: float
    low: float
    high: float
    values: NDArray[np.float64] = field(repr=False)
    different: int
    moved: float
    recall: NDArray[np.float64] = field(repr=False)
    precision_low: NDArray[np.float64] = field(repr=False)
    precision_high: NDArray[np.float64] = field(repr=False)

    @property
    def tells(self) -> bool:
        """Whether shuffles differ enough, from each other and the reference, for p to mean much.

        A few regulators that share all targets, say, leave nothing to rewire: every shuffle is
        the reference again, and p is 1 however good the ranking.
        """
        return self.different >= min(FEW, len(self.values) / 2) and self.moved >= LEAST_MOVED

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "kind": self.kind, "shuffles": len(self.values), "p": self.p, "mean": self.mean,
            "interval": [self.low, self.high], "different": self.different, "moved": self.moved,
            "tells": self.tells,
        }  # fmt: skip


def null(scores: NetworkScores, kind: str = "degrees", draws: int = 199, seed: int = 0) -> Null:
    """Score a ranking against shuffled references.

    Parameters
    ----------
    scores
        Of the ranking against the real reference.
    kind
        ``labels`` or ``degrees``.
    draws, seed
        How many shuffles, and the seed of their randomness.

    Notes
    -----
    Time O(draws · edges · log edges), and for ``degrees`` O(draws · regulators · genes) to
    rewire.
    """
    if kind not in KINDS:
        raise InputError("the null 'labels' or 'degrees'", repr(kind), did_you_mean(kind, KINDS))
    if draws < 1:
        raise InputError("one shuffle or more", f"draws={draws}", "draws=199 resolves p to .005")
    random = np.random.default_rng(seed)
    shuffles = _labels(scores, random) if kind == "labels" else _degrees(scores, random)
    recall = np.linspace(0, 1, 101)
    values, curves = np.empty(draws), np.empty((draws, len(recall)))
    moved, seen = np.empty(draws), set()
    for draw, true in zip(range(draws), shuffles, strict=False):
        values[draw] = scores.ranking.average_precision(true)
        curves[draw] = scores.ranking.precision_at_recall(true, recall)
        moved[draw] = 1 - np.isin(true, scores.true).mean()
        seen.add(np.sort(true).tobytes())
    low, high = np.quantile(values, (0.025, 0.975))
    bottom, top = np.quantile(curves, (0.025, 0.975), axis=0)
    p = (1 + (values >= scores.ap).sum()) / (1 + draws)
    return Null(
        kind, float(p), float(values.mean()), float(low), float(high), values,
        len(seen), float(moved.mean()), recall, bottom, top,
    )  # fmt: skip


def _labels(scores: NetworkScores, random: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    while True:
        yield random.choice(scores.pairs, size=scores.edges, replace=False)


def _degrees(scores: NetworkScores, random: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    universe, edges = scores.universe, np.zeros(scores.universe.counted.shape, dtype=bool)
    rows, columns = (end[scores.true] for end in np.nonzero(universe.counted))
    edges[rows, columns] = True
    while True:
        rewire(edges, universe, random)
        yield np.flatnonzero(edges[universe.counted])


def rewire(
    edges: NDArray[np.bool_], universe: Universe, random: np.random.Generator, trades: int = TRADES
) -> None:
    """Rewire a network in place; in-degrees, out-degrees and the universe are kept.

    Two regulators put the targets that only one of them has on the table, and share them out
    anew at random, each taking back as many as it gave (the "curveball" of Strona et al. 2014,
    whose chain has the uniform law over such networks). Targets that one of the two may not
    have, by the universe, stay where they are.

    Parameters
    ----------
    edges
        [sources, targets], changed.
    trades
        How many times, on average, each regulator with edges trades.
    """
    acting = np.flatnonzero(edges.any(axis=1))
    if len(acting) < 2:
        return
    for _ in range(int(np.ceil(trades * len(acting) / 2))):
        one, other = random.choice(acting, 2, replace=False)
        table = edges[one] ^ edges[other]
        table &= universe.counted[one] & universe.counted[other]
        targets = np.flatnonzero(table)
        first = random.permutation(edges[one, targets])
        edges[one, targets], edges[other, targets] = first, ~first
