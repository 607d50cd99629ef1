"""The strong, the sure, and the part of a network around one gene."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hillflow.errors import GeneNameError, InputError
from hillflow.networks import Network

GENES = ("NA", "A&B<c>", "7157", "with space")
WEIGHT = np.array(  # [target, source]
    [[0.5, 0.0, 0.0, 0.0], [-2.0, 0.0, 1.0, 0.0], [0.0, -0.1, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
)
CONFIDENCE = np.array(
    [[0.5, 0.1, 0.1, 0.1], [0.9, 0.1, 0.7, 0.1], [0.1, 0.6, 0.1, 0.1], [0.1, 0.1, 0.1, 0.1]]
)


@pytest.fixture
def graph():
    return Network.from_matrix(GENES, WEIGHT, confidence=CONFIDENCE, contrast=2 * WEIGHT)


def pairs(graph):
    return list(zip(graph.edges["source"], graph.edges["target"], strict=True))


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"top": 2}, [("NA", "A&B<c>"), ("7157", "A&B<c>")]),
        ({"confidence": 0.6}, [("NA", "A&B<c>"), ("7157", "A&B<c>"), ("A&B<c>", "7157")]),
        ({"min_weight": 1.5}, [("NA", "A&B<c>")]),
        ({"top_per_target": 1, "self_edges": False}, [("NA", "A&B<c>"), ("A&B<c>", "7157")]),
        ({"top": 2, "confidence": 0.6, "min_weight": 0.6}, [("NA", "A&B<c>"), ("7157", "A&B<c>")]),
    ],
)
def test_every_bound_must_hold(graph, bounds, expected):
    assert pairs(graph.select(**bounds)) == expected


def test_no_edge_past_the_threshold_says_how_far_they_reach(graph):
    with pytest.raises(
        InputError, match=r"none of 4; the largest \|weight\| is 2 and the largest confidence 0.90"
    ):
        graph.select(confidence=0.95)
    alone = Network.from_matrix(GENES, WEIGHT)
    with pytest.raises(InputError, match="fit an ensemble"):
        alone.select(confidence=0.5)
    with pytest.raises(InputError, match=r"largest \|weight\| is 2\. Fix"):
        alone.select(min_weight=3)


@pytest.fixture
def chain() -> Network:
    """A → B → C → D, A → D of weight 0, and E alone."""
    rows = [("A", "B", 3.0), ("B", "C", -2.0), ("C", "D", 1.0), ("A", "D", 0.0)]
    edges = pd.DataFrame(rows, columns=["source", "target", "weight"])
    edges["sign"], edges["confidence"] = [1, -1, 1, 0], 0.5
    groups = edges[["source", "target", "weight"]].assign(group="x")
    return Network(tuple("ABCDE"), edges, groups=groups)


def test_radius_one_takes_regulators_and_targets(chain):
    near = chain.neighbourhood("B")
    assert near.genes == ("A", "B", "C")
    assert list(near.edges["target"]) == ["B", "C"]
    assert list(near.groups["target"]) == ["B", "C"]


def test_wider_circles_and_lone_genes(chain):
    assert chain.neighbourhood("A").genes == ("A", "B")  # an edge of weight 0 links nothing
    assert chain.neighbourhood("A", 2).genes == ("A", "B", "C")
    assert chain.neighbourhood("D", 9).genes == ("A", "B", "C", "D")
    assert len(chain.neighbourhood("E")) == 0


def test_mistakes_are_named(chain):
    with pytest.raises(GeneNameError, match="did you mean 'A'"):
        chain.neighbourhood("a")
    with pytest.raises(InputError, match="1 or more"):
        chain.neighbourhood("A", 0)
