"""Signs of shared edges, and an account of those that could not be scored."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from hillflow.evaluate import Universe, network_signs
from hillflow.networks import Network

GENES = tuple("ABCDE")
PAIRS = [(s, t) for s in GENES for t in GENES if s != t]


def network(signs: list[object]) -> Network:
    source, target = zip(*PAIRS[: len(signs)], strict=True)
    return Network.from_columns(source, target, sign=signs)


def table(weights: list[float]) -> pd.DataFrame:
    pairs = [(*pair, weight) for pair, weight in zip(PAIRS, weights, strict=False)]
    return pd.DataFrame(pairs, columns=["source", "target", "weight"])


def test_scored_left_out_and_shuffled() -> None:
    truth = network([1, 1, -1, -1, 1, 0, "both", 1])
    found = network_signs(table([2, -3, -1, -0.1, 5, 1, 1]), truth, Universe.ordered_pairs(GENES))
    assert found.scores is not None
    np.testing.assert_array_equal(found.scores.confusion, [[2, 1], [0, 2]])
    assert (found.unknown, found.unlisted, found.unsigned) == (2, 1, False)
    assert found.low < found.scores.accuracy < found.high
    # of the ten ways to lay two activations and three repressions, three have as many hits
    true = np.array([1, 1, -1, -1, 1])
    every = [(np.array(p) == true).sum() for p in permutations([1, -1, -1, -1, 1])]
    assert found.p == pytest.approx(np.mean(np.array(every) >= 4), abs=0.05)
    assert found.to_json()["edges"] == 5


def test_importances_have_no_signs() -> None:
    truth = network([1, -1, 1])
    found = network_signs(table([1, 2, 3]), truth, Universe.ordered_pairs(GENES))
    assert found.scores is None
    assert found.unsigned
    assert found.to_json()["network_has_signs"] is False


def test_a_reference_without_signs() -> None:
    found = network_signs(table([1, -2]), network([0, 0]), Universe.ordered_pairs(GENES))
    assert (found.scores, found.unknown, found.unsigned) == (None, 2, False)
