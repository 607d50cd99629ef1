"""GraphML read back: by NetworkX, and by rules as strict as those of Cytoscape's reader."""

from __future__ import annotations

import re
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.errors import InputError
from hillflow.networks import annotated

SPACE = "{http://graphml.graphdrawing.org/xmlns}"
# Double.valueOf takes these, and NaN and Infinity in its own spelling, which no other reader has.
JAVA_DOUBLE = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def read_strictly(path: Path) -> tuple[str, dict, dict, dict]:
    """Name, network's, nodes' and edges' attributes, as Cytoscape 3 reads them.

    One type an attribute, doubles and strings only, numbers in Java's spelling, and data of the
    network before the first node: else it would fall to the edge read last.
    """
    root = ET.parse(path).getroot()
    keys = {key.get("id"): key.attrib for key in root.findall(f"{SPACE}key")}
    named = [(key["for"], key["attr.name"]) for key in keys.values()]
    assert len(named) == len(set(named))
    whole = root.find(f"{SPACE}graph")
    assert whole.get("edgedefault") == "directed"

    def attributes(element: ET.Element, scope: str) -> dict:
        found = {}
        for data in element.findall(f"{SPACE}data"):
            key = keys[data.get("key")]
            assert key["for"] == scope
            if key["attr.type"] == "double":
                assert JAVA_DOUBLE.fullmatch(data.text)
                found[key["attr.name"]] = float(data.text)
            else:
                assert key["attr.type"] == "string"
                found[key["attr.name"]] = data.text
        return found

    tags = [child.tag.removeprefix(SPACE) for child in whole]
    assert tags == sorted(tags, key=["data", "node", "edge"].index)
    nodes = {one.get("id"): attributes(one, "node") for one in whole.findall(f"{SPACE}node")}
    edges = {
        (one.get("source"), one.get("target")): attributes(one, "edge")
        for one in whole.findall(f"{SPACE}edge")
    }
    assert {gene for pair in edges for gene in pair} <= set(nodes)
    return whole.get("id"), attributes(whole, "graph"), nodes, edges


def as_text(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


@given(data=st.data())
def test_nothing_is_lost(graphs, data):
    graph = data.draw(graphs)
    expected = annotated(graph)
    with tempfile.TemporaryDirectory() as folder:
        (path,) = graph.write(Path(folder) / "net.graphml", "graphml")
        name, about, nodes, edges = read_strictly(path)
        again = nx.read_graphml(path)
    assert name == about["name"] == "net"
    assert nodes == dict(expected.nodes(data=True))
    wanted = {
        (source, target): {key: as_text(value) for key, value in marks.items()}
        for source, target, marks in expected.edges(data=True)
    }
    assert edges == wanted
    assert {pair: dict(again.edges[pair]) for pair in again.edges} == wanted
    assert list(again) == list(graph.genes)


def test_the_prior_and_its_terms_go_along(graph, prior, tmp_path):
    (path,) = graph.write(tmp_path / "known.graphml", "graphml", prior=prior)
    _, about, _, edges = read_strictly(path)
    assert about["prior_licence"] == "CC0"
    assert edges["B", "A"]["status"] == "opposite"
    assert "weight" not in edges["A", "NKX2-5"]


def test_nothing_is_left_where_the_name_is_wrong(graph, tmp_path):
    with pytest.raises(InputError, match=r"net\.graphml"):
        graph.write(tmp_path / "net.xml", "graphml")
    assert list(tmp_path.iterdir()) == []
