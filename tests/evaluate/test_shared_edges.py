"""Edge by edge: matched, missed, novel, given."""

from __future__ import annotations

import pandas as pd

from hillflow.evaluate import Universe
from hillflow.evaluate.shared_edges import cited, shared_edges
from hillflow.networks import Network, as_network

GENES = tuple("ABCD")
REFERENCE = Network.from_columns(
    ["A", "B", "C", "A"], ["B", "C", "D", "A"], sign=[1, -1, 0, 1], evidence=["1;2", "3", "", "4"]
)
INFERRED = as_network(
    pd.DataFrame(
        {
            "source": ["A", "D", "B", "A", "C"],
            "target": ["B", "A", "D", "C", "D"],
            "weight": [0.5, -0.9, 0.3, 0.1, 0.0],
        }
    )
)


def statuses(frame: pd.DataFrame) -> dict[str, tuple[str, float]]:
    return {r.source + r.target: (r.status, r.rank) for r in frame.itertuples()}


def test_as_many_pairs_are_called_as_the_reference_has_edges() -> None:
    found = shared_edges(INFERRED, REFERENCE, Universe.ordered_pairs(GENES))
    by_pair = statuses(found)
    assert by_pair["AB"] == ("matched", 2.0)  # three are called: DA, AB, BD
    assert by_pair["DA"] == ("novel", 1.0)
    assert by_pair["BD"] == ("novel", 3.0)
    for pair in ("BC", "CD"):  # one is not listed, the other has no weight
        assert by_pair[pair][0] == "missed"
        assert pd.isna(by_pair[pair][1])
    assert set(by_pair) == {"AB", "DA", "BD", "BC", "CD"}  # AA is no pair of the universe
    first = found.iloc[0]
    assert (first.status, first.weight, first.reference_sign, first.evidence) == (
        "matched", 0.5, 1, "1;2",
    )  # fmt: skip


def test_what_the_model_was_given_was_not_found() -> None:
    prior = Network.from_columns(["A", "A"], ["B", "C"])
    pairs = [("A", "B"), ("A", "C")]
    universe = Universe.ordered_pairs(GENES).without(pairs, "the prior")
    by_pair = statuses(shared_edges(INFERRED, REFERENCE, universe, prior))
    assert by_pair["AB"][0] == "given"
    assert by_pair["DA"] == ("novel", 1.0)
    assert "AC" not in by_pair  # given, but not in the reference


def test_papers_of_an_edge_in_few_words() -> None:
    assert cited("12;34;56") == "PMID 12, 34 …"
    assert cited("12;34;56", 3) == "PMID 12, 34, 56"
    assert cited("DoRothEA A") == "DoRothEA A"
    assert cited("12;ChIP-seq") == "12, ChIP-seq"
    assert cited("") == ""
