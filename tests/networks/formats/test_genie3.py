"""GENIE3 of R as a known network: importances without signs."""

from __future__ import annotations

from hillflow.networks import read_network


def test_importances_have_no_sign(write) -> None:
    path = write("regulatoryGene,targetGene,weight\nA,B,0.5\nA,C,0.7\n")
    network = read_network(path)
    assert network.pairs() == [("A", "C"), ("A", "B")]
    assert (network.sign.tolist(), network.weight.tolist()) == ([0, 0], [0.7, 0.5])
