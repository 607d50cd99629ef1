"""Network: what it is made from, what it says, and which parts of it can be taken."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from hillflow.errors import FileFormatError, GeneNameError, InputError, MissingFileError
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


def pairs(graph):
    return list(zip(graph.edges["source"], graph.edges["target"], strict=True))


def test_sources_are_columns_and_the_strongest_come_first(graph):
    assert len(graph.edges) == 16
    assert pairs(graph)[:4] == [
        ("NA", "A&B<c>"), ("7157", "A&B<c>"), ("NA", "NA"), ("A&B<c>", "7157"),
    ]  # fmt: skip
    assert list(graph.edges["sign"][:4]) == [-1, 1, 1, -1]
    assert list(graph.edges["confidence"][:4]) == [0.9, 0.7, 0.5, 0.6]
    assert len(graph) == 4
    assert graph.parents("A&B<c>") == ["NA", "7157"]
    assert graph.targets("NA") == ["A&B<c>", "NA"]


def test_a_matrix_is_sources_by_targets(graph):
    np.testing.assert_array_equal(graph.matrix().to_numpy(), WEIGHT.T)
    assert graph.matrix("contrast").loc["NA", "A&B<c>"] == -4.0


def test_only_candidates_are_listed():
    listed = np.abs(WEIGHT) > 0.2
    found = Network.from_matrix(GENES, WEIGHT, candidates=listed)
    assert len(found.edges) == 3
    assert found.edges["confidence"].isna().all()
    assert found.matrix().loc["A&B<c>", "7157"] == 0


def test_mistakes_are_named(graph, tmp_path):
    with pytest.raises(FileFormatError, match="none called weight"):
        Network(GENES, graph.edges.drop(columns="weight"))
    with pytest.raises(GeneNameError, match="'NA'"):
        Network(GENES[1:], graph.edges)
    with pytest.raises(GeneNameError, match="did you mean '7157'"):
        graph.parents("7158")
    with pytest.raises(InputError, match="did you mean 'contrast'"):
        graph.matrix("contrasts")
    with pytest.raises(MissingFileError, match="hillflow graph"):
        Network.load(tmp_path / "none.csv")


def test_it_says_what_it_is(graph):
    zero = "; 12 more pairs of weight 0"  # listed, but no edges
    assert repr(graph) == f"Network(4 genes, 4 edges by weight: 2 activate, 2 inhibit{zero})"
    assert math.isclose(graph.edges["weight"].abs().max(), 2.0)


def test_a_known_network_says_what_it_is():
    network = Network.from_columns(
        ["A", "B", "A"], ["B", "A", "A"], ["both", -1, 0], [1, 3, 2], ["1;2", "", ""],
        name="small", organism="mouse", licence="CC0", citation="Someone 2000",
    )  # fmt: skip
    assert repr(network) == (
        "Network('small', mouse: 2 genes, 3 edges by weight: 0 activate, 1 inhibit)"
    )
    assert (network.name, network.organism) == ("small", "mouse")
    assert (network.licence, network.citation) == ("CC0", "Someone 2000")
    assert network.readout == "weight"
    assert network.source.tolist() == ["B", "A", "A"]
    assert network.target.tolist() == ["A", "A", "B"]
    assert network.weight.tolist() == [-3, 2, 1]
    assert network.sign.tolist() == [-1, 0, 0]
    assert network.both.tolist() == [False, False, True]
    assert network.evidence.tolist() == ["", "", "1;2"]
    assert list(network.edges) == [
        "source", "target", "weight", "sign", "confidence", "both", "evidence",
    ]  # fmt: skip
    json.dumps(network.summary())
    with pytest.raises(InputError, match="did you mean 'organism'"):
        Network.from_columns(["A"], ["B"], organsim="mouse")


def test_what_nobody_has_said_is_empty(graph):
    assert (graph.name, graph.organism, graph.licence, graph.citation) == ("", "", "", "")
    assert not graph.both.any()
    assert set(graph.evidence) == {""}
    assert graph.about == {}
    assert replace(graph, about={"readout": "jacobian"}).readout == "jacobian"
    assert Network.from_matrix(GENES, WEIGHT, readout="slope").about == {"readout": "slope"}


def test_networks_are_equal_by_what_they_hold(graph):
    assert graph == Network.from_matrix(GENES, WEIGHT, confidence=CONFIDENCE, contrast=2 * WEIGHT)
    assert graph != Network.from_matrix(GENES, WEIGHT, confidence=CONFIDENCE)
    assert graph != replace(graph, about={"name": "other"})
    assert graph != replace(graph, groups=graph.edges)
    assert graph != "a network"


def test_renamed_genes_may_become_one():
    network = Network.from_columns(["A", "B", "C"], ["D", "D", "A"], [1, -1, 1], name="small")
    renamed = network.renamed({"A": "x", "B": "x", "D": "y"})
    assert renamed.pairs() == [("x", "y")]
    assert renamed.both.tolist() == [True]
    assert (renamed.genes, renamed.name) == (("x", "y"), "small")
