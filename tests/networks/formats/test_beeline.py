"""BEELINE and BoolODE, read by name and written ranked."""

from __future__ import annotations

import pytest

from hillflow.networks import read_network

from ...networks_to_write import signed_edges


@pytest.mark.parametrize(
    "text",
    ["Gene1,Gene2,Type\nA,B,+\nB,A,-\n", "Gene2,Gene1,Type\nB,A,+\nA,B,-\n"],
    ids=["BEELINE", "BoolODE"],
)
def test_beeline_is_read_by_name_not_by_position(write, text: str) -> None:
    assert signed_edges(write(text)) == [("A", "B", 1), ("B", "A", -1)]


def test_beeline_without_type_and_with_edge_weights(write) -> None:
    assert signed_edges(write("Gene1,Gene2\nA,B\n")) == [("A", "B", 0)]
    ranked = read_network(write("Gene1\tGene2\tEdgeWeight\nA\tB\t-0.5\n"))
    assert (ranked.sign.tolist(), ranked.weight.tolist()) == ([-1], [-0.5])
