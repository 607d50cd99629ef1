"""Are the edges that a network shares with a reference of the right sign?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hillflow.evaluate.network import pair_weights, true_numbers
from hillflow.evaluate.signs import SignScores, sign_scores
from hillflow.evaluate.universe import Universe
from hillflow.networks.as_network import Weights, as_network


@dataclass(frozen=True, eq=False)
class NetworkSigns:
    """Scores of signs over the edges that carry one on both sides, and how many were left out.

    Attributes
    ----------
    scores
        Over the edges of known sign that the network gives a weight; None where there are none,
        or where the network has no signs.
    unknown, unlisted
        Reference edges left out: their sign is not known (or reported both ways), or the network
        gives them no weight.
    unsigned
        Whether no weight of the network is negative: importances, which have no sign.
    low, high
        95 % interval of the accuracy (Wilson 1927), edges taken as independent.
    p
        How often signs shuffled among the edges reach the Matthews correlation, one-sided.
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
    """Score the signs of the edges that a reference and a network share.

    Parameters
    ----------
    weights, truth, universe, genes
        As in `network_scores`. Where no weight is negative the network has no signs to score.
    draws, seed
        Shuffles of the predicted signs.
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
    """With both margins fixed, the Matthews correlation rises with the hits alone."""
    random = np.random.default_rng(seed)
    hits = int((true == predicted).sum())
    shuffled = random.permuted(np.tile(predicted, (draws, 1)), axis=1)
    return float((1 + ((shuffled == true).sum(axis=1) >= hits).sum()) / (1 + draws))
