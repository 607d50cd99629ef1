"""Shares of the weight by regulator, against sums by hand."""

from __future__ import annotations

import numpy as np

from hillflow.networks import Network
from hillflow.networks.drivers import drivers


def test_shares_are_sums_of_weights_between_genes():
    weight = np.array([[5.0, 0, -1], [2, 0, 0], [-3, 0, 0]])  # [target, source]; A acts on itself
    sure = np.full((3, 3), np.nan)
    sure[1, 0], sure[2, 0], sure[0, 2] = 0.8, 0.79, 0.95
    table = drivers(Network.from_matrix(("A", "B", "C"), weight, confidence=sure))
    assert table["regulator"].tolist() == ["A", "C"]  # B acts on nobody
    np.testing.assert_allclose(table["share"], [5 / 6, 1 / 6])
    np.testing.assert_allclose(table["certain"], [2 / 6, 1 / 6])
    assert table["targets"].tolist() == [2, 1]
    assert table["certain_targets"].tolist() == [1, 1]


def test_a_network_of_loops_has_no_driver():
    assert drivers(Network.from_matrix(("A", "B"), np.eye(2))).empty
