"""Whether another sample of the same populations would name the same edges.

The cells of every population are parted at random, and the strongest edges, two for each gene, are
found in each part by itself. What both have, beyond what two random choices would share, is what
the cells determine. An edge that is found again need not be true, since what varies together in one
half does in the other; but where few are found again, the network says nothing.

Bootstraps (`sums`) are no such test: they draw from the starts of steps that were coupled once, to
ends that all of them share.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hillflow.closed_form.steps import Array
from hillflow.data import Cells, Snapshots
from hillflow.networks.stability import STRONGEST

LEAST = 5  # cells of a population in a half, or series
MOST = 10_000  # cells of a half


def split_in_halves(data: Cells, seed: int = 0) -> tuple[Cells, Cells] | None:
    """Two parts of the cells of every population (or of the series), which share none.

    Of large data, two samples of about `MOST` cells each. None if a population, or the number of
    series, is too small to be parted.
    """
    random = np.random.default_rng([seed, 2])
    if not isinstance(data, Snapshots):
        if len(data.names) < 2 * LEAST:
            return None
        order = random.permutation(len(data.names))
        one, other = (np.sort(order[k::2]) for k in range(2))
        return data.take([data.names[k] for k in one]), data.take([data.names[k] for k in other])
    share = min(1.0, 2 * MOST / len(data))
    parts: tuple[list[NDArray[np.int64]], list[NDArray[np.int64]]] = ([], [])
    for population in data.populations():
        count = max(min(len(population), 2 * LEAST), int(share * len(population)))
        if count < 2 * LEAST:
            return None
        drawn = random.permutation(population.rows)[:count]
        for part, rows in zip(parts, (drawn[::2], drawn[1::2]), strict=True):
            part.append(rows)
    one, other = (np.sort(np.concatenate(part)) for part in parts)
    return data.take(one), data.take(other)


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
