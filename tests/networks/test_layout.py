"""Places of nodes: apart from each other, and the same each time."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from scipy.spatial.distance import pdist

from hillflow.networks.layout import SPACING, discs, positions


def _network(seed: int, nodes: int = 40, edges: int = 60) -> nx.DiGraph:
    network = nx.gnm_random_graph(nodes, edges, seed=seed, directed=True)
    network = nx.relabel_nodes(network, str)
    network.add_edge("0", "0", weight=-1.0)
    network.add_nodes_from(f"alone {k}" for k in range(7))
    return network


@pytest.mark.parametrize("seed", [0, 1])
def test_no_two_nodes_lie_on_each_other(seed):
    network = _network(seed)
    place = positions(network)
    assert set(place) == set(network)
    apart = pdist(np.array(list(place.values())))
    assert apart.min() > 0.2 * SPACING
    assert place == positions(network)


def test_parts_do_not_overlap():
    network = nx.union_all(
        [nx.relabel_nodes(nx.cycle_graph(5, nx.DiGraph), {k: f"{p}{k}" for k in range(5)})
         for p in "abc"]
    )  # fmt: skip
    place = positions(network)
    boxes = [np.array([place[f"{p}{k}"] for k in range(5)]) for p in "abc"]
    for first in range(3):
        for second in range(first):
            a, b = boxes[first], boxes[second]
            gap = np.maximum(a.min(0) - b.max(0), b.min(0) - a.max(0)).max()
            assert gap >= SPACING


def test_communities_of_a_large_part_are_discs_apart():
    modules = [nx.relabel_nodes(nx.star_graph(29), {k: f"{m}-{k}" for k in range(30)})
               for m in range(7)]  # fmt: skip
    network = nx.DiGraph(nx.union_all(modules).edges)
    network.add_edges_from((f"{m}-0", f"{m + 1}-0") for m in range(6))
    place = positions(network)
    assert pdist(np.array(list(place.values()))).min() > 0.5 * SPACING
    groups = discs(network)
    assert [len(group) for group in groups] == [30] * 7
    middles = np.array([place[group[0]] for group in groups])  # hubs
    radii = [max(np.hypot(*(np.array(place[g]) - place[group[0]])) for g in group)
             for group in groups]  # fmt: skip
    assert pdist(middles).min() > 2 * max(radii)
    assert discs(network.subgraph(groups[0] + groups[1])) == []


def test_a_large_part_and_the_smallest_networks():
    assert len(positions(_network(2, nodes=170, edges=300))) == 177
    assert positions(nx.DiGraph()) == {}
    lone = nx.DiGraph()
    lone.add_edge("A", "A")
    assert positions(lone) == {"A": (0.0, 0.0)}
    assert pdist(list(positions(nx.DiGraph([("A", "B")])).values())) == pytest.approx(SPACING)
