"""Networks as NetworkX graphs: plain attributes, and what other people's graphs call them."""

from __future__ import annotations

import json

import networkx as nx
import numpy as np
import pytest

from hillflow.errors import InputError
from hillflow.networks import Network

GENES = ("NA", "A&B<c>", "7157", "with space")
WEIGHT = np.array(  # [target, source]
    [[0.5, 0.0, 0.0, 0.0], [-2.0, 0.0, 1.0, 0.0], [0.0, -0.1, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
)
CONFIDENCE = np.array(
    [[0.5, 0.1, 0.1, 0.1], [0.9, 0.1, 0.7, 0.1], [0.1, 0.6, 0.1, 0.1], [0.1, 0.1, 0.1, 0.1]]
)


@pytest.fixture
def graph():
    return Network.from_matrix(GENES, WEIGHT, confidence=CONFIDENCE, contrast=2 * WEIGHT)


def test_networkx_gets_plain_values_self_edges_and_lonely_genes(graph):
    found = graph.to_networkx()
    assert set(found) == set(GENES)
    assert found.has_edge("NA", "NA")
    assert found.number_of_edges() == 4
    edge = found.edges["NA", "A&B<c>"]
    assert edge["interaction"] == "inhibits"
    assert edge["name"] == "NA (inhibits) A&B<c>"
    assert edge["abs_weight"] == 2.0
    for *_, attributes in found.edges(data=True):
        assert {type(value) for value in attributes.values()} <= {int, float, str, bool}
    json.dumps(dict(found.edges["NA", "A&B<c>"]), allow_nan=False)


def test_what_is_missing_is_left_out_of_networkx():
    found = Network.from_matrix(GENES, WEIGHT).to_networkx()
    assert "confidence" not in found.edges["NA", "NA"]


def test_the_graph_holds_plain_python_values_only() -> None:
    network = Network.from_columns(
        ["A", "B"], ["B", "B"], ["both", 1], [2, 1], ["1;2", ""], name="made", organism="human"
    )
    graph = network.to_networkx()
    assert isinstance(graph, nx.DiGraph)
    kinds = {type(value) for *_, marks in graph.edges(data=True) for value in marks.values()}
    assert kinds == {int, bool, float, str}
    assert graph["B"]["B"]["interaction"] == "activates"
    assert "\n".join(nx.generate_graphml(graph)).count("<edge ") == 2


def test_graph_attributes_other_people_use() -> None:
    graph = nx.MultiDiGraph([("A", "B", {"interaction": "inhibits"}), ("A", "B", {}), ("C", "A")])
    network = Network.from_networkx(graph)
    assert network.sign.tolist() == [-1, 0]
    with pytest.raises(InputError, match="DiGraph"):
        Network.from_networkx(nx.Graph([("A", "B")]))
