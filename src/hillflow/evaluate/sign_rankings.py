"""Rankings of the edges of each sign: by signed weight, activations first or repressions first.

Three questions over the pairs of a universe, each with its average precision and AUROC:

* which pairs are activations (by weight), among all pairs;
* which pairs are repressions (by −weight), among all pairs;
* which of the edges of known sign are activations (by weight), among these edges alone.

Edges whose sign is unknown, or reported both ways, are left out of all three: they may be either.
A random ranking has an average precision of the base rate on average, and an AUROC of one half.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hillflow.evaluate.ranking import Ranking
from hillflow.evaluate.universe import Universe
from hillflow.networks.network import Network

if TYPE_CHECKING:
    import pandas as pd

ACTIVATION, REPRESSION = "activation", "repression"
BETWEEN = "sign alone"
COLUMNS = ("ranking", "sign", "ap", "base_rate", "auroc", "edges", "pairs")


def sign_rankings(
    weights: Mapping[str, NDArray[np.float64]], reference: Network, universe: Universe
) -> pd.DataFrame:
    """Score rankings of activations and of repressions.

    Parameters
    ----------
    weights
        Signed weight of each pair of the universe, [pairs], by the name of the ranking. Those
        without a negative weight, such as importances, have no signs and are left out.
    reference, universe
        As in `network_scores`.

    Returns
    -------
    pandas.DataFrame
        A row for each question and ranking, with the columns `COLUMNS`; no rows for a question
        without edges of the sign, or with nothing to tell them from. Cost O(pairs · log pairs).

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.evaluate import Universe
    >>> from hillflow.networks import Network
    >>> known = Network.from_columns(["A", "B"], ["B", "C"], sign=[1, -1])
    >>> universe = Universe.ordered_pairs(["A", "B", "C"])
    >>> weight = np.zeros(6)
    >>> weight[universe.numbers([("A", "B"), ("B", "C")])] = [2.0, -1.0]
    >>> sign_rankings({"this network": weight}, known, universe)["auroc"].tolist()
    [1.0, 1.0, 1.0]
    """
    import pandas as pd

    number = universe.numbers(reference)
    sign = np.zeros(len(universe), dtype=int)
    listed = np.zeros(len(universe), dtype=bool)
    sign[number[number >= 0]] = reference.sign[number >= 0]
    listed[number[number >= 0]] = True
    judged = ~listed | (sign != 0)  # known to be an edge of one sign, or to be none
    rows = []
    for name, weight in weights.items():
        if not (weight < 0).any():
            continue
        for question, among, value, wanted in (
            (ACTIVATION, judged, weight, 1),
            (REPRESSION, judged, -weight, -1),
            (BETWEEN, sign != 0, weight, 1),
        ):
            true = np.flatnonzero(sign[among] == wanted)
            if 0 < len(true) < among.sum():
                rows.append((name, question, *_scores(value[among], true)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _scores(
    strength: NDArray[np.float64], true: NDArray[np.int64]
) -> tuple[float, float, float, int, int]:
    ranking = Ranking.of(strength)
    return (
        ranking.average_precision(true), len(true) / len(strength), ranking.auroc(true),
        len(true), len(strength),
    )  # fmt: skip
