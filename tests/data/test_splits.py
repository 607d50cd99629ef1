from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hillflow.data import (
    LinearBasis,
    Snapshots,
    Trajectories,
    leave_out_cells,
    leave_out_condition,
    leave_out_series,
    leave_out_time,
    normalize,
    select_variable_genes,
)
from hillflow.errors import InputError, TimeError
from hillflow.interventions import Intervention

SPLITS = {
    "time": lambda data: leave_out_time(data, 1.0),
    "condition": lambda data: leave_out_condition(data, "GATA1"),
    "cells": lambda data: leave_out_cells(data, 0.25, seed=3),
}


@pytest.fixture(params=SPLITS)
def split(request):
    return SPLITS[request.param]


def test_every_cell_is_on_one_side(snapshots, split):
    parts = split(snapshots)
    names = [*parts.train.cells, *parts.left_out.cells]
    assert sorted(names) == sorted(snapshots.cells)
    place = {name: row for row, name in enumerate(snapshots.cells)}
    for part in (parts.train, parts.left_out):
        rows = [place[name] for name in part.cells]
        np.testing.assert_array_equal(part.x, snapshots.x[rows])
        np.testing.assert_array_equal(part.time, snapshots.time[rows])
        assert [part.conditions[k] for k in part.condition] == [
            snapshots.conditions[snapshots.condition[row]] for row in rows
        ]


@pytest.mark.parametrize("whiten", [False, True])
def test_left_out_cells_shape_nothing(snapshots, split, whiten):
    held = np.isin(snapshots.cells, split(snapshots).left_out.cells)
    # keep each cell's own total, so that whatever changes came from another cell
    poisoned = snapshots.x.copy()
    poisoned[held] = 1e6 * np.random.default_rng(9).random(poisoned[held].shape)
    clean = normalize(snapshots)
    dirty = normalize(replace(snapshots, x=poisoned))

    first = split(clean.with_basis(4, whiten))
    second = split(dirty.with_basis(4, whiten))
    assert not np.array_equal(first.left_out.x, second.left_out.x)
    for name in ("mean", "components", "scale", "explained"):
        left, right = (getattr(parts.train.basis, name) for parts in (first, second))
        assert left.tobytes() == right.tobytes()
    assert first.train.x.tobytes() == second.train.x.tobytes()
    chosen = select_variable_genes(first.train, 3).genes
    assert chosen == select_variable_genes(second.train, 3).genes


def test_the_whole_is_not_mistaken_for_the_training_cells(snapshots):
    # the counterpart: on all cells, the same poison does change basis and genes
    data = normalize(snapshots)
    poisoned = data.x.copy()
    poisoned[data.time == 1.0, 3] *= 5
    dirty = replace(data, x=poisoned)
    assert not np.allclose(
        data.with_basis(4).basis.components, dirty.with_basis(4).basis.components
    )
    assert select_variable_genes(data, 1).genes != select_variable_genes(dirty, 1).genes


@pytest.mark.parametrize("whiten", [False, True])
def test_the_training_basis_is_refitted_and_lent(snapshots, split, whiten):
    parts = split(snapshots.with_basis(4, whiten))
    expected = LinearBasis.fit(parts.train.x, 4, whiten)
    np.testing.assert_array_equal(parts.train.basis.components, expected.components)
    np.testing.assert_array_equal(parts.train.basis.scale, expected.scale)
    assert parts.left_out.basis is parts.train.basis


def test_without_a_basis_there_is_none(snapshots, split):
    parts = split(snapshots)
    assert parts.train.basis is None
    assert parts.left_out.basis is None


def test_the_identity_stays_the_identity(snapshots, split):
    parts = split(replace(snapshots, basis=LinearBasis.identity(6)))
    np.testing.assert_array_equal(parts.left_out.states(), parts.left_out.x)


def test_leave_out_time(snapshots):
    parts = leave_out_time(snapshots, 1.0)
    assert list(parts.train.times) == [0, 2]
    assert list(parts.left_out.times) == [1]
    assert len(parts.left_out.conditions) == 2


def test_leave_out_time_refuses(snapshots, refused):
    with refused(TimeError, "two times to train on", "3 times with 2 left out", "fewer times"):
        leave_out_time(snapshots, 0, 1)
    with refused(InputError, "one of the times 0 d, 1 d, 2 d", "3 d", "a measured time"):
        leave_out_time(snapshots, 3)
    with refused(InputError, "something to leave out", "no cell", "name a time"):
        leave_out_time(snapshots)


def test_leave_out_condition(snapshots, refused):
    parts = leave_out_condition(snapshots, Intervention.knockout("GATA1"))
    assert parts.train.conditions == (Intervention.control(),)
    assert parts.left_out.conditions == (Intervention.knockout("GATA1"),)
    with refused(InputError, "a condition of the data", "'SPI1=knockout'", "GATA1=knockout"):
        leave_out_condition(snapshots, "SPI1")
    with refused(InputError, "a condition to train on", "none left", "fewer conditions"):
        leave_out_condition(snapshots, "control", "GATA1")


def test_leave_out_cells_by_seed(snapshots):
    first, again, other = (leave_out_cells(snapshots, 0.25, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.left_out.cells, again.left_out.cells)
    assert set(first.left_out.cells) != set(other.left_out.cells)
    assert [len(population) for population in first.left_out.populations()] == [5] * 6


def test_leave_out_cells_leaves_something_of_every_population(refused):
    data = Snapshots.from_arrays(np.eye(6), [0, 0, 0, 1, 1, 2], "ABCDEF", min_cells=1)
    parts = leave_out_cells(data, 0.99)
    assert list(parts.train.times) == [0, 1, 2]
    assert list(parts.left_out.times) == [0, 1]
    with refused(InputError, "something to leave out", "no cell", "a larger share"):
        leave_out_cells(data.take(np.array([0, 3, 5])), 0.5)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, 20])
def test_shares_are_checked(snapshots, refused, share):
    with refused(InputError, "a share between 0 and 1", f"{share:g}", "0.2 leaves out a fifth"):
        leave_out_cells(snapshots, share)


@pytest.fixture
def trajectories() -> Trajectories:
    cube = np.random.default_rng(0).random((10, 3, 2))
    return Trajectories.from_arrays(cube, [0, 1, 2], ["A", "B"], [*"abcdefghi", "last"])


@pytest.mark.parametrize("names", [["c", "a"], "last", 0.3])
def test_leave_out_series(trajectories, names):
    parts = leave_out_series(trajectories, names, seed=1)
    assert sorted(parts.train.names + parts.left_out.names) == sorted(trajectories.names)
    if not isinstance(names, float):
        assert parts.left_out.names == tuple([names] if isinstance(names, str) else names)
    else:
        assert len(parts.left_out) == 3
        assert parts.left_out.names == leave_out_series(trajectories, 0.3, 1).left_out.names
        assert parts.left_out.names != leave_out_series(trajectories, 0.3, 2).left_out.names
    for part in (parts.train, parts.left_out):
        for name in part.names:
            np.testing.assert_array_equal(
                part.observations(name)[1], trajectories.observations(name)[1]
            )


def test_leave_out_series_refuses(trajectories, refused):
    with refused(InputError, "names of series", "'Z'", "choose one of 10"):
        leave_out_series(trajectories, ["Z"])
    with refused(InputError, "a series to train on", "none left", "fewer series"):
        leave_out_series(trajectories, trajectories.names)
    with refused(InputError, "a share between 0 and 1", "1.5", "a fifth"):
        leave_out_series(trajectories, 1.5)
