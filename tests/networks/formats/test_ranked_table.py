"""Tables for decoupler, pySCENIC, CellOracle and BEELINE."""

from __future__ import annotations

import csv
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.errors import FileFormatError, InputError
from hillflow.networks import decoupler_network


def read(path: Path, separator: str) -> list[tuple[str, ...]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return [tuple(row) for row in csv.reader(stream, delimiter=separator, strict=True)]


@given(data=st.data())
def test_nothing_is_lost(graphs, data):
    graph = data.draw(graphs)
    rows = list(graph.edges[["source", "target", "weight"]].itertuples(index=False, name=None))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (decoupler,) = graph.write(folder / "net.csv", "decoupler")
        (beeline,) = graph.write(folder / "rankedEdges.csv", "beeline")
        adjacencies, regulators = graph.write(folder / "adj.tsv", "pyscenic")
        (celloracle,) = graph.write(folder / "tfs.json", "celloracle")
        header, *body = read(decoupler, ",")
        assert header == ("source", "target", "weight")
        assert [(s, t, float(w)) for s, t, w in body] == rows
        header, *body = read(beeline, "\t")
        assert header == ("Gene1", "Gene2", "EdgeWeight")
        assert [(s, t, float(w)) for s, t, w in body] == rows
        header, *body = read(adjacencies, "\t")
        assert header == ("TF", "target", "importance")
        assert [(s, t, float(w)) for s, t, w in body] == [(s, t, abs(w)) for s, t, w in rows]
        listed = regulators.read_bytes().decode().split("\n")[:-1]
        assert listed == list(dict.fromkeys(row[0] for row in rows))
        parents = json.loads(celloracle.read_text(encoding="utf-8"))
    assert parents == {gene: graph.parents(gene) for gene in graph.genes if graph.parents(gene)}


def test_edges_of_weight_zero_and_doubled_ones_do_not_go_out(graph):
    assert len(decoupler_network(graph)) == 4 < len(graph.edges)
    graph.edges.loc[1, ["source", "target"]] = ["A", "B"]
    with pytest.raises(FileFormatError, match="A → B"):
        decoupler_network(graph)


def test_unranked_tables_go_out_ranked(graph):
    graph.edges.sort_values("weight", inplace=True)
    assert list(decoupler_network(graph)["weight"]) == [2.0, -1.0, 0.5, 0.25]


def test_pyscenic_separates_by_the_name_of_the_file(graph, tmp_path):
    adjacencies, regulators = graph.write(tmp_path / "adj.csv", "pyscenic")
    assert adjacencies.read_text().startswith("TF,target,importance\nA,B,2.0\nB,A,1.0\n")
    assert regulators.read_text() == "A\nB\nNKX2-5\n"
    with pytest.raises(InputError, match=r"\.tsv"):
        graph.write(tmp_path / "adj.txt", "pyscenic")
