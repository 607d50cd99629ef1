"""Predictions in the order in which they are worth an experiment."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hillflow.causal.hypotheses import COLUMNS, VERDICTS, hypotheses
from hillflow.interventions import Intervention
from hillflow.networks import Network

RANKING = pd.DataFrame(
    [
        ("A=knockout", 3.0, 2.0, 4.0, 0.01, 0.9),
        ("B=knockout", 2.5, 1.0, 4.0, 0.05, 0.2),
        ("C=knockout", 2.0, 1.0, 3.0, 0.02, 0.8),
        ("D=knockout", 1.0, 0.0, 4.0, 0.60, 0.9),
        ("E=knockout", 0.5, np.nan, np.nan, np.nan, 0.9),
        ("A=knockout,C=knockout", 4.0, 3.0, 5.0, 0.01, 0.9),
        ("B=knockout,D=knockout", 0.0, 0.0, 0.0, 1.0, 0.9),
    ],
    columns=["perturbation", "effect", "low", "high", "fdr", "in_support"],
)


@pytest.fixture
def graph() -> Network:
    edges = pd.DataFrame(
        [("A", "B", 0.9, 1, 0.95), ("A", "C", -0.5, -1, 0.7), ("A", "D", 0.1, 1, 0.3),
         ("A", "E", 0.05, 1, 0.2), ("C", "A", -0.4, -1, 0.6), ("B", "B", 1.0, 1, np.nan),
         ("D", "A", 0.0, 0, 0.1)],
        columns=["source", "target", "weight", "sign", "confidence"],
    )  # fmt: skip
    return Network(tuple("ABCDE"), edges)


def test_what_nobody_has_done_and_members_agree_on_comes_first(graph) -> None:
    table = hypotheses(RANKING, graph, [Intervention.knockout("A")])
    assert list(table.columns) == list(COLUMNS)
    assert table["perturbation"].tolist() == [
        "A=knockout,C=knockout", "C=knockout", "A=knockout", "B=knockout", "E=knockout",
        "D=knockout", "B=knockout,D=knockout",
    ]  # fmt: skip
    assert table["verdict"].tolist() == [VERDICTS[0], *VERDICTS]


def test_the_reason_names_the_strongest_edges_and_says_if_there_is_none(graph) -> None:
    reasons = hypotheses(RANKING, graph).set_index("perturbation")["reason"]
    assert reasons["A=knockout"] == ("activates B (0.95), D (0.30); represses C (0.70); 1 more")
    for gene in "BD":  # an edge to itself, and one of weight 0
        assert reasons[f"{gene}=knockout"] == "no edge in the network leads from it"
    assert reasons["A=knockout,C=knockout"].startswith("A activates B (0.95), D (0.30), E")
    assert set(hypotheses(RANKING, None)["reason"]) == {""}


def test_of_a_law_only_its_own_edges_are_a_reason(graph) -> None:
    own = graph.edges["target"].eq("C")
    edges = graph.edges.assign(in_law=own)
    reasons = hypotheses(RANKING, Network(graph.genes, edges)).set_index("perturbation")["reason"]
    assert reasons["A=knockout"] == "represses C (0.70)"
