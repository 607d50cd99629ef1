"""How well a ranking of edges finds the edges of a reference.

Average precision, its ratio to the base rate (the share of pairs that are edges, which a random
ranking scores in the mean), AUROC, and early precision (Pratapa et al. 2020: the precision of as
many edges as the reference has). |weight| ranks; a pair that is not listed scores 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hillflow.errors import GeneNameError, InputError, listing
from hillflow.evaluate.ranking import Ranking
from hillflow.evaluate.universe import Universe
from hillflow.networks.as_network import Weights, as_network
from hillflow.networks.network import Network


@dataclass(frozen=True, eq=False)
class NetworkScores:
    """A ranking of pairs against a reference, over a declared universe.

    Attributes
    ----------
    ap, auroc, early_precision
        Average precision, area under the ROC curve (NaN where every pair is an edge), and
        precision of the first `edges` pairs.
    base_rate
        Share of the pairs that are edges: the average precision of chance.
    edges, pairs
        Edges of the reference inside the universe, and pairs of the universe.
    outside
        Edges of the reference outside the universe, self-edges included.
    universe
        What was scored.
    ranking, true
        The pairs in order, and the numbers of the true ones: for curves and nulls.
    self_edges
        The scores of autoregulation, where asked for and where the reference has some.
    """

    ap: float
    auroc: float
    early_precision: float
    base_rate: float
    edges: int
    pairs: int
    outside: int
    universe: Universe = field(repr=False)
    ranking: Ranking = field(repr=False)
    true: NDArray[np.int64] = field(repr=False)
    self_edges: NetworkScores | None = None

    @property
    def ap_over_base(self) -> float:
        """How many times better than chance."""
        return self.ap / self.base_rate

    def precision_at(self, k: int) -> float:
        """Share of the first k pairs that are edges; in expectation, where the k-th is tied."""
        if not 1 <= k <= self.pairs:
            raise InputError(f"k from 1 to {self.pairs:,}", f"{k}", "count pairs of the universe")
        return self.ranking.precision_at(self.true, k)

    def curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Recall and precision down the ranking, one point a group of ties."""
        return self.ranking.curve(self.true)

    def precision_at_recall(self, recall: NDArray[np.float64]) -> NDArray[np.float64]:
        """The precision where each recall is first reached: the curve at chosen points."""
        return self.ranking.precision_at_recall(self.true, recall)

    def to_json(self) -> dict[str, Any]:
        """Numbers and words; plain JSON values."""
        apart = {} if self.self_edges is None else {"self_edges": self.self_edges.to_json()}
        return {
            "ap": self.ap,
            "base_rate": self.base_rate,
            "ap_over_base": self.ap_over_base,
            "auroc": None if math.isnan(self.auroc) else self.auroc,
            "early_precision": self.early_precision,
            "edges": self.edges,
            "pairs": self.pairs,
            "edges_outside": self.outside,
            "universe": self.universe.words,
            **apart,
        }


def network_scores(
    weights: Weights,
    truth: Weights,
    universe: Universe,
    *,
    genes: Sequence[str] | None = None,
    self_edges: bool = False,
) -> NetworkScores:
    """Score a ranking of edges.

    Parameters
    ----------
    weights
        A `Network`, a table source, target, weight, or a matrix [target, source].
    truth
        A known `Network`, or a table source, target[, sign].
    universe
        The pairs that count: `Universe.ordered_pairs(genes)`, or
        `Universe.of_reference(truth, genes)`.
    genes
        Names of the rows and columns of a matrix.
    self_edges
        Score autoregulation too, apart from the rest.

    Notes
    -----
    Time O(pairs · log pairs), memory O(pairs).
    """
    network, reference = as_network(weights, genes), as_network(truth, inferred=False)
    strength = pair_weights(network, universe)
    if (universe.numbers(network) < 0).all():
        raise _nothing_inside("a weight for some pair of the universe", network, universe)
    true = true_numbers(reference, universe)
    if not len(true):
        raise _nothing_inside("edges of the reference in the universe", reference, universe)
    if len(true) == len(universe):
        raise InputError(
            "pairs that are not edges, to tell the edges from",
            f"a universe whose {len(universe):,} pairs are all edges",
            "declare a wider universe, such as Universe.ordered_pairs(genes)",
        )
    apart = _self_scores(network, reference, universe) if self_edges else None
    return _scores(np.abs(strength), true, len(reference), universe, apart)


def pair_weights(network: Network, universe: Universe) -> NDArray[np.float64]:
    """The signed weight of every pair of the universe, 0 where it is not listed; [pairs]."""
    weight = np.zeros(len(universe))
    number = universe.numbers(network)
    weight[number[number >= 0]] = network.weight[number >= 0]
    return weight


def true_numbers(reference: Network, universe: Universe) -> NDArray[np.int64]:
    """The numbers of the reference's edges inside the universe."""
    number = universe.numbers(reference)
    return number[number >= 0]


def _self_scores(network: Network, reference: Network, universe: Universe) -> NetworkScores | None:
    alone = universe.self_pairs()
    true = true_numbers(reference, alone)
    if not len(true):
        return None
    return _scores(np.abs(pair_weights(network, alone)), true, len(reference), alone, None)


def _scores(
    strength: NDArray[np.float64],
    true: NDArray[np.int64],
    edges: int,
    universe: Universe,
    self_edges: NetworkScores | None,
) -> NetworkScores:
    ranking = Ranking.of(strength)
    return NetworkScores(
        ap=ranking.average_precision(true),
        auroc=ranking.auroc(true),
        early_precision=ranking.precision_at(true, len(true)),
        base_rate=len(true) / len(universe),
        edges=len(true),
        pairs=len(universe),
        outside=edges - len(true),
        universe=universe,
        ranking=ranking,
        true=true,
        self_edges=self_edges,
    )


def _nothing_inside(what: str, network: Network, universe: Universe) -> GeneNameError:
    pairs = [f"{s} → {t}" for s, t in zip(network.source, network.target, strict=True)]
    return GeneNameError(
        what,
        f"none of {len(pairs):,} ({listing(pairs, 2)}) among {universe}, with sources like "
        f"{listing(universe.sources, 3)}",
        "check that both name their genes alike (letter case too) and are of one species",
    )
