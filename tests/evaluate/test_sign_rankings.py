"""Rankings by sign, and the hubs of a reference, against scikit-learn and plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from hillflow.evaluate import Universe
from hillflow.evaluate.reference_hubs import hub_strength, signed_hub_strength
from hillflow.evaluate.sign_rankings import ACTIVATION, BETWEEN, COLUMNS, REPRESSION, sign_rankings
from hillflow.networks import Network

GENES = [f"G{k}" for k in range(9)]
UNIVERSE = Universe.of_reference(GENES[:5], GENES)


@pytest.fixture(scope="module")
def reference() -> Network:
    """Twenty edges, some of unknown sign and one outside the universe."""
    random = np.random.default_rng(0)
    pairs = UNIVERSE.names(random.choice(len(UNIVERSE), 20, replace=False))
    source, target = (list(ends) for ends in zip(*pairs, strict=True))
    return Network.from_columns(
        [*source, "G8"], [*target, "G0"], sign=[*random.choice([-1, 0, 1], 20), 1]
    )


def test_each_question_is_a_ranking_of_its_own(reference):
    random = np.random.default_rng(1)
    weight = random.normal(size=len(UNIVERSE)).round(1)  # with ties
    number = UNIVERSE.numbers(reference)
    sign = {n: s for n, s in zip(number, reference.sign, strict=True) if n >= 0}
    table = sign_rankings({"mine": weight, "trees": np.abs(weight)}, reference, UNIVERSE)
    assert list(table.columns) == list(COLUMNS)
    assert set(table["ranking"]) == {"mine"}, "importances have no signs"
    judged = [n for n in range(len(UNIVERSE)) if sign.get(n, 1) != 0]
    known = [n for n in judged if n in sign]
    for question, pairs, toward, wanted in (
        (ACTIVATION, judged, 1, 1), (REPRESSION, judged, -1, -1), (BETWEEN, known, 1, 1),
    ):  # fmt: skip
        true = [sign.get(n) == wanted for n in pairs]
        row = table.set_index("sign").loc[question]
        assert row["ap"] == pytest.approx(average_precision_score(true, toward * weight[pairs]))
        assert row["auroc"] == pytest.approx(roc_auc_score(true, toward * weight[pairs]))
        assert (row["edges"], row["pairs"]) == (sum(true), len(pairs))
        assert row["base_rate"] == pytest.approx(np.mean(true))


def test_a_question_without_edges_has_no_row():
    known = Network.from_columns(["G0", "G1"], ["G1", "G2"], sign=[1, 1])
    weight = np.linspace(-1, 1, len(UNIVERSE))
    assert list(sign_rankings({"mine": weight}, known, UNIVERSE)["sign"]) == [ACTIVATION]


def test_hubs_know_all_edges_but_that_of_the_pair(reference):
    number = UNIVERSE.numbers(reference)
    for kept in (number >= 0, (number >= 0) & (reference.sign == 1)):
        edges = set(UNIVERSE.names(number[kept]))
        expected = [
            len({e for e in edges if e[0] == s and e != (s, t)})
            * len({e for e in edges if e[1] == t and e != (s, t)})
            for s, t in UNIVERSE.names(np.arange(len(UNIVERSE)))
        ]
        assert hub_strength(number[kept], UNIVERSE).tolist() == expected
    signed = signed_hub_strength(reference, UNIVERSE)
    up, down = (number[(number >= 0) & (reference.sign == sign)] for sign in (1, -1))
    assert (signed == hub_strength(up, UNIVERSE) - hub_strength(down, UNIVERSE)).all()


def test_an_edge_says_nothing_of_itself():
    """A reference without hubs, one edge for each gene, has no strength anywhere."""
    universe = Universe.ordered_pairs(["A", "B", "C", "D"])
    alone = universe.numbers([("A", "B"), ("C", "D")])
    assert not hub_strength(alone, universe)[alone].any()
