"""Scores of a ranking of edges against the edges of a reference.

The scores are average precision, its ratio to the base rate (the share of pairs that are edges,
which is the mean average precision of a random ranking), AUROC, and early precision (Pratapa et
al. 2020: the precision of the first k pairs, where k is the number of edges in the reference).
Pairs are ranked by |weight|; a pair that is not listed has weight 0.
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
from hillflow.findings import Finding
from hillflow.networks.as_network import Weights, as_network
from hillflow.networks.network import Network
from hillflow.show import Block, Facts, Shown

FEW = 10  # edges; with fewer, a random ranking often reaches several times the base rate


@dataclass(frozen=True, eq=False)
class NetworkScores(Shown):
    """Scores of a ranking of pairs against a reference, over a declared universe of pairs.

    Attributes
    ----------
    ap, auroc, early_precision
        Average precision, area under the ROC curve (NaN if every pair is an edge), and precision
        of the first `edges` pairs.
    base_rate
        Share of the pairs that are edges: the mean average precision of a random ranking.
    edges, pairs
        Number of reference edges inside the universe, and of pairs in the universe.
    outside
        Number of reference edges outside the universe, self-edges included.
    universe
        The scored pairs.
    ranking, true
        The ranked pairs and the numbers of the true ones, for curves and null distributions.
    self_edges
        The scores of autoregulation, if requested and if the reference has self-edges.
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
        """Average precision divided by the base rate: 1 for a random ranking."""
        return self.ap / self.base_rate

    def precision_at(self, k: int) -> float:
        """Share of the first k pairs that are edges; the expected share if the k-th is tied."""
        if not 1 <= k <= self.pairs:
            raise InputError(f"k from 1 to {self.pairs:,}", f"{k}", "choose a number of pairs")
        return self.ranking.precision_at(self.true, k)

    def curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Recall and precision along the ranking, one point per group of tied pairs."""
        return self.ranking.curve(self.true)

    def precision_at_recall(self, recall: NDArray[np.float64]) -> NDArray[np.float64]:
        """The precision at which each recall is first reached."""
        return self.ranking.precision_at_recall(self.true, recall)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        own = {} if self.self_edges is None else {"self_edges": self.self_edges.to_json()}
        return {
            "ap": self.ap,
            "base_rate": self.base_rate,
            "ap_over_base": self.ap_over_base,
            "auroc": None if math.isnan(self.auroc) else self.auroc,
            "early_precision": self.early_precision,
            "edges": self.edges,
            "pairs": self.pairs,
            "edges_outside": self.outside,
            "universe": self.universe.description,
            **own,
        }

    @property
    def findings(self) -> tuple[Finding, ...]:
        """A warning if the reference has too few edges in the universe."""
        if self.edges >= FEW:
            return ()
        text = (
            f"{self.edges:,} reference edges are too few to judge a network: use a larger gene "
            "panel, or a reference with more edges"
        )
        return (Finding("scores.few-edges", text),)

    def blocks(self) -> list[Block]:
        """The scores, and the pairs they are computed on."""
        facts = [("Pairs scored", str(self.universe)), *ranking_facts(self)]
        facts.append(("", f"{self.outside:,} other edges of the reference lie outside these pairs"))
        return [Facts(facts)]


def ranking_facts(scores: NetworkScores) -> list[tuple[str, str]]:
    """The scores in lines of a label and a text."""
    facts = [
        ("Ranking", f"average precision {scores.ap:.3f}, {scores.ap_over_base:.2f} times the base "
         f"rate {scores.base_rate:.3g} ({scores.edges:,} edges); AUROC {scores.auroc:.3f}")
    ]  # fmt: skip
    own = scores.self_edges
    if own is not None:
        facts.append(
            ("", f"self-edges: average precision {own.ap:.3f} over {own.pairs:,} genes, "
             f"{own.ap_over_base:.2f} times the base rate ({own.edges:,} edges)")
        )  # fmt: skip
    return facts


def network_scores(
    weights: Weights,
    truth: Weights,
    universe: Universe,
    *,
    genes: Sequence[str] | None = None,
    self_edges: bool = False,
) -> NetworkScores:
    """Score a ranking of edges against a reference.

    Parameters
    ----------
    weights
        A `Network`, a table ``source, target, weight``, or a matrix [target, source].
    truth
        A known `Network`, or a table ``source, target[, sign]``.
    universe
        The pairs to score: `Universe.ordered_pairs(genes)`, or
        `Universe.of_reference(truth, genes)`.
    genes
        Names of the rows and columns of a matrix.
    self_edges
        Also score autoregulation, separately.

    Returns
    -------
    NetworkScores
        Cost: time O(pairs · log pairs), memory O(pairs).

    Examples
    --------
    >>> import pandas as pd
    >>> from hillflow.evaluate import Universe, network_scores
    >>> truth = pd.DataFrame({"source": ["A", "B"], "target": ["B", "C"]})
    >>> weights = pd.DataFrame(
    ...     {"source": ["A", "C", "B"], "target": ["B", "A", "C"], "weight": [2.0, 1.0, -0.5]}
    ... )
    >>> scores = network_scores(weights, truth, Universe.ordered_pairs(["A", "B", "C"]))
    >>> round(scores.ap, 3), scores.edges, scores.pairs
    (0.833, 2, 6)
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
            "a universe with pairs that are not edges",
            f"one whose {len(universe):,} pairs are all edges",
            "choose a larger universe, such as Universe.ordered_pairs(genes)",
        )
    own = _self_scores(network, reference, universe) if self_edges else None
    return scores_of_pairs(np.abs(strength), true, len(reference), universe, own)


def pair_weights(network: Network, universe: Universe) -> NDArray[np.float64]:
    """The signed weight of every pair of the universe, [pairs]; 0 for pairs not listed."""
    weight = np.zeros(len(universe))
    number = universe.numbers(network)
    weight[number[number >= 0]] = network.weight[number >= 0]
    return weight


def true_numbers(reference: Network, universe: Universe) -> NDArray[np.int64]:
    """The numbers of the reference edges inside the universe."""
    number = universe.numbers(reference)
    return number[number >= 0]


def _self_scores(network: Network, reference: Network, universe: Universe) -> NetworkScores | None:
    own = universe.self_pairs()
    true = true_numbers(reference, own)
    if not len(true):
        return None
    return scores_of_pairs(np.abs(pair_weights(network, own)), true, len(reference), own)


def scores_of_pairs(
    strength: NDArray[np.float64],
    true: NDArray[np.int64],
    edges: int,
    universe: Universe,
    self_edges: NetworkScores | None = None,
) -> NetworkScores:
    """Score a strength of each pair of the universe, [pairs].

    `true` are the numbers of the pairs that are edges, and `edges` is how many the reference has.
    """
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


def _nothing_inside(expected: str, network: Network, universe: Universe) -> GeneNameError:
    pairs = [f"{s} → {t}" for s, t in zip(network.source, network.target, strict=True)]
    return GeneNameError(
        expected,
        f"none of {len(pairs):,} ({listing(pairs, 2)}) among {universe}, with sources such as "
        f"{listing(universe.sources, 3)}",
        "check that both use the same gene names (letter case too) and are of one species",
    )
