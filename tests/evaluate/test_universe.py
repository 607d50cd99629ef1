"""Which pairs are scored: declared, counted and named."""

from __future__ import annotations

import pandas as pd
import pytest

from hillflow.errors import GeneNameError
from hillflow.evaluate import Universe
from hillflow.networks import Network

GENES = ("A", "B", "C")


def test_ordered_pairs_leave_self_pairs_apart() -> None:
    universe = Universe.ordered_pairs(GENES)
    assert len(universe) == 6
    expected = [(a, b) for a in GENES for b in GENES if a != b]
    assert universe.names(universe.numbers(expected)) == expected
    assert (universe.numbers([("A", "A"), ("A", "X"), ("X", "A")]) == -1).all()
    alone = universe.self_pairs()
    assert alone.names(alone.numbers([("B", "B")])) == [("B", "B")]
    assert len(alone) == 3


@pytest.mark.parametrize("kind", ["network", "table", "names"])
def test_regulators_of_a_reference_by_the_panel(kind: str) -> None:
    # X is not measured, and neither is the only target of C
    table = pd.DataFrame({"source": ["A", "X", "C"], "target": ["B", "A", "Y"]})
    reference = {
        "network": Network.from_columns(table["source"], table["target"]),
        "table": table,
        "names": ["A", "X"],
    }[kind]
    universe = Universe.of_reference(reference, GENES)
    assert universe.sources == ("A",)
    assert universe.targets == GENES
    assert universe.names(universe.numbers([("A", "B"), ("A", "C")])) == [("A", "B"), ("A", "C")]
    assert len(universe) == 2
    assert "1 regulators" in str(universe)


def test_listed_pairs_alone() -> None:
    universe = Universe.of_pairs([("R", "A"), ("R", "B"), ("S", "B"), ("S", "S"), ("R", "A")])
    assert len(universe) == 3
    assert universe.numbers([("S", "A")]) == -1
    pairs = [("R", "A"), ("R", "B"), ("S", "B")]
    assert universe.names(universe.numbers(pairs)) == pairs


def test_without_some_pairs() -> None:
    universe = Universe.ordered_pairs(GENES)
    fewer = universe.without([("A", "B"), ("A", "A"), ("X", "B")], "the edges of the prior")
    assert (len(universe), len(fewer)) == (6, 5)
    assert fewer.numbers([("A", "B")]) == -1
    assert fewer.description.endswith("without the edges of the prior")


def test_a_reference_of_other_genes_is_refused() -> None:
    with pytest.raises(GeneNameError, match="regulators of the reference"):
        Universe.of_reference(["gata1"], ("GATA1", "SPI1"))
