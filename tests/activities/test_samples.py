"""Rows for networks of activities: series as they are, means of many populations, else cells."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow.activities import samples
from hillflow.activities.samples import MEANS, MOST_CELLS
from hillflow.data import Snapshots, Trajectories
from hillflow.errors import HillflowWarning, InputError

GENES = ("A", "B")


def snapshots(times: int, each: int = 10, weights: np.ndarray | None = None) -> Snapshots:
    x = np.random.default_rng(0).normal(size=(times * each, 2)) ** 2
    return Snapshots.from_arrays(x, np.repeat(np.arange(times), each), GENES, weights=weights)


def test_means_of_many_populations_by_weight() -> None:
    weights = np.arange(10.0 * MEANS) % 3
    cells = snapshots(MEANS, weights=weights)
    found = samples(cells)
    assert found.what == f"means of {MEANS} populations"
    for k in (0, MEANS - 1):
        rows = slice(10 * k, 10 * k + 10)
        expected = np.average(cells.x[rows], axis=0, weights=weights[rows])
        np.testing.assert_allclose(found.x[k], expected, rtol=1e-6)


def test_cells_of_few_populations_with_a_warning() -> None:
    cells = snapshots(MEANS - 1)
    with pytest.warns(HillflowWarning, match="too few for their means"):
        found = samples(cells)
    np.testing.assert_allclose(found.x, cells.x)


@pytest.mark.filterwarnings("ignore::hillflow.errors.HillflowWarning")
def test_of_many_cells_some_are_drawn_by_the_seed() -> None:
    cells = snapshots(2, MOST_CELLS)
    found = samples(cells, seed=1)
    assert found.x.shape == (MOST_CELLS, 2)
    np.testing.assert_array_equal(found.x, samples(cells, seed=1).x)
    assert (found.x != samples(cells, seed=2).x).any()


def test_series_keep_their_rows() -> None:
    x = np.arange(12.0).reshape(6, 2)
    series = Trajectories.from_rows(x, [0, 1, 2] * 2, GENES, ["a"] * 3 + ["b"] * 3, unit="h")
    found = samples(series)
    np.testing.assert_array_equal(np.sort(found.x, axis=0), x)
    assert found.what == "6 rows of series"


def test_too_few_rows_are_refused() -> None:
    x = np.arange(8.0).reshape(4, 2)
    series = Trajectories.from_rows(x, [0, 1] * 2, GENES, ["a"] * 2 + ["b"] * 2, unit="h")
    with pytest.raises(InputError, match="5 rows or more to correlate, found 4 rows"):
        samples(series)
