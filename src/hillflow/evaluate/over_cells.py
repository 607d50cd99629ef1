"""Intervals of network scores over the measured cells: the bootstrap over cells.

Each member of the fit was trained on cells drawn with replacement (Efron 1979). Its own network,
scored against the same reference over the same pairs, shows the score for other cells of the same
experiment. From n such scores the interval predicts 95 % of further refits,

    mean ± t₀.₉₇₅(n − 1) · sd · √(1 + 1/n),

cut at the limits of the score. With few members t is large and the interval wide. Members also
differ by seed, and along a sparsity path by their penalty, and the interval includes both. It does
not include the variation between references or between experiments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hillflow.evaluate.network_scores import network_scores
from hillflow.evaluate.network_signs import network_signs
from hillflow.evaluate.universe import Universe
from hillflow.networks.as_network import Weights, as_network
from hillflow.networks.network import Network

LEAST = 3  # refits for an interval; with two it would be meaningless
HOW_TO_GET = "fit with ensemble=10 (--ensemble 10), whose members are fitted to resampled cells"
WORDS = {
    "ap": "average precision {}", "ap_over_base": "{} times the base rate", "auroc": "AUROC {}",
    "sign_accuracy": "{} of the signs right", "sign_mcc": "Matthews correlation {}",
}  # fmt: skip
_LOWEST = {"sign_mcc": -1.0}


@dataclass(frozen=True)
class Spread:
    """The score of each refit, and the interval for a further refit.

    Attributes
    ----------
    values
        One per refit.
    mean, low, high
        The mean of the values, and the 95 % interval, see the module.
    """

    values: tuple[float, ...]
    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float], least: float = 0.0, most: float = 1.0) -> Spread:
        """From two values or more, of a score between `least` and `most`."""
        from scipy.stats import t

        count, mean = len(values), float(np.mean(values))
        reach = t.ppf(0.975, count - 1) * np.std(values, ddof=1) * np.sqrt(1 + 1 / count)
        low, high = (float(np.clip(mean + sign * reach, least, most)) for sign in (-1, 1))
        return cls(tuple(map(float, values)), mean, low, high)


@dataclass(frozen=True)
class OverCells:
    """Intervals of the scores of a validation over cells, or the reason why there are none.

    Attributes
    ----------
    description
        How the intervals were computed; or why there are none, and how to get them.
    scores
        Intervals by score (the keys of `WORDS`); empty if there are none. Scores of signs are
        missing if some refit has no signed edge to compare.
    """

    description: str
    scores: dict[str, Spread] = field(default_factory=dict)

    def text(self) -> str:
        """The intervals as text; "" if there are none."""
        return "; ".join(
            WORDS[name].format(f"{spread.low:.2g} to {spread.high:.2g}")
            for name, spread in self.scores.items()
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        scores = {
            name: {
                "values": list(each.values),
                "mean": each.mean,
                "interval": [each.low, each.high],
            }
            for name, each in self.scores.items()
        }
        return {"words": self.description, "scores": scores}


def over_cells(refits: Sequence[Network], truth: Weights, universe: Universe) -> OverCells:
    """Score the networks of refits to resampled cells.

    Parameters
    ----------
    refits
        The network of each member, by the same readout as the validated network.
    truth, universe
        As in `network_scores` of the validated network.

    Notes
    -----
    Cost: that of scoring each refit.
    """
    reference, count = as_network(truth, inferred=False), len(refits)
    if count < LEAST:
        return OverCells(f"no interval over cells: {count} refits are too few; {HOW_TO_GET}")
    ranked = [network_scores(network, reference, universe) for network in refits]
    values = {name: [getattr(s, name) for s in ranked] for name in ("ap", "ap_over_base", "auroc")}
    signs = [network_signs(network, reference, universe, draws=1).scores for network in refits]
    known = [scores for scores in signs if scores is not None]
    if len(known) == count:
        values["sign_accuracy"] = [scores.accuracy for scores in known]
        values["sign_mcc"] = [scores.mcc for scores in known]
    highest = {"ap_over_base": 1 / ranked[0].base_rate}
    return OverCells(
        f"95 % interval over cells for a single fit, from {count} refits to resampled cells with "
        "other seeds (the scores above are of their mean network)",
        {
            name: Spread.of(each, _LOWEST.get(name, 0.0), highest.get(name, 1.0))
            for name, each in values.items()
            if np.isfinite(each).all()
        },
    )
