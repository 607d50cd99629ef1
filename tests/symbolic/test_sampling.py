"""States to read a law at: on the cells, apart from them, and beyond them."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow.errors import InputError
from hillflow.symbolic.sampling import Sampling, split_cells, widened


def test_no_cell_is_both_fitted_and_left_out():
    fitted, held = split_cells(100, Sampling(states=50), np.random.default_rng(0))
    assert len(fitted) == 50
    assert len(held) == 20
    assert not set(fitted) & set(held)


def test_a_handful_of_cells_has_no_range():
    with pytest.raises(InputError, match="at least 10 cells"):
        split_cells(9, Sampling(), np.random.default_rng(0))


def test_drawn_genes_spread_over_the_widened_range_and_the_rest_are_a_cells():
    random = np.random.default_rng(0)
    level = random.uniform(2, 4, 2000)
    x = np.stack([level, level + 1, random.normal(size=2000)], axis=1)
    states, rows = widened(x, np.array([0, 1]), 1.5, 5000, random)
    np.testing.assert_array_equal(states[:, 2], x[rows, 2])
    assert states[:, 0].min() == pytest.approx(1.5, abs=0.05)
    assert states[:, 0].max() == pytest.approx(4.5, abs=0.05)
    assert abs(np.corrcoef(states[:, 0], states[:, 1])[0, 1]) < 0.05
    below, _ = widened(x - 2, np.array([0]), 3.0, 100, random)
    assert below[:, 0].min() >= 0
    free, _ = widened(x - 2, np.array([0]), 3.0, 100, random, positive=False)
    assert free[:, 0].min() < 0


@pytest.mark.parametrize(
    ("options", "match"),
    [({"states": 3}, "at least 10"), ({"widen": 0.5}, "widen=1"), ({"left_out": 1.0}, "share"),
     ({"members": -1}, "0 members")],
)  # fmt: skip
def test_mistakes(options, match):
    with pytest.raises(InputError, match=match):
        Sampling(**options)
