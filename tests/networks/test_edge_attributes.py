"""Attributes of edges as columns: signs by number or by word, and what is not an edge."""

from __future__ import annotations

from hillflow.networks.edge_attributes import frame_of_attributes


def test_a_sign_goes_before_an_interaction_and_unknown_words_say_nothing() -> None:
    table = frame_of_attributes(
        [
            ("A", "B", {"sign": -1, "interaction": "activates", "weight": -2.0}),
            ("B", "C", {"interaction": "inhibits", "evidence": "1;2"}),
            ("C", "A", {"interaction": "pp"}),
            ("A", "C", {"status": "missing", "interaction": "activates"}),
        ]
    )
    assert table["source"].tolist() == ["A", "B", "C"]
    assert table["sign"].tolist() == [-1, "inhibits", ""]
    assert table["weight"].tolist() == [-2.0, "", ""]
    assert table["evidence"].tolist() == ["", "1;2", ""]


def test_without_attributes_there_are_two_columns() -> None:
    assert list(frame_of_attributes([("A", "B", {})])) == ["source", "target"]
    assert frame_of_attributes([]).empty
