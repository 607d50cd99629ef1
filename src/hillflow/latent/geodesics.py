"""Distances along the data: shortest paths on the graph of nearest cells.

    d_ij = min over paths i = c_0, c_1, …, c_m = j of neighbours of Σ ‖x_{c_{k+1}} − x_{c_k}‖

For dense samples of a surface these converge to the lengths of its shortest curves (Tenenbaum, de
Silva & Langford 2000; Bernstein et al. 2000). Parts of the graph without a link are joined by the
edges of the shortest tree that spans all cells. Cost: O(n² log n + n² k) for n cells with k
neighbours. When not: noise as wide as the gap between two turns of the
surface, across which paths then take short cuts.
"""

from __future__ import annotations

import numpy as np

from hillflow.errors import InputError
from hillflow.findings import note


def geodesic_distances(x: np.ndarray, neighbors: int = 10) -> np.ndarray:
    """Return the length of the shortest path between any two cells, [cells, cells].

    Parameters
    ----------
    x
        States, [cells, coordinates].
    neighbors
        Number of nearest cells to which each cell has a link.

    Returns
    -------
    numpy.ndarray
        Symmetric, in the units of x.

    Examples
    --------
    >>> import numpy as np
    >>> angle = np.linspace(0, np.pi, 50)
    >>> arc = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    >>> float(geodesic_distances(arc, neighbors=3)[0, -1].round(2))  # π along it, 2 across
    3.14
    """
    from scipy.sparse.csgraph import connected_components, minimum_spanning_tree, shortest_path
    from sklearn.metrics import pairwise_distances
    from sklearn.neighbors import kneighbors_graph

    if not 1 <= neighbors < len(x):
        raise InputError(
            f"from 1 to {len(x) - 1:,} neighbours of {len(x):,} cells", f"neighbors={neighbors}",
            "give more cells, or fewer neighbours",
        )  # fmt: skip
    links = kneighbors_graph(x, neighbors, mode="distance")
    links = links.maximum(links.T)
    parts = int(connected_components(links, directed=False)[0])
    if parts > 1:
        note(
            f"the graph of nearest cells has {parts:,} parts, which are joined where they are "
            "closest: between them distances are straight, not along cells",
            "latent.parts",
        )
        links = links.maximum(minimum_spanning_tree(pairwise_distances(x)))
    return np.asarray(shortest_path(links, method="D", directed=False))


def scaled_coordinates(distances: np.ndarray, size: int) -> np.ndarray:
    """Return coordinates, [cells, size], whose Euclidean distances are near to these.

    Classical scaling: leading eigenvectors of −½ C d² C, with C the centring, times the roots of
    their eigenvalues. Of geodesic distances they are the coordinates of Isomap. Cost: O(cells³).
    """
    from scipy.linalg import eigh

    count = len(distances)
    squared = distances**2
    mean = squared.mean(axis=0)
    inner = -0.5 * (squared - mean - mean[:, None] + mean.mean())
    kept = min(size, count)
    values, vectors = eigh(inner, subset_by_index=(count - kept, count - 1))
    coordinates = np.zeros((count, size))
    coordinates[:, :kept] = (vectors * np.sqrt(np.maximum(values, 0.0)))[:, ::-1]
    return coordinates
