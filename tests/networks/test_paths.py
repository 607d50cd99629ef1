from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.errors import GeneNameError, InputError
from hillflow.networks import Network, ancestors, descendants, feedback_loops, signed_paths

GENES = tuple("ABCDE")


def graph_of(edges, genes=GENES):
    """From source, target, weight."""
    weight = np.zeros((len(genes),) * 2)
    for source, target, value in edges:
        weight[genes.index(target), genes.index(source)] = value
    return Network.from_matrix(genes, weight)


# A → B ⊣ C → D is a chain; A ⊣ D a weak shortcut; C → B closes a negative loop; E regulates itself.
KNOWN = graph_of(
    [("A", "B", 2.0), ("B", "C", -1.5), ("C", "D", 0.8), ("A", "D", -0.5), ("C", "B", 0.4),
     ("E", "E", -0.3)]
)  # fmt: skip


def test_what_lies_upstream_and_downstream():
    assert ancestors(KNOWN, "D") == ["A", "B", "C"]
    assert ancestors(KNOWN, "A") == []
    assert descendants(KNOWN, "A") == ["B", "C", "D"]
    assert descendants(KNOWN, "B") == ["C", "D"]
    assert descendants(KNOWN, "E") == []


def test_paths_with_sign_and_weakest_edge_strongest_first():
    chain, shortcut = signed_paths(KNOWN, "A", "D")
    assert str(chain) == "A → B ⊣ C → D"
    assert (chain.sign, chain.strength, chain.weakest) == (-1, 0.8, ("C", "D"))
    assert len(chain) == 3
    assert (str(shortcut), shortcut.sign, shortcut.strength) == ("A ⊣ D", -1, 0.5)
    assert signed_paths(KNOWN, "A", "D", max_length=2) == [shortcut]
    assert signed_paths(KNOWN, "A", "D", limit=1) == [chain]
    assert signed_paths(KNOWN, "D", "A") == []
    table = pd.DataFrame(signed_paths(KNOWN, "A", "D"))
    assert list(table.columns) == ["genes", "signs", "sign", "strength", "weakest"]


def test_loops_with_sign():
    loop, self_loop = feedback_loops(KNOWN)
    assert (str(loop), loop.sign, loop.strength) == ("B ⊣ C → B", -1, 0.4)
    assert (str(self_loop), self_loop.sign, len(self_loop)) == ("E ⊣ E", -1, 1)
    assert feedback_loops(KNOWN, max_length=1) == [self_loop]
    ring = graph_of([("A", "B", -1), ("B", "C", -2), ("C", "A", -3)])  # odd: it oscillates
    assert [(str(found), found.sign) for found in feedback_loops(ring)] == [("A ⊣ B ⊣ C ⊣ A", -1)]


def test_an_edge_without_direction_leaves_the_sign_open():
    graph = nx.DiGraph()
    graph.add_edge("A", "B", weight=0.7, sign=0)
    graph.add_edge("B", "C", weight=-0.9, sign=-1)
    (path,) = signed_paths(graph, "A", "C")
    assert (str(path), path.sign, path.strength) == ("A — B ⊣ C", 0, 0.7)


@st.composite
def random_graphs(draw):
    genes = tuple("ABCDEF")
    pairs = [(s, t) for s in genes for t in genes]
    values = st.sampled_from([0.0, 0.0, 0.5, -0.5, 1.0, -1.25, 2.0])
    return graph_of([(s, t, draw(values)) for s, t in pairs], genes)


def by_brute_force(routes, graph):
    """(strength, length, genes) of every route, best first."""
    directed = graph.to_networkx()
    strength = {r: min(directed.edges[pair]["abs_weight"] for pair in pairwise(r)) for r in routes}
    return sorted((-strength[r], len(r) - 1, r) for r in routes)


@given(random_graphs(), st.integers(1, 5), st.integers(1, 12))
def test_paths_are_the_best_of_all_simple_paths(graph, max_length, limit):
    directed = graph.to_networkx()
    every = nx.all_simple_paths(directed, "A", "F", cutoff=max_length)
    truth = by_brute_force({tuple(path) for path in every}, graph)
    found = signed_paths(graph, "A", "F", max_length, limit)
    assert [(-p.strength, len(p), p.genes) for p in found] == truth[:limit]
    for path in found:
        signs = [directed.edges[pair]["sign"] for pair in pairwise(path.genes)]
        assert path.sign == np.prod(signs)
        assert directed.edges[path.weakest]["abs_weight"] == path.strength


@given(random_graphs(), st.integers(1, 5), st.integers(1, 12))
def test_loops_are_the_best_of_all_simple_cycles(graph, max_length, limit):
    cycles = nx.simple_cycles(graph.to_networkx(), length_bound=max_length)
    turned = set()
    for cycle in cycles:
        first = cycle.index(min(cycle))
        turned.add((*cycle[first:], *cycle[:first], cycle[first]))
    truth = by_brute_force(turned, graph)
    found = feedback_loops(graph, max_length, limit)
    assert [(-p.strength, len(p), p.genes) for p in found] == truth[:limit]


def test_a_dense_graph_of_many_genes_is_answered_without_looking_at_all_its_paths():
    genes = tuple(f"g{i}" for i in range(120))
    weight = np.random.default_rng(0).normal(size=(120, 120))
    found = signed_paths(Network.from_matrix(genes, weight), "g0", "g1", limit=5)
    strengths = [path.strength for path in found]
    assert strengths == sorted(strengths, reverse=True)
    # The widest walk of at most 4 edges, by max-min matrix products.
    size = np.abs(weight)
    np.fill_diagonal(size, np.inf)
    width = size
    for _ in range(3):
        width = np.minimum(size[:, :, None], width[None]).max(axis=1)
    assert strengths[0] == pytest.approx(width[1, 0])


def test_mistakes_are_named():
    with pytest.raises(GeneNameError, match="did you mean 'A'"):
        ancestors(KNOWN, "a")
    with pytest.raises(GeneNameError, match="a gene of the graph"):
        signed_paths(KNOWN, "A", "Z")
    with pytest.raises(InputError, match="feedback_loops"):
        signed_paths(KNOWN, "A", "A")
    with pytest.raises(InputError, match="max_length=0"):
        signed_paths(KNOWN, "A", "D", max_length=0)
    with pytest.raises(InputError, match="limit=0"):
        feedback_loops(KNOWN, limit=0)
    with pytest.raises(InputError, match="edges with a weight and a sign"):
        ancestors(nx.DiGraph([("A", "B")]), "A")
