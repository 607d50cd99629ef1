"""What no format may be given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hillflow.errors import FileFormatError, GeneNameError, InputError
from hillflow.networks import Network
from hillflow.networks.checks import check_names, check_writable, writable


@pytest.mark.parametrize("name", ["", " A", "A\t", "A\tB", "A\nB", "A\x00", "A\ufffeB", "A\u2028B"])
def test_names_that_a_file_would_change_are_refused(name):
    with pytest.raises(GeneNameError, match="rename"):
        check_names(["GATA1", name])


def test_ordinary_names_pass():
    check_names(["NKX2-5", "two words", "a&b<c>", "é", "\N{NO-BREAK SPACE}".join("ab")])


def test_doubled_pairs_and_weights_that_are_no_numbers_are_refused(graph):
    doubled = pd.concat([graph.edges, graph.edges.head(1)], ignore_index=True)
    with pytest.raises(FileFormatError, match="A → B"):
        check_writable(graph.genes, doubled)
    with pytest.raises(FileFormatError, match="A → B"):
        Network(graph.genes, doubled)
    broken = graph.edges.assign(weight=graph.edges["weight"].replace(2.0, np.nan))
    with pytest.raises(InputError, match="A → B"):
        check_writable(graph.genes, Network(graph.genes, broken).edges)
    check_writable(graph.genes, graph.edges)


def test_whole_weights_go_out_as_numbers_with_a_point(graph):
    whole = graph.edges.assign(weight=graph.edges["weight"].astype(int), sign=graph.edges["sign"])
    weights = Network(graph.genes, whole[whole["weight"] != 0]).edges["weight"]
    assert weights.dtype == float
    assert list(weights) == list(whole["weight"][whole["weight"] != 0])


def test_text_becomes_writable():
    assert writable("a\tb\x01\ufffec & é") == "a b  c & é"
