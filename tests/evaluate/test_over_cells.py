"""The interval over cells: Student's prediction interval of the members' own scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from hillflow.evaluate import OverCells, Universe, network_scores, network_signs
from hillflow.evaluate.over_cells import Spread, over_cells
from hillflow.networks import Network

GENES = tuple("ABCDEF")
PAIRS = [(s, t) for s in GENES for t in GENES if s != t]
UNIVERSE = Universe.ordered_pairs(GENES)
REFERENCE = Network.from_columns(
    ["A", "A", "B", "C", "E"], ["B", "C", "C", "D", "F"], sign=[1, -1, 1, 0, 1]
)


def tables(count: int, *, signed: bool = True) -> list[pd.DataFrame]:
    random = np.random.default_rng(0)
    source, target = zip(*PAIRS, strict=True)
    drawn = random.normal(size=(count, len(PAIRS)))
    weights = drawn if signed else np.abs(drawn)
    return [pd.DataFrame({"source": source, "target": target, "weight": w}) for w in weights]


def test_every_score_of_every_refit_and_no_other() -> None:
    refits = tables(4)
    found = over_cells(refits, REFERENCE, UNIVERSE).scores
    scores = [network_scores(one, REFERENCE, UNIVERSE) for one in refits]
    signs = [network_signs(one, REFERENCE, UNIVERSE).scores for one in refits]
    assert found["ap"].values == tuple(one.ap for one in scores)
    assert found["auroc"].values == tuple(one.auroc for one in scores)
    assert found["sign_mcc"].values == tuple(one.mcc for one in signs if one is not None)
    base = scores[0].base_rate
    np.testing.assert_allclose(found["ap_over_base"].values, np.divide(found["ap"].values, base))
    assert all(one.low <= one.mean <= one.high for one in found.values())


def test_the_interval_holds_a_further_score_as_often_as_it_says() -> None:
    random, held = np.random.default_rng(0), 0
    for _ in range(2000):
        *known, new = random.normal(0.5, 0.02, size=5)
        one = Spread.of(known)
        held += one.low <= new <= one.high
    assert held / 2000 == pytest.approx(0.95, abs=0.015)
    width = stats.t.ppf(0.975, 3) * np.std(known, ddof=1) * np.sqrt(1.25)
    assert one.high - one.low == pytest.approx(2 * width)


def test_it_stays_within_what_a_score_can_be() -> None:
    one = Spread.of([0.1, 0.9, 0.5])
    assert (one.low, one.high) == (0.0, 1.0)
    assert Spread.of([-0.9, 0.9, 0.0], -1.0).low == -1.0
    assert Spread.of([0.3, 0.3, 0.3]) == Spread((0.3, 0.3, 0.3), 0.3, 0.3, 0.3)


def test_without_signs_there_is_no_interval_of_signs() -> None:
    found = over_cells(tables(3, signed=False), REFERENCE, UNIVERSE)
    assert set(found.scores) == {"ap", "ap_over_base", "auroc"}
    assert "signs" not in found.text()
    assert "times the base rate" in found.text()


def test_two_refits_are_too_few() -> None:
    found = over_cells(tables(2), REFERENCE, UNIVERSE)
    assert found.scores == {}
    assert "2 refits are too few" in found.description
    assert "--ensemble 10" in found.description
    assert found.text() == ""


def test_json() -> None:
    found = over_cells(tables(3), REFERENCE, UNIVERSE)
    read = found.to_json()
    one = found.scores["ap"]
    assert read["scores"]["ap"]["interval"] == [one.low, one.high]
    assert read["scores"]["ap"]["values"] == list(one.values)
    assert read["words"] == found.description
    assert OverCells("none").to_json() == {"words": "none", "scores": {}}
