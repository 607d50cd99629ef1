"""RNA velocities of cells: carried wherever cells go, and checked."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow.data import Snapshots, leave_out_cells, normalize
from hillflow.data.pooled import pooled_control
from hillflow.errors import InputError, TimeError, UnsupportedError

GENES = ("A", "B", "C")


@pytest.fixture
def cells() -> Snapshots:
    random = np.random.default_rng(0)
    velocity = random.normal(size=(40, 3))
    velocity[:, 2] = np.nan
    return Snapshots.from_arrays(
        random.random((40, 3)), np.repeat([0.0, 1.0], 20), GENES, velocity=velocity
    )


def test_cells_and_genes_keep_their_velocity(cells):
    rows = np.array([3, 25, 7])
    np.testing.assert_array_equal(cells.take(rows).velocity, cells.velocity[rows])
    chosen = cells.select_genes(["C", "A"])
    np.testing.assert_array_equal(chosen.velocity, cells.velocity[:, [2, 0]])
    split = leave_out_cells(cells, 0.2, seed=1)
    both = np.concatenate([split.train.velocity, split.left_out.velocity])
    assert sorted(both[:, 0]) == sorted(cells.velocity[:, 0])


def test_anndata_holds_it_as_a_layer(cells):
    adata = cells.to_anndata()
    again = Snapshots.from_anndata(adata, velocity="velocity", dtype="float64")
    np.testing.assert_array_equal(again.velocity, cells.velocity)
    assert Snapshots.from_anndata(adata).velocity is None  # only if it is named
    few = Snapshots.from_anndata(adata, velocity="velocity", genes=["B"], dtype="float64")
    np.testing.assert_array_equal(few.velocity, cells.velocity[:, [1]])
    with pytest.raises(InputError, match="'velocty'"):
        Snapshots.from_anndata(adata, velocity="velocty")


@pytest.mark.parametrize(
    ("velocity", "said"),
    [
        (np.full((40, 3), np.nan), "NaN in all cells"),
        (np.where(np.eye(40, 3) > 0, np.inf, 0.0), "3 infinite"),
        (np.zeros((40, 2)), r"\(40, 2\)"),
    ],
)
def test_velocities_that_cannot_be_used_are_refused(cells, velocity, said):
    with pytest.raises(InputError, match=said):
        Snapshots.from_arrays(cells.x, cells.time, GENES, velocity=velocity)


def test_one_time_is_enough_with_a_velocity(cells):
    once = Snapshots.from_arrays(cells.x, np.zeros(40), GENES, velocity=cells.velocity)
    assert not once.at_rest
    with pytest.raises(TimeError, match="velocity_layer"):
        Snapshots.from_arrays(cells.x, np.zeros(40), GENES)


def test_cells_without_a_time_column_are_of_one_time(cells):
    adata = cells.to_anndata()
    del adata.obs["time"]
    adata.obs["latent_time"] = np.linspace(0, 1, 40)  # as scVelo writes it: no populations
    assert Snapshots.from_anndata(adata, velocity="velocity").times.tolist() == [0.0]
    with pytest.raises(TimeError):
        Snapshots.from_anndata(adata)
    adata.obs["day"] = np.repeat([0, 3], 20)
    with pytest.raises(TimeError, match="'day'"):
        Snapshots.from_anndata(adata, velocity="velocity")


def test_logarithms_of_counts_have_another_velocity():
    counts = np.random.default_rng(0).poisson(5, (40, 3)).astype(float)
    cells = Snapshots.from_arrays(counts, np.repeat([0, 1], 20), GENES, velocity=counts)
    with pytest.raises(UnsupportedError, match="normalise first"):
        normalize(cells)


def test_activated_genes_have_none(cells):
    adata = cells.to_anndata()
    adata.obs["perturbation"] = ["control", "D"] * 20
    with pytest.raises(UnsupportedError, match="activation"):
        Snapshots.from_anndata(adata, velocity="velocity", kind="activation")


def test_pooled_control_cells_keep_it(cells):
    conditions = ["control", "A=ko"] * 20
    both = Snapshots.from_arrays(cells.x, cells.time, GENES, conditions, velocity=cells.velocity)
    np.testing.assert_array_equal(pooled_control(both).velocity, cells.velocity)
