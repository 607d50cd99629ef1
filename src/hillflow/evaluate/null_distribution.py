"""Null distributions: the same ranking scored against shuffled references.

================  ======================================================================
``labels``        the reference edges on random pairs of the universe: does the ranking
                  find the reference better than any set of the same number of edges?
``degrees``       the reference rewired, with the number of targets of each regulator and
                  the number of regulators of each target unchanged: does the ranking find
                  more than the hubs?
================  ======================================================================
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hillflow.errors import InputError, did_you_mean
from hillflow.evaluate.network_scores import NetworkScores
from hillflow.evaluate.universe import Universe

KINDS = ("labels", "degrees")
TRADES = 5  # trades of each regulator between two draws: enough to decorrelate them
FEW = 20  # different networks: with fewer, the reference among them, p hardly falls below 0.05
LEAST_MOVED = 0.1  # least mean share of the edges that a shuffle replaces


@dataclass(frozen=True, eq=False)
class NullDistribution:
    """Average precision of the same ranking against shuffled references.

    Attributes
    ----------
    kind
        One of `KINDS`.
    p
        One-sided p, (1 + shuffles at least as good) / (1 + shuffles); never 0.
    mean, low, high
        Mean and central 95 % interval of the average precision over the shuffles.
    values
        The average precision of each shuffle.
    different
        How many of the shuffled references differ from each other.
    moved
        Mean share of the reference edges that a shuffle replaces.
    recall, precision_low, precision_high
        Central 95 % band of the precision over the shuffles, at each recall, [101].
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
    def informative(self) -> bool:
        """Whether shuffles differ enough from each other and from the reference for p to be valid.

        For example, a few regulators with the same targets cannot be rewired: every shuffle is the
        reference itself, and p is 1 for any ranking.
        """
        return self.different >= min(FEW, len(self.values) / 2) and self.moved >= LEAST_MOVED

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "kind": self.kind, "shuffles": len(self.values), "p": self.p, "mean": self.mean,
            "interval": [self.low, self.high], "different": self.different, "moved": self.moved,
            "tells": self.informative,
        }  # fmt: skip


def null_distribution(
    scores: NetworkScores, kind: str = "degrees", draws: int = 199, seed: int = 0
) -> NullDistribution:
    """Score a ranking against shuffled references.

    Parameters
    ----------
    scores
        Scores of the ranking against the reference.
    kind
        "labels" (edges on random pairs) or "degrees" (the reference rewired).
    draws, seed
        Number of shuffles, and their seed.

    Returns
    -------
    NullDistribution
        Cost: time O(draws · edges · log edges), and for "degrees" O(draws · regulators · genes) to
        rewire.

    Examples
    --------
    >>> import pandas as pd
    >>> from hillflow.evaluate import Universe, network_scores, null_distribution
    >>> truth = pd.DataFrame({"source": ["A", "B"], "target": ["B", "C"]})
    >>> universe = Universe.ordered_pairs(["A", "B", "C", "D"])
    >>> scores = network_scores(truth.assign(weight=1.0), truth, universe)
    >>> null = null_distribution(scores, "labels", draws=99)
    >>> null.p < 0.05, null.high <= scores.ap
    (True, True)
    """
    if kind not in KINDS:
        raise InputError("the null 'labels' or 'degrees'", repr(kind), did_you_mean(kind, KINDS))
    if draws < 1:
        raise InputError("one shuffle or more", f"draws={draws}", "write draws=199")
    random = np.random.default_rng(seed)
    shuffles = _labels(scores, random) if kind == "labels" else _degrees(scores, random)
    recall = np.linspace(0, 1, 101)
    values, curves = np.empty(draws), np.empty((draws, len(recall)))
    moved, references = np.empty(draws), set()
    for draw, true in zip(range(draws), shuffles, strict=False):
        values[draw] = scores.ranking.average_precision(true)
        curves[draw] = scores.ranking.precision_at_recall(true, recall)
        moved[draw] = 1 - np.isin(true, scores.true).mean()
        references.add(np.sort(true).tobytes())
    low, high = np.quantile(values, (0.025, 0.975))
    lower, upper = np.quantile(curves, (0.025, 0.975), axis=0)
    p = (1 + (values >= scores.ap).sum()) / (1 + draws)
    return NullDistribution(
        kind, float(p), float(values.mean()), float(low), float(high), values,
        len(references), float(moved.mean()), recall, lower, upper,
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
    edges: np.ndarray, universe: Universe, random: np.random.Generator, trades: int = TRADES
) -> None:
    """Rewire a network in place, with in-degrees, out-degrees and the universe unchanged.

    In each trade, two regulators redistribute the targets that only one of them has at random, such
    that both keep their number of targets. This is the "curveball" algorithm of Strona et al.
    (2014), whose stationary distribution is uniform over such networks. Targets that the universe
    does not allow for one of the two are not traded.

    Parameters
    ----------
    edges
        [sources, targets], modified in place.
    universe
        The allowed pairs.
    random
        Source of randomness.
    trades
        Mean number of trades of each regulator that has edges.
    """
    acting = np.flatnonzero(edges.any(axis=1))
    if len(acting) < 2:
        return
    for _ in range(int(np.ceil(trades * len(acting) / 2))):
        first, second = random.choice(acting, 2, replace=False)
        traded = edges[first] ^ edges[second]
        traded &= universe.counted[first] & universe.counted[second]
        targets = np.flatnonzero(traded)
        shuffled = random.permutation(edges[first, targets])
        edges[first, targets], edges[second, targets] = shuffled, ~shuffled
