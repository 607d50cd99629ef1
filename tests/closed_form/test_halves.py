"""How much two halves of the cells agree, beside what two random choices would."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow.closed_form import closed_form_network, halves
from hillflow.closed_form.halves import LEAST, found_again, split_in_halves
from hillflow.data import Snapshots, Trajectories


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


def cells(each: int, seed: int = 0, genes: int = 3) -> Snapshots:
    """Cells at three times that differ by chance alone."""
    x = np.random.default_rng(seed).uniform(1, 2, size=(3 * each, genes))
    return Snapshots.from_arrays(
        x, np.repeat([0.0, 1, 2], each), [f"G{k}" for k in range(genes)], min_cells=1
    )


def test_halves_share_no_cell_and_have_half_of_every_population() -> None:
    data = cells(21)
    one, other = split_in_halves(data)
    assert not {row.tobytes() for row in one.x} & {row.tobytes() for row in other.x}
    for half, each in ((one, 11), (other, 10)):
        assert [len(p) for p in half.populations()] == [each] * 3
    again, _ = split_in_halves(data)
    np.testing.assert_array_equal(one.x, again.x)
    assert (split_in_halves(data, seed=1)[0].x != one.x).any()


def test_of_many_cells_a_sample_is_enough(monkeypatch) -> None:
    monkeypatch.setattr(halves, "MOST", 60)
    assert [len(half) for half in split_in_halves(cells(400))] == [60, 60]


def test_small_populations_and_few_series_cannot_be_parted() -> None:
    assert split_in_halves(cells(2 * LEAST - 1)) is None
    assert "halves" not in closed_form_network(cells(2 * LEAST - 1), bootstraps=2).about
    x, names = np.random.default_rng(0).random((12, 4, 2)), [f"s{k}" for k in range(12)]
    series = Trajectories.from_arrays(x, [0.0, 1, 2, 3], ("A", "B"), names)
    one, other = split_in_halves(series)
    assert sorted((*one.names, *other.names)) == sorted(names)
    assert split_in_halves(series.take(names[:9])) is None


def test_cells_that_differ_by_chance_name_other_edges_in_each_half() -> None:
    found = closed_form_network(cells(200, genes=40), bootstraps=2).about["halves"]
    assert found["found_again"] < found["by_chance"] + 0.1
