"""Whether another sample of the same cells would name the same edges.

The strongest edges, two for each gene, are found in two halves of the cells. The share that both
have, less what two random choices share, is what the cells determine: an edge that is found again
need not be true (what varies together in one half does in the other), but one that is not found
again says nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hillflow.closed_form.steps import Array
from hillflow.networks.stability import STRONGEST


def found_again(halves: Array, listed: NDArray[np.bool_]) -> dict[str, float]:
    """Share of the strongest edges of one half that are among the strongest of the other.

    Parameters
    ----------
    halves
        Weights, [2, targets, regulators].
    listed
        Which pairs may be edges, [targets, regulators].

    Returns
    -------
    dict
        ``edges`` that were compared, the share ``found_again``, and the share ``by_chance``.
    """
    pairs = int(listed.sum())
    count = min(STRONGEST * len(listed), pairs // 2)
    if count < 1:
        return {"edges": 0, "found_again": 1.0, "by_chance": 1.0}
    one, other = (np.argsort(-np.abs(half[listed]), kind="stable")[:count] for half in halves)
    share = len(np.intersect1d(one, other)) / count
    return {"edges": count, "found_again": share, "by_chance": count / pairs}
