"""How much two halves of the cells agree, beside what two random choices would."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow.closed_form.halves import found_again


def test_the_same_weights_are_all_found_again() -> None:
    weights = np.random.default_rng(0).normal(size=(10, 10))
    listed = ~np.eye(10, dtype=bool)
    found = found_again(np.stack([weights, -weights]), listed)  # signs do not count
    assert found == {"edges": 20, "found_again": 1.0, "by_chance": 20 / 90}


def test_unrelated_weights_agree_as_often_as_chance_has_it() -> None:
    random = np.random.default_rng(1)
    listed = np.ones((60, 20), dtype=bool)
    each = [found_again(random.normal(size=(2, 60, 20)), listed) for _ in range(50)]
    assert each[0]["by_chance"] == pytest.approx(120 / 1200)
    assert np.mean([one["found_again"] for one in each]) == pytest.approx(0.1, abs=0.01)


def test_pairs_that_are_not_listed_do_not_count() -> None:
    listed = np.zeros((3, 3), dtype=bool)
    weights = np.arange(18.0).reshape(2, 3, 3)
    assert found_again(weights, listed)["edges"] == 0
    listed[0, 1] = listed[0, 2] = True
    assert found_again(weights, listed) == {"edges": 1, "found_again": 1.0, "by_chance": 0.5}
