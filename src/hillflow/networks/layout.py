"""Positions of the nodes of a network for drawing.

Connected components are laid out separately and placed side by side, the largest first; genes
without an edge form a block of their own. The layout is deterministic.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import networkx as nx

SPACING = 110.0  # between neighbours, for nodes that are 70 wide
_EXACT = 150  # largest component that is laid out by path lengths rather than springs


def positions(network: nx.DiGraph) -> dict[str, tuple[float, float]]:
    """Return the position of every node; y grows downwards, as on a screen.

    Small components are laid out by stress of path lengths (Kamada & Kawai 1989), O(n³), large
    ones by springs (Fruchterman & Reingold 1991), O(n²) per step: about 10 seconds for 1,500
    nodes.
    """
    import networkx as nx

    components = sorted(nx.weakly_connected_components(network), key=len, reverse=True)
    order = {node: k for k, node in enumerate(network)}
    blocks = []
    isolated = []
    for component in components:
        nodes = sorted(component, key=order.__getitem__)
        if len(nodes) == 1:
            isolated += nodes
        else:
            blocks.append((nodes, _component_layout(network.subgraph(nodes), nodes)))
    if isolated:
        isolated.sort(key=order.__getitem__)
        columns = math.ceil(math.sqrt(1.5 * len(isolated)))
        grid = np.array([(k % columns, k // columns) for k in range(len(isolated))], dtype=float)
        blocks.append((isolated, SPACING * grid))
    return _side_by_side(blocks)


def _component_layout(component: nx.DiGraph, nodes: list[str]) -> np.ndarray:
    """Lay out a connected component, [node, 2]; neighbours are typically `SPACING` apart."""
    import networkx as nx
    from scipy.spatial import cKDTree
    from threadpoolctl import threadpool_limits

    plain = nx.Graph()  # without signs and weights, which must not affect the distances
    plain.add_nodes_from(nodes)
    plain.add_edges_from((source, target) for source, target in component.edges if source != target)
    with threadpool_limits(1):  # for matrices this small, threads mostly wait for each other
        if len(nodes) <= _EXACT:
            layout = nx.kamada_kawai_layout(plain, weight=None)
        else:
            layout = nx.spring_layout(plain, weight=None, seed=0)
    points = np.array([layout[node] for node in nodes])
    distances, _ = cKDTree(points).query(points, k=2)
    return points * SPACING / max(float(np.median(np.asarray(distances)[:, 1])), 1e-9)


def _side_by_side(blocks: list[tuple[list[str], np.ndarray]]) -> dict[str, tuple[float, float]]:
    """Arrange blocks in rows on an area that is about as wide as it is high."""
    sizes = [np.ptp(points, axis=0) + 2 * SPACING for _, points in blocks]
    widest = max((size[0] for size in sizes), default=0.0)
    page = max(widest, 1.3 * math.sqrt(sum(size[0] * size[1] for size in sizes)))
    position: dict[str, tuple[float, float]] = {}
    x = y = row_height = 0.0
    for (nodes, points), (width, height) in zip(blocks, sizes, strict=True):
        if x > 0 and x + width > page:
            x, y, row_height = 0.0, y + row_height, 0.0
        moved = points - points.min(axis=0) + (x, y)
        position |= {
            node: (round(float(point[0]), 1), round(float(point[1]), 1))
            for node, point in zip(nodes, moved, strict=True)
        }
        x, row_height = x + width, max(row_height, height)
    return position
