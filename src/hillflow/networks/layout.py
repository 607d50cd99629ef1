"""Positions of the nodes of a network for drawing.

Connected components are laid out separately and placed side by side, the largest first; genes
without an edge form a block of their own. The layout is deterministic.

A large component is drawn as a disc for each of its communities, with the hub in the middle of
its disc. Springs (Fruchterman & Reingold 1991) make one ball of thousands of genes, in O(n²) a
step.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from hillflow.networks.communities import communities
from hillflow.threads import one_blas_thread

if TYPE_CHECKING:
    import networkx as nx

SPACING = 110.0  # between neighbours, for nodes that are 70 wide
_EXACT = 150  # largest component that is laid out by path lengths rather than communities
_TURN = math.pi * (3 - math.sqrt(5))  # golden angle: points of a spiral fill a disc evenly


def positions(network: nx.DiGraph) -> dict[str, tuple[float, float]]:
    """Return the position of every node; y grows downwards, as on a screen.

    Small components are laid out by stress of path lengths (Kamada & Kawai 1989), O(n³), large
    ones by communities, about O(E log n).
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


def discs(network: nx.DiGraph) -> list[list[str]]:
    """Return the groups that `positions` draws as discs, hubs first; none in small components."""
    import networkx as nx

    large = [c for c in nx.weakly_connected_components(network) if len(c) > _EXACT]
    inside = set().union(*large)
    return [group for group in communities(network) if group[0] in inside]


def _component_layout(component: nx.DiGraph, nodes: list[str]) -> np.ndarray:
    """Lay out a connected component, [node, 2]; neighbours are typically `SPACING` apart."""
    if len(nodes) > _EXACT:
        return _discs(component, nodes)
    import networkx as nx
    from scipy.spatial import cKDTree

    plain = nx.Graph()  # without signs and weights, which must not affect the distances
    plain.add_nodes_from(nodes)
    plain.add_edges_from((source, target) for source, target in component.edges if source != target)
    with one_blas_thread():
        layout = nx.kamada_kawai_layout(plain, weight=None)
    points = np.array([layout[node] for node in nodes])
    distances, _ = cKDTree(points).query(points, k=2)
    return points * SPACING / max(float(np.median(np.asarray(distances)[:, 1])), 1e-9)


def _discs(component: nx.DiGraph, nodes: list[str]) -> np.ndarray:
    """A disc for each community, [node, 2]; its genes on a spiral from the hub outwards.

    The discs are packed from the largest on: each goes where it touches no other, as near as
    possible to the middle, along a spiral.
    """
    ordered = type(component)()  # in the order of the network
    ordered.add_nodes_from(nodes)
    ordered.add_edges_from(component.edges)
    groups = communities(ordered)
    spirals = [SPACING * _spiral(len(group)) for group in groups]
    radii = np.array([np.linalg.norm(spiral, axis=1).max() + 0.8 * SPACING for spiral in spirals])
    middles = np.zeros((len(groups), 2))
    way = _spiral(40 * len(groups)) * radii.min() * 0.7
    while len(middles) > 1 and np.linalg.norm(way[-1]) < 2 * radii.sum():
        way = _spiral(4 * len(way)) * radii.min() * 0.7
    for k in range(1, len(groups)):
        gaps = np.linalg.norm(way[:, None] - middles[None, :k], axis=2) - radii[:k]
        middles[k] = way[np.argmax((gaps >= radii[k]).all(axis=1))]
    at = {
        gene: middle + place
        for group, spiral, middle in zip(groups, spirals, middles, strict=True)
        for gene, place in zip(group, spiral, strict=True)
    }
    return np.array([at[node] for node in nodes])


def _spiral(count: int) -> np.ndarray:
    """Points that fill a disc evenly, the first in the middle, [count, 2]."""
    k = np.arange(count)
    return 0.62 * np.sqrt(k)[:, None] * np.stack([np.cos(k * _TURN), np.sin(k * _TURN)], axis=1)


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
