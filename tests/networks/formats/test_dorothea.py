"""DoRothEA and its levels of confidence."""

from __future__ import annotations

from hillflow.networks import read_network

from ...networks_to_write import signed_edges


def test_dorothea_and_its_levels(write) -> None:
    path = write("tf,confidence,target,mor\nMYC,A,TERT,1\nMYC,D,BAX,-1\n")
    assert signed_edges(path) == [("MYC", "TERT", 1), ("MYC", "BAX", -1)]
    assert signed_edges(path, where={"confidence": ["A", "B", "C"]}) == [("MYC", "TERT", 1)]
    assert read_network(path).evidence.tolist() == ["DoRothEA A", "DoRothEA D"]
