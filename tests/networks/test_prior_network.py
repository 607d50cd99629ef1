"""PriorNetwork: merging, counting, immutability, and round trips to tables and graphs."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.errors import GeneNameError, InputError
from hillflow.networks import PriorNetwork, read_prior

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


def build(rows: list[tuple]) -> PriorNetwork:
    return PriorNetwork.from_columns(*zip(*rows, strict=True), name="made", organism="human")


@given(edges)
def test_round_trip_by_frame_and_graph(rows: list[tuple]) -> None:
    network = build(rows)
    assert PriorNetwork.from_frame(network.to_frame(), **network.about) == network
    again = PriorNetwork.from_networkx(network.to_networkx(), **network.about)
    assert sorted_table(again).equals(sorted_table(network))


@given(rows=edges)
def test_round_trip_by_file(rows: list[tuple], tmp_path_factory: pytest.TempPathFactory) -> None:
    network = build(rows)
    path = network.write_csv(tmp_path_factory.mktemp("prior") / "made.csv")
    assert read_prior(path, organism="human") == network


def sorted_table(network: PriorNetwork) -> pd.DataFrame:
    return network.to_frame().sort_values(["source", "target"], ignore_index=True)


@given(edges)
def test_merging_against_an_independent_one(rows: list[tuple]) -> None:
    network = build(rows)
    frame = pd.DataFrame(rows, columns=["source", "target", "sign", "weight", "evidence"])
    assert len(network) == len(frame.drop_duplicates(["source", "target"]))
    for k in range(len(network)):
        same = frame[(frame.source == network.source[k]) & (frame.target == network.target[k])]
        signs = set(same.sign) - {0}
        expected = 0 if "both" in signs or len(signs) != 1 else signs.pop()
        assert network.sign[k] == expected
        assert network.both[k] == ("both" in set(same.sign) or {1, -1} <= set(same.sign))
        assert network.weight[k] == same.weight.max()
        found = set(network.evidence[k].split(";")) - {""}
        assert found == set(";".join(same.evidence).split(";")) - {""}


def test_the_graph_holds_plain_python_values_only() -> None:
    graph = build([("A", "B", "both", 2, "1;2"), ("B", "B", 1, 1, "")]).to_networkx()
    assert isinstance(graph, nx.DiGraph)
    kinds = {type(value) for *_, marks in graph.edges(data=True) for value in marks.values()}
    assert kinds == {int, bool, float, str}
    assert graph["B"]["B"]["interaction"] == "activates"
    assert "\n".join(nx.generate_graphml(graph)).count("<edge ") == 2


def test_graph_attributes_other_people_use() -> None:
    graph = nx.MultiDiGraph([("A", "B", {"interaction": "inhibits"}), ("A", "B", {}), ("C", "A")])
    network = PriorNetwork.from_networkx(graph)
    assert network.sign.tolist() == [-1, 0]
    with pytest.raises(InputError, match="DiGraph"):
        PriorNetwork.from_networkx(nx.Graph([("A", "B")]))


def test_sign_is_taken_from_weight_only_without_a_sign_column() -> None:
    signed = PriorNetwork.from_columns(["A", "B", "C"], ["B", "C", "A"], weight=[0.5, -2, 0])
    assert signed.sign.tolist() == [1, -1, 0]
    assert signed.weight.tolist() == [0.5, 2, 0]
    assert PriorNetwork.from_columns(["A"], ["B"]).sign.tolist() == [0]
    with pytest.raises(InputError, match="A → B"):
        PriorNetwork.from_columns(["A"], ["B"], sign=[1], weight=[-1])


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
    assert network.targets == ("A", "B")
    assert "2 edges" in repr(network)


@pytest.mark.parametrize("bad", ["", "  ", None, np.nan, 7157])
def test_names_must_be_text(bad: object) -> None:
    with pytest.raises(InputError, match="edge 2"):
        PriorNetwork.from_columns(["A", bad], ["B", "C"])  # type: ignore[list-item]


def test_mangled_names_are_refused() -> None:
    with pytest.raises(GeneNameError, match="SEPTIN7"):
        PriorNetwork.from_columns(["7-Sep"], ["B"])


def test_frame_without_the_columns() -> None:
    with pytest.raises(InputError, match="'target' missing"):
        PriorNetwork.from_frame(pd.DataFrame({"source": ["A"]}))


def test_frame_with_gaps() -> None:
    frame = pd.DataFrame(
        {"source": ["A", "B"], "target": ["B", "C"], "sign": [1, None], "evidence": [None, "12"]}
    )
    network = PriorNetwork.from_frame(frame)
    assert network.sign.tolist() == [1, 0]
    assert network.evidence.tolist() == ["", "12"]


def test_writing_leaves_no_partial_file(tmp_path: Path) -> None:
    build([("A", "B", 1, 1, "")]).write_csv(tmp_path / "p.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["p.csv"]
