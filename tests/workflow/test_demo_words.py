from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from hillflow.evaluate import ValidationSetting, validate
from hillflow.networks import Network
from hillflow.workflow.demo_words import _found, _shares, published_in_words

GENES = ("A", "B", "C")
TRUTH = Network.from_columns(["A", "B"], ["B", "C"], [1, -1])


@pytest.fixture
def network() -> Network:
    """A → B and B ⊣ C are sure, C → A as well; the rest is not, nor is A on itself counted."""
    weight, sure = np.full((3, 3), 0.1), np.full((3, 3), 0.2)
    for source, target, value in (("A", "B", 2.0), ("B", "C", -1.5), ("C", "A", 1.0)):
        place = GENES.index(target), GENES.index(source)
        weight[place], sure[place] = value, 0.9
    sure[0, 0] = 0.9
    return Network.from_matrix(GENES, weight, confidence=sure)


def test_shares_are_named_by_size_and_the_rare_are_not_none():
    labels = np.array(["progenitor"] + ["erythrocyte"] * 100 + ["monocyte"] * 399)
    assert _shares(labels) == "80% monocyte, 20% erythrocyte, <1% progenitor"


def published(*edges: tuple[str, str]) -> Network:
    source, target = zip(*edges, strict=True)
    table = pd.DataFrame({"source": source, "target": target, "sign": 1})
    return Network.from_frame(table, name="trrust-human")


def test_what_trrust_knows_is_counted_among_edges_called_and_true_ones(network):
    known = published(("A", "B"), ("A", "C"), ("C", "A"))
    beside = validate(network, known, setting=ValidationSetting(baselines=(), draws=9))
    said = published_in_words(beside, network, TRUTH, Path("demo/run"))
    assert said.startswith("TRRUST knows 2 of the 3 edges called, and 1 of the 2 true ones;")
    assert beside.scores is not None
    assert f"is {beside.scores.ap:.2f}, where chance has {beside.scores.base_rate:.2f}." in said


def test_without_trrust_the_way_to_it_is_said(network):
    said = published_in_words(None, network, TRUTH, Path("demo/run"))
    assert "`hillflow priors fetch trrust-human`" in said
    assert "`hillflow validate demo/run --against trrust-human`" in said


def test_the_network_stands_beside_chance_and_the_best_simple_guess(network):
    guesses = {"correlation": SimpleNamespace(ap=0.4), "dynamic-tree": SimpleNamespace(ap=0.81)}
    beside = SimpleNamespace(baselines=guesses)
    metrics = {"average_precision": 0.75, "base_rate": 0.24}
    said = _found(network, TRUTH, metrics, beside)  # type: ignore[arg-type]
    assert said == (
        "Found: 2 of the 3 edges called at confidence 0.8 or more are true, 2 of them with the "
        "right sign; over all pairs its average precision is 0.75, where chance has 0.24 and the "
        "best simple guess (dynamic-tree) 0.81."
    )
