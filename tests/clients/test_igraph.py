"""igraph reads our GraphML."""

from __future__ import annotations

import math

import pytest

from hillflow.networks import annotated

igraph = pytest.importorskip("igraph", reason="igraph is not installed: pip install igraph")


def test_igraph_finds_every_gene_edge_and_number(graph, prior, tmp_path):
    (path,) = graph.write(tmp_path / "net.graphml", "graphml", prior=prior)
    found = igraph.Graph.Read_GraphML(str(path))
    expected = annotated(graph, prior)
    assert found.is_directed()
    assert found.vs["name"] == list(graph.genes)  # its "id" keeps an & escaped
    assert found.ecount() == expected.number_of_edges()
    for edge in found.es:
        marks = expected.edges[found.vs[edge.source]["name"], found.vs[edge.target]["name"]]
        seen = {
            key: value
            for key, value in edge.attributes().items()
            if value not in ("", None) and not (isinstance(value, float) and math.isnan(value))
        }
        assert seen == marks
