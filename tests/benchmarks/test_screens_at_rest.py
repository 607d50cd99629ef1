"""Screens at rest: pairs are left out together, and scored by every method."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.screens_at_rest import (
    NONE,
    SUM,
    beyond_the_sum,
    pairs_of_singles,
    scored,
    simulated,
)
from benchmarks.table import Table

from benchmarks import screens_at_rest

pytestmark = pytest.mark.filterwarnings("ignore::hillflow.errors.HillflowWarning")


@pytest.fixture(scope="module")
def cells():
    return simulated(quick=True, seed=0)


def test_the_screen_rests_and_its_pairs_are_scored(cells) -> None:
    assert cells.at_rest
    pairs = pairs_of_singles(cells)
    assert len(pairs) == 3
    scores = scored(cells, pairs, 0.005, 0)
    table = Table()
    mean = screens_at_rest.add(table, "simulated", scores)
    assert len(table.rows) == 3 * 5 + 5
    pair, *alone = pairs[0], *(type(pairs[0])((action,)) for action in pairs[0])
    kept = np.array([gene not in pair.genes for gene in cells.genes])
    means = [cells.x[cells.rows(None, one)].mean(0, dtype=float)[kept]
             for one in (pair, *alone, "control")]  # fmt: skip
    guess = np.maximum(means[1] + means[2] - means[3], 0)
    assert scores[0]["methods"][SUM]["mae"] == pytest.approx(np.abs(guess - means[0]).mean())
    assert scores[0]["methods"][NONE]["r"] == 0
    assert mean[SUM] < mean[NONE]


def test_a_pair_beyond_the_sum_is_told_from_an_additive_one(cells) -> None:
    control = cells.condition_index("control")
    assert cells.conditions[control].is_control
    everything = np.ones(len(cells.genes), dtype=bool)
    same = [cells.conditions[control]] * 4
    assert beyond_the_sum(cells, same, everything) == 0
