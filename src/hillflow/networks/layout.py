"""Where the nodes of a network are drawn, so that it opens readable.

Connected parts are laid out one by one and set side by side, the largest first; genes without
an edge stand in a block of their own. The same network gets the same picture.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import networkx as nx

SPACING = 110.0  # between neighbours, for nodes that are 70 wide
_EXACT = 150  # up to so many nodes by their path lengths, beyond by springs


def positions(network: nx.DiGraph) -> dict[str, tuple[float, float]]:
    """Place every node; y grows downwards, as on a screen.

    Small parts by stress of path lengths (Kamada & Kawai 1989), O(n³); large ones by springs
    (Fruchterman & Reingold 1991), O(n²) a step: about 10 seconds for 1,500 nodes.
    """
    import networkx as nx

    parts = sorted(nx.weakly_connected_components(network), key=len, reverse=True)
    order = {node: place for place, node in enumerate(network)}
    blocks = []
    alone = []
    for part in parts:
        nodes = sorted(part, key=order.__getitem__)
        if len(nodes) == 1:
            alone += nodes
        else:
            blocks.append((nodes, _spread(network.subgraph(nodes), nodes)))
    if alone:
        alone.sort(key=order.__getitem__)
        columns = math.ceil(math.sqrt(1.5 * len(alone)))
        grid = np.array([(k % columns, k // columns) for k in range(len(alone))], dtype=float)
        blocks.append((alone, SPACING * grid))
    return _side_by_side(blocks)


def _spread(part: nx.DiGraph, nodes: list[str]) -> np.ndarray:
    """Lay out a connected part, [node, 2], its nodes typically `SPACING` from the nearest."""
    import networkx as nx
    from scipy.spatial import cKDTree
    from threadpoolctl import threadpool_limits

    plain = nx.Graph()  # signs and weights must not bend the distances
    plain.add_nodes_from(nodes)
    plain.add_edges_from((source, target) for source, target in part.edges if source != target)
    with threadpool_limits(1):  # for matrices this small, threads mostly wait for each other
        if len(nodes) <= _EXACT:
            layout = nx.kamada_kawai_layout(plain, weight=None)
        else:
            layout = nx.spring_layout(plain, weight=None, seed=0)
    place = np.array([layout[node] for node in nodes])
    distances, _ = cKDTree(place).query(place, k=2)
    return place * SPACING / max(float(np.median(np.asarray(distances)[:, 1])), 1e-9)


def _side_by_side(blocks: list[tuple[list[str], np.ndarray]]) -> dict[str, tuple[float, float]]:
    """Set blocks in rows, as words on a page that is about as wide as it is high."""
    sizes = [np.ptp(place, axis=0) + 2 * SPACING for _, place in blocks]
    widest = max((size[0] for size in sizes), default=0.0)
    page = max(widest, 1.3 * math.sqrt(sum(size[0] * size[1] for size in sizes)))
    places: dict[str, tuple[float, float]] = {}
    x = y = row_height = 0.0
    for (nodes, place), (width, height) in zip(blocks, sizes, strict=True):
        if x > 0 and x + width > page:
            x, y, row_height = 0.0, y + row_height, 0.0
        moved = place - place.min(axis=0) + (x, y)
        places |= {
            node: (round(float(at[0]), 1), round(float(at[1]), 1))
            for node, at in zip(nodes, moved, strict=True)
        }
        x, row_height = x + width, max(row_height, height)
    return places
