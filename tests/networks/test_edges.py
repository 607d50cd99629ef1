"""What holds of every table of edges, and how a table that breaks it is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hillflow.errors import FileFormatError, GeneNameError
from hillflow.networks import Network
from hillflow.networks.edges import COLUMNS, checked_edges

TABLE = pd.DataFrame(
    {
        "jacobian": [1.0, 2.0, 3.0],
        "source": ["A", "B", "A"],
        "target": ["B", "C", "C"],
        "sign": [1, -1, 0],
        "weight": [1, -3, 2],
        "confidence": [None, None, None],
    }
)


def test_columns_come_in_order_with_numbers_as_numbers_and_the_strongest_first() -> None:
    edges = checked_edges(TABLE, "ABC")
    assert list(edges) == [*COLUMNS, "jacobian"]
    assert edges["weight"].tolist() == [-3.0, 2.0, 1.0]
    assert edges["weight"].dtype == edges["confidence"].dtype == np.float64
    assert edges["sign"].dtype == np.int64
    assert edges.index.tolist() == [0, 1, 2]
    assert list(TABLE["weight"]) == [1, -3, 2]  # what was given is left as it is


def test_edges_of_equal_weight_keep_their_order_and_missing_weights_come_last() -> None:
    table = pd.DataFrame(
        {
            "source": list("AAABB"), "target": list("BCDCD"),
            "weight": [1.0, np.nan, -1.0, 2.0, 1.0], "sign": [1, 1, -1, 1, 0], "confidence": 0.5,
        }
    )  # fmt: skip
    assert checked_edges(table, "ABCD")["target"].tolist() == ["C", "B", "D", "D", "C"]


def test_columns_without_a_word_are_left_out() -> None:
    edges = checked_edges(TABLE.assign(both=False, evidence=["", "", ""]), "ABC")
    assert list(edges) == [*COLUMNS, "jacobian"]
    edges = checked_edges(TABLE.assign(both=[True, False, False], evidence=["", "1", ""]), "ABC")
    assert list(edges) == [*COLUMNS, "jacobian", "both", "evidence"]


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"source": ["A", "B", "X"]}, GeneNameError, "'X'"),
        ({"source": ["A", "B", "B"]}, FileFormatError, "the first B → C"),
        ({"sign": [1, -1, 2]}, FileFormatError, "A → C with sign 2"),
        ({"sign": [1, -1, None]}, FileFormatError, "sign nan"),
        ({"sign": [1, 1, 0]}, FileFormatError, "B → C with sign 1 and weight -3"),
        ({"sign": [1, 0, 0]}, FileFormatError, "B → C with sign 0 and weight -3"),
        ({"sign": [-1, -1, 0]}, FileFormatError, "A → B with sign -1 and weight 1"),
        ({"weight": [1, "high", 2]}, FileFormatError, "the column weight of the edges.*'high'"),
        ({"confidence": ["A", "B", "C"]}, FileFormatError, "the column confidence"),
    ],
)
def test_what_cannot_be_is_refused(changed: dict, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        Network(tuple("ABC"), TABLE.assign(**changed))


def test_a_missing_weight_is_no_contradiction() -> None:
    edges = checked_edges(TABLE.assign(weight=[np.nan, -3, 0]), "ABC")
    assert edges["sign"].tolist() == [-1, 0, 1]
