"""Groups of genes: modules that were put in, in any order of edges and in any process."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np

from hillflow.networks.communities import communities


def cliques(sizes: tuple[int, ...]) -> nx.DiGraph:
    """Cliques in a row, each joined to the next by one edge."""
    network, first = nx.DiGraph(), 0
    for size in sizes:
        members = [f"g{first + k}" for k in range(size)]
        network.add_edges_from(itertools.combinations(members, 2))
        if first:
            network.add_edge(f"g{first - 1}", members[0])
        first += size
    return network


def test_cliques_are_groups_and_hubs_come_first():
    groups = communities(cliques((6, 8, 5)))
    assert [len(group) for group in groups] == [8, 6, 5]
    assert [set(group) for group in groups] == [
        {f"g{k}" for k in range(low, high)} for low, high in ((6, 14), (0, 6), (14, 19))
    ]
    assert {groups[0][0], groups[0][1]} == {"g6", "g13"}  # those of the edges between cliques


def test_the_order_of_edges_signs_and_loops_do_not_matter():
    network = cliques((5, 7, 4, 9))
    edges = list(network.edges)
    np.random.default_rng(0).shuffle(edges)
    other = nx.DiGraph()
    other.add_nodes_from(network)
    other.add_edges_from((b, a, {"weight": -3.0}) for a, b in edges)
    other.add_edge("g0", "g0")
    assert communities(other) == communities(network)


def test_components_are_grouped_as_if_they_were_alone():
    first, second = cliques((5, 6)), nx.relabel_nodes(cliques((4, 4, 7)), lambda g: f"other {g}")
    both = communities(nx.union(first, second))
    assert sorted(both) == sorted([*communities(first), *communities(second)])
    assert communities(nx.DiGraph()) == []
    lone = nx.DiGraph()
    lone.add_nodes_from("AB")
    assert communities(lone) == [["A"], ["B"]]
