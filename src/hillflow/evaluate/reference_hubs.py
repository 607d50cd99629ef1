"""How well the hubs of a reference predict its edges: what a ranking without any cells scores.

The strength of source → target is (other targets of the source) × (other regulators of the target)
in the reference itself: preferential attachment (Liben-Nowell & Kleinberg 2007). The pair's own
edge is left out of both numbers, so that nothing is told of it; where degrees are small this lowers
true pairs alone, and the ranking can fall below chance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hillflow.evaluate.universe import Universe
from hillflow.networks.network import Network


def hub_strength(true: NDArray[np.int64], universe: Universe) -> NDArray[np.float64]:
    """Return (out-degree − a) (in-degree − a) of each pair of a universe, [pairs].

    Cost O(pairs).

    Parameters
    ----------
    true
        The numbers of the edges in the universe; a is 1 for them, else 0.
    universe
        The pairs, of which alone degrees count.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.evaluate import Universe
    >>> universe = Universe.ordered_pairs(["A", "B", "C"])
    >>> edges = universe.numbers([("A", "B"), ("A", "C"), ("B", "C")])
    >>> dict(zip(universe.names(np.arange(6)), hub_strength(edges, universe).tolist()))[("A", "C")]
    1.0
    """
    edge = np.zeros(len(universe))
    edge[true] = 1.0
    matrix = np.zeros(universe.counted.shape)
    matrix[universe.counted] = edge
    others = (matrix.sum(1, keepdims=True) - matrix) * (matrix.sum(0) - matrix)
    return np.asarray(others[universe.counted])


def signed_hub_strength(reference: Network, universe: Universe) -> NDArray[np.float64]:
    """Return the strength by activations alone, less that by repressions alone, [pairs]."""
    number = universe.numbers(reference)
    activations, repressions = (
        hub_strength(number[(number >= 0) & (reference.sign == sign)], universe) for sign in (1, -1)
    )
    return activations - repressions
