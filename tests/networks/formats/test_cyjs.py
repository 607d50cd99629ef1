"""Cytoscape.js elements and style; the real library is asked in tests/clients."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from hillflow.networks import annotated


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


@given(data=st.data())
def test_nothing_is_lost(graphs, data):
    graph = data.draw(graphs)
    expected = annotated(graph)
    with tempfile.TemporaryDirectory() as folder:
        path, _ = graph.write(Path(folder) / "net.cyjs", "cyjs")
        document = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    nodes = [one["data"] for one in document["elements"]["nodes"]]
    edges = [one["data"] for one in document["elements"]["edges"]]
    ids = [one["id"] for one in (*nodes, *edges)]
    assert len(ids) == len(set(ids))
    assert [one["id"] for one in nodes] == list(graph.genes)
    found = {(one.pop("source"), one.pop("target")): one for one in edges}
    for one in found.values():
        one.pop("id")
    assert found == {(s, t): marks for s, t, marks in expected.edges(data=True)}


def test_style_lies_beside_the_network(graph, prior, tmp_path):
    path, style_path = graph.write(tmp_path / "net.cyjs", "cyjs", prior=prior)
    assert (path.name, style_path.name) == ("net.cyjs", "net.style.json")
    style = {one["selector"]: one["style"] for one in json.loads(style_path.read_text())}
    assert style['edge[interaction = "inhibits"]']["target-arrow-shape"] == "tee"
    assert style["edge[abs_weight]"]["width"] == "mapData(abs_weight, 0.0, 2.0, 1.0, 8.0)"
    assert style['edge[status = "missing"]']["line-style"] == "dotted"
    assert json.loads(path.read_text())["data"]["prior_citation"] == "Someone 2000"
