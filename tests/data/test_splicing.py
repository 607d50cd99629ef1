"""Unspliced mRNA: carried wherever cells go, checked, and the velocities of cells of one time."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow.data import Snapshots, leave_out_cells, normalize, without_batches
from hillflow.data.splicing import steady_state_velocity
from hillflow.errors import InputError, UnsupportedError
from hillflow.findings import collect_findings

GENES = ("A", "B", "C")


@pytest.fixture
def cells() -> Snapshots:
    random = np.random.default_rng(0)
    return Snapshots.from_arrays(
        random.random((40, 3)), np.repeat([0.0, 1.0], 20), GENES, unspliced=random.random((40, 3))
    )


def test_cells_and_genes_keep_their_unspliced_levels(cells):
    rows = np.array([3, 25, 7])
    np.testing.assert_array_equal(cells.take(rows).unspliced, cells.unspliced[rows])
    chosen = cells.select_genes(["C", "A"])
    np.testing.assert_array_equal(chosen.unspliced, cells.unspliced[:, [2, 0]])
    np.testing.assert_array_equal(cells.measured(rows)[:, 3:], cells.unspliced[rows])
    split = leave_out_cells(cells, 0.2, seed=1)
    both = np.concatenate([split.train.unspliced, split.left_out.unspliced])
    assert sorted(both[:, 0]) == sorted(cells.unspliced[:, 0])


def test_anndata_holds_them_as_a_layer(cells):
    adata = cells.to_anndata()
    again = Snapshots.from_anndata(adata, unspliced="unspliced", dtype="float64")
    np.testing.assert_array_equal(again.unspliced, cells.unspliced)
    assert Snapshots.from_anndata(adata).unspliced is None  # only if it is named
    with pytest.raises(InputError, match="'unspliced'"):
        Snapshots.from_anndata(adata, unspliced="nascent")
    adata.layers["velocity"] = adata.X.copy()
    with pytest.raises(UnsupportedError, match="found both"):
        Snapshots.from_anndata(adata, unspliced="unspliced", velocity="velocity")


@pytest.mark.parametrize(
    ("unspliced", "said"),
    [
        (np.zeros((40, 3)), "0 in all cells"),
        (np.full((40, 3), np.nan), "120 NaN"),
        (np.where(np.eye(40, 3) > 0, -1.0, 1.0), "values below 0 of 'A', 'B', 'C'"),
        (np.ones((40, 2)), r"\(40, 2\)"),
    ],
)
def test_levels_that_cannot_be_used_are_refused(cells, unspliced, said):
    with pytest.raises(InputError, match=said):
        Snapshots.from_arrays(cells.x, cells.time, GENES, unspliced=unspliced)


def test_spliced_levels_below_0_are_refused(cells):
    with pytest.raises(InputError, match="z-scores"):
        Snapshots.from_arrays(cells.x - 2, cells.time, GENES, unspliced=cells.unspliced)


def test_logs_and_batches_of_one_layer_are_refused():
    counts = np.random.default_rng(0).poisson(5.0, (40, 3)).astype(float)
    batch = np.tile(["a", "b"], 20)
    cells = Snapshots.from_arrays(
        counts, np.repeat([0, 1], 20), GENES, unspliced=counts, batch=batch
    )
    with pytest.raises(UnsupportedError, match="Ms and Mu"):
        normalize(cells)
    with pytest.raises(UnsupportedError, match="both layers"):
        without_batches(cells)


def test_the_steady_state_velocity_of_a_known_portrait():
    """Half of the cells rest on u = γ s at its ends; those that rise lie above, by their ṡ."""
    gamma, rise = np.array([0.5, 2.0]), 0.1
    rests = np.concatenate([np.zeros((30, 2)), np.ones((30, 2))])
    way = np.repeat(np.linspace(0.1, 0.6, 40)[:, None], 2, axis=1)
    s = np.concatenate([rests, way])
    u = gamma * s
    u[60:] += rise
    velocity = steady_state_velocity(s, u)
    np.testing.assert_allclose(velocity[:60], 0, atol=1e-9)
    np.testing.assert_allclose(velocity[60:], rise, atol=1e-9)
    silent = steady_state_velocity(s, np.where([True, False], u, 0.0))
    assert np.isnan(silent[:, 1]).all()
    np.testing.assert_array_equal(silent[:, 0], velocity[:, 0])


def test_cells_of_one_time_get_velocities(cells):
    adata = cells.to_anndata()
    del adata.obs["time"]
    adata.obs["latent_time"] = np.linspace(0, 1, 40)
    with collect_findings() as said:
        once = Snapshots.from_anndata(adata, unspliced="unspliced", dtype="float64")
    assert once.unspliced is None
    np.testing.assert_array_equal(once.velocity, steady_state_velocity(cells.x, cells.unspliced))
    assert [one.code for one in said] == ["data.steady-state-velocity"]
