import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"top": 2}, [("NA", "A&B<c>"), ("7157", "A&B<c>")]),
        ({"confidence": 0.6}, [("NA", "A&B<c>"), ("7157", "A&B<c>"), ("A&B<c>", "7157")]),
        ({"min_weight": 1.5}, [("NA", "A&B<c>")]),
        ({"top_per_target": 1, "self_edges": False}, [("NA", "A&B<c>"), ("A&B<c>", "7157")]),
        ({"top": 2, "confidence": 0.6, "min_weight": 0.6}, [("NA", "A&B<c>"), ("7157", "A&B<c>")]),
    ],
)
def test_every_bound_must_hold(graph, bounds, expected):
    assert pairs(graph.select(**bounds)) == expected


def test_no_edge_past_the_threshold_says_how_far_they_reach(graph):
    with pytest.raises(InputError, match=r"strongest has \|weight\| 2 and the surest .* 0.90"):
        graph.select(confidence=0.95)
    alone = Network.from_matrix(GENES, WEIGHT)
    with pytest.raises(InputError, match="fit an ensemble"):
        alone.select(confidence=0.5)
    with pytest.raises(InputError, match=r"strongest has \|weight\| 2\. Fix"):
        alone.select(min_weight=3)


def test_networkx_gets_plain_values_self_edges_and_lonely_genes(graph):
    found = graph.to_networkx()
    assert set(found) == set(GENES)
    assert found.has_edge("NA", "NA")
    assert found.number_of_edges() == 4
    edge = found.edges["NA", "A&B<c>"]
    assert edge["interaction"] == "inhibits"
    assert edge["name"] == "NA (inhibits) A&B<c>"
    assert edge["abs_weight"] == 2.0
    for *_, attributes in found.edges(data=True):
        assert {type(value) for value in attributes.values()} <= {int, float, str, bool}
    json.dumps(dict(found.edges["NA", "A&B<c>"]), allow_nan=False)


def test_what_is_missing_is_left_out_of_networkx():
    found = Network.from_matrix(GENES, WEIGHT).to_networkx()
    assert "confidence" not in found.edges["NA", "NA"]


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


def test_it_says_what_it_is(graph):
    assert repr(graph) == "Network(4 genes, 4 edges by weight: 2 activate, 2 inhibit)"
    assert math.isclose(graph.edges["weight"].abs().max(), 2.0)
