"""Edges as people write them: merging, counting, and round trips to tables and graphs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.errors import GeneNameError, InputError
from hillflow.networks import Network, read_network

ODD_NAMES = ("NKX2-5", "HLA-DRA", "7157", "a&b<c>", "S 1", "NA", "nan", "E", 'q"uote', "a,b", "β")
genes = st.one_of(
    st.sampled_from(ODD_NAMES),
    st.text("abcXYZ0-_&<>,;' \"", min_size=1, max_size=6).map(str.strip).filter(bool),
).filter(lambda name: "e+" not in name.casefold())
evidence = st.lists(st.from_regex(r"\A[0-9]{3,8}\Z"), max_size=3).map(";".join)
edges = st.lists(
    st.tuples(
        genes,
        genes,
        st.sampled_from([1, -1, 0, "both"]),
        st.floats(0, 1e6, allow_subnormal=False),
        evidence,
    ),
    min_size=1,
    max_size=12,
)


def build(rows: list[tuple]) -> Network:
    return Network.from_columns(*zip(*rows, strict=True), name="made", organism="human")


@given(edges)
def test_round_trip_by_frame_and_graph(rows: list[tuple]) -> None:
    network = build(rows)
    assert Network.from_frame(network.to_frame(), **network.about) == network
    again = Network.from_networkx(network.to_networkx(), **network.about)
    assert sorted_edges(again).equals(sorted_edges(network))


@given(rows=edges)
def test_round_trip_by_file(rows: list[tuple], tmp_path_factory: pytest.TempPathFactory) -> None:
    network = build(rows)
    path, _ = network.write(tmp_path_factory.mktemp("prior") / "made.csv", "table")
    assert read_network(path, organism="human") == network
    assert Network.load(path) == network


def sorted_edges(network: Network) -> pd.DataFrame:
    """The pairs that are edges, those of a weight that is not 0."""
    names = ("source", "target", "sign", "both", "weight", "evidence")
    table = pd.DataFrame({name: getattr(network, name) for name in names})
    return table[table["weight"] != 0].sort_values(["source", "target"], ignore_index=True)


@given(edges)
def test_merging_against_an_independent_one(rows: list[tuple]) -> None:
    network = build(rows)
    frame = pd.DataFrame(rows, columns=["source", "target", "sign", "weight", "evidence"])
    assert len(network.edges) == len(frame.drop_duplicates(["source", "target"]))
    assert len(network) == (frame.groupby(["source", "target"])["weight"].max() > 0).sum()
    for k in range(len(network.edges)):
        same = frame[(frame.source == network.source[k]) & (frame.target == network.target[k])]
        signs = set(same.sign) - {0}
        expected = 0 if "both" in signs or len(signs) != 1 else signs.pop()
        assert network.sign[k] == expected
        assert network.both[k] == ("both" in set(same.sign) or {1, -1} <= set(same.sign))
        assert network.weight[k] == (-1 if expected == -1 else 1) * same.weight.max()
        found = set(network.evidence[k].split(";")) - {""}
        assert found == set(";".join(same.evidence).split(";")) - {""}


def test_sign_is_taken_from_weight_only_without_a_sign_column() -> None:
    signed = Network.from_columns(["A", "B", "C"], ["B", "C", "A"], weight=[0.5, -2, 0])
    assert signed.source.tolist() == ["B", "A", "C"]  # strongest first
    assert signed.sign.tolist() == [-1, 1, 0]
    assert signed.weight.tolist() == [-2, 0.5, 0]
    assert Network.from_columns(["A"], ["B"]).sign.tolist() == [0]
    with pytest.raises(InputError, match="A → B"):
        Network.from_columns(["A"], ["B"], sign=[1], weight=[-1])


def test_nothing_can_be_changed() -> None:
    network = build([("A", "B", 1, 1, "")])
    with pytest.raises(ValueError, match="read-only"):
        network.sign[0] = -1
    frame = network.to_frame()
    frame.loc[0, "sign"] = -1
    assert network.sign.tolist() == [1]
    with pytest.raises(AttributeError):
        network.name = "other"  # type: ignore[misc]


def test_summary_counts() -> None:
    network = build([("A", "B", 1, 1, ""), ("A", "B", -1, 1, ""), ("A", "A", 0, 1, "")])
    counts = network.summary()
    assert (counts["edges"], counts["regulators"], counts["targets"]) == (2, 1, 2)
    assert (counts["both_signs"], counts["unknown_sign"], counts["self_edges"]) == (1, 1, 1)
    assert network.regulators == ("A",)
    assert network.regulated == ("A", "B")
    assert "2 edges" in repr(network)


@pytest.mark.parametrize("bad", ["", "  ", None, np.nan, 7157])
def test_names_must_be_text(bad: object) -> None:
    with pytest.raises(InputError, match="edge 2"):
        Network.from_columns(["A", bad], ["B", "C"])  # type: ignore[list-item]


def test_mangled_names_are_refused() -> None:
    with pytest.raises(GeneNameError, match="SEPTIN7"):
        Network.from_columns(["7-Sep"], ["B"])


def test_frame_without_the_columns() -> None:
    with pytest.raises(InputError, match="'target' missing"):
        Network.from_frame(pd.DataFrame({"source": ["A"]}))


def test_frame_with_gaps() -> None:
    frame = pd.DataFrame(
        {"source": ["A", "B"], "target": ["B", "C"], "sign": [1, None], "evidence": [None, "12"]}
    )
    network = Network.from_frame(frame)
    assert network.sign.tolist() == [1, 0]
    assert network.evidence.tolist() == ["", "12"]


def test_writing_leaves_no_partial_file(tmp_path: Path) -> None:
    build([("A", "B", 1, 1, "")]).save(tmp_path / "p.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p.about.json", "p.csv"]


def test_other_columns_are_those_of_the_strongest_row() -> None:
    frame = pd.DataFrame(
        {
            "source": ["A", "A", "B"], "target": ["B", "B", "A"], "weight": [1.0, -3.0, 2.0],
            "confidence": [0.1, 0.9, 0.5], "contrast": [1, 2, 3], "size": ["s", "m", "l"],
        }
    )  # fmt: skip
    network = Network.from_frame(frame)
    assert network.pairs() == [("A", "B"), ("B", "A")]
    assert network.edges["confidence"].tolist() == [0.9, 0.5]
    assert network.edges["contrast"].tolist() == [2, 3]
    assert network.edges["size"].tolist() == ["m", "l"]
    assert network.both.tolist() == [True, False]
    assert network.weight.tolist() == [3.0, 2.0]
