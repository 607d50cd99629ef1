"""Averages of similar cells."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow.data import Snapshots, metacells
from hillflow.errors import InputError, UnsupportedError


def cells(scale: str = "log1p", count: int = 240, **more) -> Snapshots:
    random = np.random.default_rng(0)
    state = random.integers(0, 2, count)
    levels = random.poisson(np.where(state[:, None], [1.0, 9.0, 3.0], [9.0, 1.0, 3.0]))
    x = np.log1p(levels.astype(float)) if scale == "log1p" else levels.astype(float)
    return Snapshots.from_arrays(
        x, np.repeat([0.0, 1.0], count // 2), ("A", "B", "C"),
        np.tile(["control", "A=knockout"], count // 2), scale=scale, **more,
    )  # fmt: skip


def test_the_mean_level_of_each_population_is_kept():
    data = cells(weights=np.random.default_rng(1).uniform(1, 2, 240))
    found = metacells(data, 6)
    assert len(found) == 40
    np.testing.assert_allclose(found.weights.sum(), data.weights.sum())
    for old, new in zip(data.populations(), found.populations(), strict=True):
        assert (old.time, old.condition) == (new.time, new.condition)
        whole = np.average(np.expm1(data.x[old.rows]), axis=0, weights=data.weights[old.rows])
        parts = np.average(np.expm1(found.x[new.rows]), axis=0, weights=found.weights[new.rows])
        np.testing.assert_allclose(parts, whole, rtol=1e-6)


def test_counts_are_added():
    data = cells("counts")
    found = metacells(data, 6)
    np.testing.assert_allclose(found.x.sum(axis=0), data.x.sum(axis=0))
    assert found.scale == "counts"


def test_counting_noise_falls_where_other_genes_tell_the_state():
    random = np.random.default_rng(3)
    state = random.uniform(0.2, 2, (800, 1))  # the level of all forty genes but the first
    levels = np.concatenate([np.full((800, 1), 3.0), np.tile(state, 39)], axis=1)
    x = np.log1p(random.poisson(levels).astype(float))
    names = [f"G{k}" for k in range(40)]
    data = Snapshots.from_arrays(x, np.repeat([0.0, 1.0], 400), names, scale="log1p")
    found = metacells(data, 8)
    noise, less = (np.expm1(one.x[:, 0]).var() for one in (data, found))
    assert less < noise / 2
    raw, seen = (np.corrcoef(one.x[:, 1], one.x[:, 2])[0, 1] for one in (data, found))
    assert raw < 0.25  # of 1 without counting noise
    assert seen > 1.5 * raw


def test_the_same_seed_gives_the_same_metacells_and_batches_are_not_mixed():
    batch = np.repeat(["a", "b"], 120)[np.random.default_rng(2).permutation(240)]
    data = cells(batch=batch)
    one, again = metacells(data, 4, seed=3), metacells(data, 4, seed=3)
    np.testing.assert_array_equal(one.x, again.x)
    for name in ("a", "b"):
        for population in one.populations():
            rows = population.rows[one.batch[population.rows] == name]
            old = data.rows(population.time, population.condition)
            assert abs(len(rows) - (batch[old] == name).sum() / 4) <= 1


def test_one_cell_each_changes_nothing_and_mistakes_are_told():
    data = cells()
    assert metacells(data, 1) is data
    with pytest.raises(InputError, match="one cell or more"):
        metacells(data, 0)
    with pytest.raises(UnsupportedError, match="growth"):
        metacells(cells(growth=np.zeros(240)), 5)
