"""NDEx's own library reads our CX2."""

from __future__ import annotations

import pytest

from hillflow.networks import annotated

cx2 = pytest.importorskip("ndex2.cx2", reason="ndex2 is not installed: pip install 'ndex2>=3.9'")


def test_ndex2_finds_every_gene_edge_and_style_and_writes_it_back(graph, prior, tmp_path):
    (path,) = graph.write(tmp_path / "net.cx2", "cx2", prior=prior)
    network = cx2.RawCX2NetworkFactory().get_cx2network(str(path))
    expected = annotated(graph, prior)
    assert network.get_name() == "net"
    assert network.get_network_attributes()["prior_citation"] == "Someone & others 2000"
    name_of = {key: node["v"]["name"] for key, node in network.get_nodes().items()}
    assert list(name_of.values()) == list(graph.genes)
    assert all(isinstance(node["x"], float) for node in network.get_nodes().values())
    edges = {
        (name_of[edge["s"]], name_of[edge["t"]]): edge["v"] for edge in network.get_edges().values()
    }
    assert edges == {(s, t): marks for s, t, marks in expected.edges(data=True)}
    kinds = {"weight": "double", "sign": "integer", "status": "string", "color": "string"}
    for attribute, kind in kinds.items():
        assert network.get_declared_type("edges", attribute) == kind
    mapping = network.get_visual_properties()["edgeMapping"]
    assert set(mapping) == {
        "EDGE_TARGET_ARROW_SHAPE", "EDGE_TARGET_ARROW_COLOR", "EDGE_LINE_COLOR", "EDGE_WIDTH",
        "EDGE_OPACITY", "EDGE_LINE_STYLE",
    }  # fmt: skip
    again = cx2.CX2Network()
    again.create_from_raw_cx2(network.to_cx2())
    assert again.get_edges() == network.get_edges()
    assert again.get_nodes() == network.get_nodes()
