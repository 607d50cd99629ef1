"""How far a score hangs on the cells that happened to be measured: the bootstrap over cells.

Each member of an ensemble was refitted to cells drawn anew (Efron 1979), so its own graph, scored
against the same reference over the same pairs, shows what other cells of the same culture would
have given. Of n such scores s_k the interval is where 95 % of further refits would fall,

    mean ± t₀.₉₇₅(n − 1) · sd · √(1 + 1/n),

within what the score can be. With few members t is large, and the interval honestly wide. Members
differ by seed too, and along a path of sparsity by their penalty; it holds that as well. It tells
nothing of other references, nor of other culture dishes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hillflow.evaluate.network import network_scores
from hillflow.evaluate.network_signs import network_signs
from hillflow.evaluate.universe import Universe
from hillflow.networks.as_network import Weights, as_network
from hillflow.networks.network import Network

LEAST = 3  # refits: of two, an interval says nothing
HOW_TO_GET = "fit with --ensemble 10 (fit_ensemble), which refits to cells drawn anew"
WORDS = {
    "ap": "average precision {}", "ap_over_base": "{} times the base rate", "auroc": "AUROC {}",
    "sign_accuracy": "{} of the signs right", "sign_mcc": "Matthews correlation {}",
}  # fmt: skip
_LOWEST = {"sign_mcc": -1.0}


@dataclass(frozen=True)
class Spread:
    """A score of each refit, and the interval for a further one.

    Attributes
    ----------
    values
        One a refit.
    mean, low, high
        The mean of the values, and the 95 % interval above.
    """

    values: tuple[float, ...]
    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float], least: float = 0.0, most: float = 1.0) -> Spread:
        """From two values or more, of a score that lies from `least` to `most`."""
        from scipy.stats import t

        count, mean = len(values), float(np.mean(values))
        reach = t.ppf(0.975, count - 1) * np.std(values, ddof=1) * np.sqrt(1 + 1 / count)
        low, high = (float(np.clip(mean + sign * reach, least, most)) for sign in (-1, 1))
        return cls(tuple(map(float, values)), mean, low, high)


@dataclass(frozen=True)
class OverCells:
    """Intervals of the headline's scores, or why there are none.

    Attributes
    ----------
    words
        What the intervals are over; or why there are none, and how to get them.
    scores
        A key of `WORDS` each; empty where there are none. Signs are missing where some refit has
        no signed edge to compare.
    """

    words: str
    scores: dict[str, Spread] = field(default_factory=dict)

    def said(self) -> str:
        """The intervals in words; "" where there are none."""
        return "; ".join(
            WORDS[name].format(f"{one.low:.2g} to {one.high:.2g}")
            for name, one in self.scores.items()
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        scores = {
            name: {"values": list(one.values), "mean": one.mean, "interval": [one.low, one.high]}
            for name, one in self.scores.items()
        }
        return {"words": self.words, "scores": scores}


def over_cells(refits: Sequence[Network], truth: Weights, universe: Universe) -> OverCells:
    """Score the networks of refits to cells drawn anew.

    Parameters
    ----------
    refits
        The network of each member, read off as the headline's was.
    truth, universe
        As in `network_scores`: those of the headline.

    Notes
    -----
    Costs as much as scoring each refit.
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
        f"95 % interval over cells, from {count} refits to cells and seeds drawn anew (of one such "
        "fit; the headline is of their mean graph)",
        {
            name: Spread.of(each, _LOWEST.get(name, 0.0), highest.get(name, 1.0))
            for name, each in values.items()
            if np.isfinite(each).all()
        },
    )
