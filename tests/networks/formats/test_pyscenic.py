"""pySCENIC adjacencies."""

from __future__ import annotations

from hillflow.networks import read_network


def test_pyscenic_importances_have_no_sign(write) -> None:
    path = write("TF\ttarget\timportance\nA\tB\t12.5\nA\tC\t0\n", "adj.tsv")
    network = read_network(path)
    assert (network.sign.tolist(), network.weight.tolist()) == ([0, 0], [12.5, 0])
