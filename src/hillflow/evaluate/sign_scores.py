"""Scores of predicted signs of edges: activation or repression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hillflow.errors import InputError, listing


@dataclass(frozen=True)
class SignScores:
    """Agreement of predicted with true signs over the same edges.

    Attributes
    ----------
    accuracy
        Share of edges with the correct sign.
    always_activation
        The accuracy of calling every edge an activation: the baseline.
    balanced_accuracy
        Mean share of correct signs over the kinds of edge in the truth. A constant prediction has
        0.5 if both kinds occur.
    mcc
        Matthews correlation, −1 to 1; 0 if the truth or the prediction contains only one kind.
    f1_activation, f1_repression
        2·hits / (2·hits + false positives + misses) of each kind; 0 if neither the truth nor the
        prediction contains that kind.
    confusion
        Counts, [true, predicted], activation first.
    """

    accuracy: float
    always_activation: float
    balanced_accuracy: float
    mcc: float
    f1_activation: float
    f1_repression: float
    confusion: NDArray[np.int64]

    @property
    def edges(self) -> int:
        """Number of scored edges."""
        return int(self.confusion.sum())


def sign_scores(true_sign: ArrayLike, predicted_sign: ArrayLike) -> SignScores:
    """Score predicted signs, +1 for activation and −1 for repression, against true signs.

    Parameters
    ----------
    true_sign, predicted_sign
        +1 or −1 for the same edges in the same order. Leave out edges without a sign in either,
        and report how many were left out beside the score.

    Returns
    -------
    SignScores

    Examples
    --------
    >>> from hillflow.evaluate import sign_scores
    >>> sign_scores([1, 1, -1, -1], [1, 1, -1, 1]).accuracy
    0.75
    """
    true, predicted = _signs("true_sign", true_sign), _signs("predicted_sign", predicted_sign)
    if true.shape != predicted.shape:
        raise InputError(
            "one predicted sign for each true one",
            f"{predicted.size:,} predicted and {true.size:,} true",
            "score the same edges in the same order",
        )
    confusion = np.array(
        [[np.sum((true == i) & (predicted == j)) for j in (1, -1)] for i in (1, -1)], np.int64
    )
    hits, in_truth, in_prediction = np.diag(confusion), confusion.sum(1), confusion.sum(0)
    recall = hits[in_truth > 0] / in_truth[in_truth > 0]
    f1 = 2 * hits / np.maximum(in_truth + in_prediction, 1)
    (activations, missed), (false, repressions) = confusion.astype(float)
    spread = float(np.sqrt(in_truth.astype(float).prod() * in_prediction.astype(float).prod()))
    return SignScores(
        accuracy=float(hits.sum() / true.size),
        always_activation=float(in_truth[0] / true.size),
        balanced_accuracy=float(recall.mean()),
        mcc=float((activations * repressions - missed * false) / spread) if spread else 0.0,
        f1_activation=float(f1[0]),
        f1_repression=float(f1[1]),
        confusion=confusion,
    )


def _signs(name: str, given: ArrayLike) -> NDArray[np.float64]:
    try:
        signs = np.asarray(given, dtype=float).reshape(-1)
    except (TypeError, ValueError):
        raise InputError(
            f"numbers in {name}", repr(given)[:60], "write +1 for activation, −1 for repression"
        ) from None
    if not signs.size:
        raise InputError(f"at least one edge in {name}", "none", "give edges of known sign")
    wrong = np.unique(signs[np.abs(signs) != 1])
    if wrong.size:
        raise InputError(
            f"only +1 and −1 in {name}",
            listing(wrong, 3),
            "leave out edges without a sign, and pass numpy.sign of weights",
        )
    return signs
