"""SIF read back by its rules, and joined with its tables."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hillflow.errors import InputError
from hillflow.networks import Network, annotated


def read_sif(path: Path) -> tuple[list[tuple[str, str, str]], list[str]]:
    """Edges and genes alone; the first line tells whether TABs or spaces separate fields."""
    lines = path.read_bytes().decode().split("\n")
    assert lines.pop() == ""
    separator = "\t" if "\t" in lines[0] else " "
    rows = [line.split(separator) for line in lines]
    edges = [(source, how, target) for source, how, *targets in rows_of(rows, 3)
             for target in targets]  # fmt: skip
    return edges, [row[0] for row in rows_of(rows, 1)]


def rows_of(rows: list[list[str]], width: int) -> list[list[str]]:
    assert {len(row) for row in rows} <= {1, 3}
    return [row for row in rows if len(row) == width]


def read_tsv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream, delimiter="\t", strict=True))


@given(data=st.data())
def test_nothing_is_lost(graphs, data):
    graph = data.draw(graphs)
    assume(len(graph) or not any(" " in gene for gene in graph.genes))
    expected = annotated(graph)
    with tempfile.TemporaryDirectory() as folder:
        sif, nodes, edges = graph.write(Path(folder) / "net.sif", "sif")
        drawn, alone = read_sif(sif)
        node_rows, edge_rows = read_tsv(nodes), read_tsv(edges)
    kinds = {(s, t): marks["interaction"] for s, t, marks in expected.edges(data=True)}
    assert {(source, target): how for source, how, target in drawn} == kinds
    linked = {gene for pair in kinds for gene in pair}
    assert set(alone) == set(graph.genes) - linked
    assert [row["name"] for row in node_rows] == list(graph.genes)
    assert len(edge_rows) == len(kinds)
    for row in edge_rows:
        source, target = row["source"], row["target"]
        assert row["shared name"] == f"{source} ({row['interaction']}) {target}"
        marks = dict(expected.edges[source, target])
        assert marks.pop("name") == row["shared name"]
        filled = {key: text for key, text in row.items() if text != ""}
        for key in ("shared name", "source", "target"):
            filled.pop(key)
        assert {key: type(marks[key])(text) if type(marks[key]) is not bool else text == "True"
                for key, text in filled.items()} == marks  # fmt: skip


def test_the_files_of_a_known_network(graph, tmp_path):
    written = graph.write(tmp_path / "net.sif", "sif")
    assert [path.name for path in written] == ["net.sif", "net.nodes.tsv", "net.edges.tsv"]
    assert written[0].read_text() == (
        "A\tactivates\tB\nA\tactivates\ta&b<c>\nB\tinhibits\tA\nNKX2-5\tactivates\tNKX2-5\n"
        "lone gene\n7157\n"
    )
    first = read_tsv(written[2])[0]
    assert list(first)[:8] == [
        "shared name", "source", "target", "interaction", "weight", "abs_weight", "sign",
        "confidence",
    ]  # fmt: skip


def test_genes_alone_with_spaces_would_be_split_and_are_refused(graph, tmp_path):
    with pytest.raises(InputError, match="without a TAB"):
        Network(("lone gene",), graph.edges.head(0)).write(tmp_path / "net.sif", "sif")
    assert list(tmp_path.iterdir()) == []
