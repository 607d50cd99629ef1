"""Edges in any form as one network: rankings, and what is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hillflow.errors import InputError
from hillflow.networks import Network, as_network

TABLE = pd.DataFrame(
    {"source": ["A", "B", "A"], "target": ["B", "A", "A"], "weight": [1, -2, 0], "note": "x"}
)


def test_a_table_a_matrix_and_a_network_are_the_same_ranking() -> None:
    by_table = as_network(TABLE)
    assert list(by_table.edges) == ["source", "target", "weight", "sign", "confidence"]
    assert by_table.weight.tolist() == [-2.0, 1.0, 0.0]
    assert by_table.sign.tolist() == [-1, 1, 0]
    assert as_network(by_table) is by_table
    matrix = np.array([[0.0, -2.0], [1.0, 0.0]])  # [target, source]
    by_matrix = as_network(matrix, "AB")
    assert by_matrix.matrix().equals(by_table.matrix().loc[["A", "B"], ["A", "B"]])
    assert by_matrix.genes == ("A", "B")


def test_importances_have_no_signs() -> None:
    assert set(as_network(TABLE.assign(weight=TABLE["weight"].abs())).sign) == {0}


def test_of_what_is_known_the_edges_alone_are_taken() -> None:
    known = as_network(TABLE.assign(sign=["+", "-", "0"]), inferred=False)
    assert (known.name, known.pairs()) == ("the reference", [("A", "B"), ("B", "A"), ("A", "A")])
    assert known.sign.tolist() == [1, -1, 0]
    assert as_network(known, inferred=False) is known
    ranked = as_network(TABLE)
    assert as_network(ranked, inferred=False).edges["weight"].tolist() == [-2.0, 1.0]
    doubled = pd.concat([TABLE, TABLE])[["source", "target"]]
    assert len(as_network(doubled, inferred=False)) == 3


def test_a_missing_weight_is_refused_in_a_network_too() -> None:
    broken = Network.from_matrix("AB", np.array([[0.0, np.nan], [1.0, 0.0]]))
    with pytest.raises(InputError, match=r"finite weight.*B → A"):
        as_network(broken)
