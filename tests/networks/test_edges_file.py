"""A saved network comes back as it was, and other files are refused by name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.errors import FileFormatError
from hillflow.networks import Network


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1),
        min_size=1, max_size=4, unique=True,
    ),
    st.integers(0, 2**32 - 1),
    st.booleans(),
)  # fmt: skip
def test_a_saved_graph_reads_back(tmp_path_factory, genes, seed, sure):
    random = np.random.default_rng(seed)
    weight = random.normal(size=(len(genes),) * 2) * random.integers(0, 2, (len(genes),) * 2)
    graph = Network.from_matrix(
        genes, weight, confidence=random.random(weight.shape) if sure else None, jacobian=weight
    )
    path = graph.save(tmp_path_factory.mktemp("graph") / "edges.csv")
    again = Network.load(path, genes)
    pd.testing.assert_frame_equal(again.edges, graph.edges)
    assert set(Network.load(path).genes) == set(genes)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "cannot be read as one"),
        (b"\x89HDF\r\n\x1a\n\xff\xfe", "cannot be read as one"),
        (b'source,target\n"A,B\n', "cannot be read as one"),
        (b"source,target,weight,sign,confidence\nA,B,1,1,\nB,A,high,1,\n", "'high'"),
        (b"TF,target,importance\nA,B,1\n", "none called source"),
    ],
)
def test_what_is_no_table_of_edges_is_told(tmp_path, content, told):
    path = tmp_path / "edges.csv"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=told):
        Network.load(path)


def test_a_false_gzip_file_is_told(tmp_path):
    (tmp_path / "edges.csv.gz").write_text("source,target\nA,B\n")
    with pytest.raises(FileFormatError, match=r"a table of edges.*Not a gzipped file"):
        Network.load(tmp_path / "edges.csv.gz")
