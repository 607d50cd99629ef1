"""Differences between batches: as a regression on dummy variables, and refused when unknown."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow.data import Snapshots, without_batches
from hillflow.errors import InputError
from hillflow.findings import collect_findings


def made(populations, batches, x, genes=("A", "B", "C")):
    time = np.asarray(populations) % 3
    conditions = np.where(np.asarray(populations) < 3, "control", "A=ko")
    return Snapshots.from_arrays(x, time, genes, conditions, batch=batches, min_cells=1)


def test_offsets_are_those_of_least_squares_on_dummies():
    random = np.random.default_rng(0)
    population, batch = random.integers(6, size=200), random.integers(4, size=200)
    x = random.normal(9, 1, (200, 3)) + random.normal(0, 2, (4, 3))[batch]
    cells = made(population, batch.astype(str), x)
    design = np.concatenate([np.eye(6)[population], np.eye(4)[batch]], axis=1)
    beta = np.linalg.lstsq(design, x, rcond=None)[0][6:]
    beta -= beta[batch].mean(axis=0)
    np.testing.assert_allclose(without_batches(cells).x, x - beta[batch], atol=1e-8)


def test_a_known_offset_goes_and_populations_stay():
    random = np.random.default_rng(1)
    population = np.repeat(np.arange(6), 40)
    batch = np.where(random.random(240) < 0.3 + 0.1 * population, "b", "a")
    truth = random.normal(6, 1, (240, 3)) + population[:, None]
    x = truth + np.where(batch == "b", 1.5, 0)[:, None]
    mended = without_batches(made(population, batch, x)).x
    difference = mended - truth
    assert np.ptp(difference, axis=0).max() < 0.6  # the offset, but for its sampling error
    assert np.ptp(x - truth, axis=0).min() > 1.4


def test_levels_do_not_go_below_zero_and_are_no_counts_any_more():
    batch = np.tile(["a", "b"], 60)
    x = np.random.default_rng(2).poisson(0.5, (120, 3)) + (batch == "b")[:, None] * 1.0
    cells = made(np.repeat(np.arange(6), 20), batch, x)
    mended = without_batches(cells)
    assert (cells.scale, mended.scale) == ("counts", "unknown")
    assert mended.x.min() >= 0
    assert mended.x.dtype == cells.x.dtype


def test_batches_without_a_common_population_are_refused_or_said():
    x = np.random.default_rng(3).random((120, 3))
    population = np.repeat(np.arange(6), 20)
    with pytest.raises(InputError, match="no two share"):
        without_batches(made(population, np.array(list("abcdef"))[population], x))
    batch = np.where(population < 2, np.tile(["a", "b"], 60), "c")
    x[batch == "c"] += 5
    cells = made(population, batch, x)
    with collect_findings() as said:
        mended = without_batches(cells)
    assert "data.batches-apart" in [one.code for one in said]
    assert np.array_equal(mended.x[batch == "c"], x[batch == "c"])


def test_one_batch_changes_nothing():
    x = np.random.default_rng(4).random((60, 3))
    cells = made(np.repeat(np.arange(6), 10), np.full(60, "a"), x)
    with collect_findings() as said:
        assert without_batches(cells) is cells
    assert [one.code for one in said] == ["data.one-batch"]
    with pytest.raises(InputError, match="a batch for each cell"):
        without_batches(made(np.repeat(np.arange(6), 10), None, x))


def test_a_value_for_each_cell_is_no_batch():
    x = np.random.default_rng(5).random((60, 3))
    cells = made(np.repeat(np.arange(6), 10), np.arange(60).astype(str), x)
    with pytest.raises(InputError, match="batches of 5 cells or more, found 60 batches"):
        without_batches(cells)


def test_cells_without_a_batch_are_refused_where_it_is_named():
    adata = made(np.repeat(np.arange(6), 10), np.full(60, "a"), np.ones((60, 3))).to_anndata()
    adata.X = np.random.default_rng(6).random((60, 3))
    adata.obs["lane"] = np.where(np.arange(60) < 5, None, "a")
    with pytest.raises(InputError, match="5 cells without, in 'lane'"):
        Snapshots.from_anndata(adata, batch="lane")
