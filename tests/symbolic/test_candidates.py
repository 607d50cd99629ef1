"""Candidate regulators: the graph's, those let in, and those that the data alone suggest."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow.errors import GeneNameError
from hillflow.networks import Network
from hillflow.symbolic.candidates import by_importance, candidate_parents, check_candidates


def test_the_graphs_strongest_then_those_let_in():
    weight = np.zeros((3, 3))
    weight[0] = [0.1, -3.0, 2.0]  # into A
    graph = Network.from_matrix("ABC", weight)
    assert candidate_parents(graph, "A", 2) == ("B", "C")
    assert candidate_parents(graph, "A", 1, also=["C", "B"]) == ("B", "C")
    assert candidate_parents(graph, "A", 1, also={"B": ["C"]}) == ("B",)
    assert candidate_parents(graph, "B", 4) == ()
    for wrong in ({"X": ["A"]}, {"A": ["X"]}, ["X"]):
        with pytest.raises(GeneNameError, match="in also=…, found 'X'"):
            check_candidates(1, wrong, "ABC")


def test_importance_finds_what_drives_and_leaves_the_gene_itself_out():
    random = np.random.default_rng(0)
    x = random.uniform(0, 1, (300, 5))
    velocity = np.zeros_like(x)
    velocity[:, 1] = np.where(x[:, 3] > 0.5, 1.0, 0.0) + 0.5 * x[:, 0] - 2 * x[:, 1]
    assert by_importance(x, velocity, 1, 2) == [3, 0]
