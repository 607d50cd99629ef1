"""One way in and one way out: the functions and the methods of a network are the same."""

from __future__ import annotations

import pytest

from hillflow.errors import InputError
from hillflow.networks import Network, read_network, write_network


def test_functions_and_methods_agree(graph, prior, tmp_path):
    (path,) = write_network(graph, tmp_path / "net.cx2", "cx2", prior=prior)
    (other,) = graph.write(tmp_path / "same.cx2", "cx2", prior=prior)
    assert other.read_text() == path.read_text().replace('"net"', '"same"')
    (table,) = write_network(graph, tmp_path / "net.csv", "decoupler")
    read = read_network(table, inferred=True, organism="human", licence="CC0")
    assert read == Network.read(table, inferred=True, organism="human", licence="CC0")
    assert read.about == {"name": "net", "organism": "human", "licence": "CC0"}


def test_what_a_format_cannot_do_is_told_before_anything_is_written(graph, prior, tmp_path):
    with pytest.raises(InputError, match=r"a format that can be written .*'pyscenic'"):
        graph.write(tmp_path / "net.tsv", "trrust")
    with pytest.raises(InputError, match=r"that shows a prior .*leave prior"):
        graph.write(tmp_path / "net.csv", "decoupler", prior=prior)
    with pytest.raises(InputError, match="did you mean 'graphml'"):
        graph.write(tmp_path / "net.graphml", "graphm")
    with pytest.raises(InputError, match=r"ends in \.csv"):
        graph.write(tmp_path / "net.txt", "decoupler")
    graph.edges.loc[0, "weight"] = float("nan")
    with pytest.raises(InputError, match="finite weight"):
        graph.write(tmp_path / "net.csv", "decoupler")
    assert list(tmp_path.iterdir()) == []
