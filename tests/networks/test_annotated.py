"""What networks carry beside names: types, what is missing, and what a prior says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.errors import FileFormatError, HillflowWarning
from hillflow.networks import Network, annotated


@given(data=st.data())
def test_attributes_are_plain_of_one_type_and_never_missing(graphs, data):
    network = annotated(data.draw(graphs))
    rows = [marks for *_, marks in network.edges(data=True)]
    for attribute in {key for row in rows for key in row}:
        kinds = {type(row[attribute]) for row in rows if attribute in row}
        assert len(kinds) == 1
        assert kinds <= {bool, int, float, str}
    assert all(value == value and abs(value) != float("inf")
               for row in rows for value in row.values() if isinstance(value, float))  # fmt: skip


def test_whole_and_broken_numbers_become_one_kind(graph):
    graph.edges["mixed"] = [1, 2.5, None, True] + [None] * (len(graph.edges) - 4)
    graph.edges["mixed"] = graph.edges["mixed"].astype(object)
    network = annotated(graph)
    assert network.edges["A", "B"]["mixed"] == 1.0
    assert type(network.edges["A", "B"]["mixed"]) is float
    assert "mixed" not in network.edges["NKX2-5", "NKX2-5"]
    assert type(network.edges["A", "B"]["sign"]) is int


def test_nodes_count_what_the_fit_gives_them(graph, prior):
    network = annotated(graph, prior)
    assert network.nodes["A"] == {"name": "A", "regulators": 1, "targets": 2}
    assert network.nodes["lone gene"] == {"name": "lone gene", "regulators": 0, "targets": 0}
    assert set(network) == set(graph.genes)


def test_the_prior_says_agreement_opposite_novel_and_missing(graph, prior):
    network = annotated(graph, prior)
    status = {pair: network.edges[pair]["status"] for pair in network.edges}
    assert status == {
        ("A", "B"): "agreement", ("B", "A"): "opposite", ("NKX2-5", "NKX2-5"): "novel",
        ("A", "a&b<c>"): "novel", ("A", "NKX2-5"): "missing",
    }  # fmt: skip
    missing = network.edges["A", "NKX2-5"]
    assert missing["interaction"] == "inhibits"
    assert missing["name"] == "A (inhibits) NKX2-5"
    assert "weight" not in missing
    assert "abs_weight" not in missing
    assert network.edges["A", "B"]["prior_interaction"] == "activates or inhibits"
    assert network.edges["A", "B"]["evidence"] == "1;2"
    assert network.graph["prior_licence"] == "CC0"
    assert network.graph["prior_citation"] == "Someone 2000"


def test_a_prior_in_other_names_is_told(graph):
    foreign = Network.from_columns(["a"], ["b"], name="mouse")
    with pytest.warns(HillflowWarning, match=r"mouse lies between.*novel"):
        assert annotated(graph, foreign).edges["A", "B"]["status"] == "novel"


def test_columns_that_networks_use_themselves_are_refused(graph):
    graph.edges["id"] = 1
    with pytest.raises(FileFormatError, match="'id'"):
        annotated(graph)
