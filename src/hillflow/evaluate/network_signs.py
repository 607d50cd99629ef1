"""Scores of the signs of the edges that a network shares with a reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hillflow.evaluate.network_scores import pair_weights, true_numbers
from hillflow.evaluate.sign_scores import SignScores, sign_scores
from hillflow.evaluate.universe import Universe
from hillflow.networks.as_network import Weights, as_network


@dataclass(frozen=True, eq=False)
class NetworkSigns:
    """Scores of signs over edges that have a sign in the network and in the reference.

    Attributes
    ----------
    scores
        Scores over the reference edges of known sign that the network gives a weight. None if
        there are no such edges, or if the network has no signs.
    unknown, unlisted
        Numbers of reference edges left out, because their sign is unknown (or reported both ways),
        or because the network gives them no weight.
    unsigned
        Whether the network has no signs: no weight is negative, as for importances.
    low, high
        95 % interval of the accuracy, with edges as independent trials (Wilson 1927).
    p
        One-sided p of the Matthews correlation, from signs shuffled among the edges.
    """

    scores: SignScores | None
    unknown: int
    unlisted: int
    unsigned: bool
    low: float | None = None
    high: float | None = None
    p: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        left_out = {"unknown_sign": self.unknown, "no_weight": self.unlisted}
        if self.scores is None:
            return {"edges": 0, "left_out": left_out, "network_has_signs": not self.unsigned}
        return {
            "edges": self.scores.edges,
            "left_out": left_out,
            "network_has_signs": True,
            "accuracy": self.scores.accuracy,
            "accuracy_interval": [self.low, self.high],
            "always_activation": self.scores.always_activation,
            "balanced_accuracy": self.scores.balanced_accuracy,
            "mcc": self.scores.mcc,
            "mcc_p": self.p,
            "f1_activation": self.scores.f1_activation,
            "f1_repression": self.scores.f1_repression,
            "confusion_true_by_predicted": self.scores.confusion.tolist(),
        }


def network_signs(
    weights: Weights,
    truth: Weights,
    universe: Universe,
    *,
    genes: Sequence[str] | None = None,
    draws: int = 999,
    seed: int = 0,
) -> NetworkSigns:
    """Score the signs of the edges that a network shares with a reference.

    Parameters
    ----------
    weights, truth, universe, genes
        As in `network_scores`. A network without negative weights has no signs to score.
    draws, seed
        Number of shuffles of the predicted signs, and their seed.

    Returns
    -------
    NetworkSigns
        Cost: time O(pairs + draws · edges).

    Examples
    --------
    >>> import pandas as pd
    >>> from hillflow.evaluate import Universe, network_signs
    >>> truth = pd.DataFrame({"source": ["A", "B"], "target": ["B", "C"], "sign": [1, -1]})
    >>> weights = truth.drop(columns="sign").assign(weight=[2.0, -0.5])
    >>> signs = network_signs(weights, truth, Universe.ordered_pairs(["A", "B", "C"]))
    >>> signs.scores.accuracy
    1.0
    """
    network, reference = as_network(weights, genes), as_network(truth, inferred=False)
    unsigned = not (network.weight < 0).any()
    inside = universe.numbers(reference) >= 0
    known = reference.sign[inside] != 0
    predicted = np.sign(pair_weights(network, universe)[true_numbers(reference, universe)])
    scored = known & (predicted != 0)
    unknown, unlisted = int((~known).sum()), int((known & (predicted == 0)).sum())
    if unsigned or not scored.any():
        return NetworkSigns(None, unknown, unlisted, unsigned)
    true, predicted = reference.sign[inside][scored], predicted[scored]
    scores = sign_scores(true, predicted)
    low, high = _wilson(int((true == predicted).sum()), len(true))
    p = _shuffled_p(true, predicted, draws, seed)
    return NetworkSigns(scores, unknown, unlisted, False, low, high, p)


def _wilson(hits: int, trials: int) -> tuple[float, float]:
    from scipy.stats import binomtest

    interval = binomtest(hits, trials).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def _shuffled_p(true: np.ndarray, predicted: np.ndarray, draws: int, seed: int) -> float:
    """One-sided p; with both margins fixed, the Matthews correlation depends only on the hits."""
    random = np.random.default_rng(seed)
    hits = int((true == predicted).sum())
    shuffled = random.permuted(np.tile(predicted, (draws, 1)), axis=1)
    return float((1 + ((shuffled == true).sum(axis=1) >= hits).sum()) / (1 + draws))
