"""Data sets on common components: the alignment against its definition, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow.data import DataSets, Snapshots, align_data_sets
from hillflow.errors import HillflowWarning, InputError, UnsupportedError

GENES = [f"G{k}" for k in range(8)]
PLANE = np.linalg.qr(np.random.default_rng(1).normal(size=(8, 2)))[0]
COUNT = 30


def snapshots(x: np.ndarray, batch: list[str], time: np.ndarray | None = None, **more) -> Snapshots:
    time = np.tile(np.repeat([0.0, 1.0], COUNT), len(x) // (2 * COUNT)) if time is None else time
    return Snapshots.from_arrays(x, time, GENES, batch=batch, **more)


@pytest.fixture(scope="module")
def latent() -> np.ndarray:
    z = np.random.default_rng(0).normal(size=(2 * COUNT, 2)) * [3.0, 1.0]
    return z + np.repeat([[0.0, 0.0], [1.0, 4.0]], COUNT, axis=0)


def two(latent: np.ndarray, plane: np.ndarray) -> Snapshots:
    """The same cells twice, in `b` three times as large, elsewhere, and in another plane."""
    x = np.concatenate([2 + latent @ PLANE.T, 9 + 3 * latent @ plane.T])
    return snapshots(x, ["a"] * (2 * COUNT) + ["b"] * (2 * COUNT))


def test_offset_and_scale_are_removed_exactly(latent) -> None:
    cells = two(latent, PLANE)
    aligned = align_data_sets(cells, 2)
    np.testing.assert_allclose(aligned.x[: 2 * COUNT], cells.x[: 2 * COUNT], atol=1e-5)
    np.testing.assert_allclose(aligned.x[2 * COUNT :], cells.x[: 2 * COUNT], atol=1e-5)
    np.testing.assert_allclose(aligned.sets.restore(aligned).x, cells.x, atol=1e-5)


def test_a_set_in_a_tilted_plane_has_its_own_basis(latent) -> None:
    """V_b U minimises ‖V_b U − V_a‖, by another route: the polar factor from eigenvectors."""
    tilted = np.linalg.qr(PLANE + 0.15 * np.random.default_rng(2).normal(size=PLANE.shape))[0]
    tilted *= np.sign((tilted * PLANE).sum(axis=0))
    cells = two(latent, tilted)
    aligned = align_data_sets(cells, 2)
    first, second = aligned.sets.components
    np.testing.assert_allclose(second @ second.T, tilted @ tilted.T, atol=1e-5)
    overlap = tilted.T @ first
    values, vectors = np.linalg.eigh(overlap.T @ overlap)
    polar = overlap @ vectors @ np.diag(values**-0.5) @ vectors.T
    np.testing.assert_allclose(second, tilted @ polar, atol=1e-5)
    np.testing.assert_allclose(aligned.sets.restore(aligned).x, cells.x, atol=1e-4)
    np.testing.assert_allclose(aligned.sets.scale, [1, 1 / 3], rtol=1e-5)


def test_the_operator_of_each_set_acts_in_its_own_plane(latent) -> None:
    tilted = np.linalg.qr(PLANE + 0.1)[0]
    sets = align_data_sets(two(latent, tilted), 2).sets
    first, second = sets.components
    operator = np.array([[-1.0, 2.0], [0.5, -3.0]])
    found = sets.operators(first @ operator @ first.T)
    np.testing.assert_allclose(found[0], first @ operator @ first.T, atol=1e-5)
    np.testing.assert_allclose(found[1], second @ operator @ second.T, atol=1e-5)


def test_populations_are_those_of_a_set(latent) -> None:
    aligned = align_data_sets(two(latent, PLANE), 2)
    lines = [(one.dataset, one.time, len(one)) for one in aligned.populations()]
    assert lines == [("a", 0, COUNT), ("a", 1, COUNT), ("b", 0, COUNT), ("b", 1, COUNT)]
    assert aligned.describe().loc["control"].tolist() == [2 * COUNT, 2 * COUNT]


def test_they_are_kept_in_anndata(latent, tmp_path) -> None:
    aligned = align_data_sets(two(latent, PLANE), 2)
    aligned.to_anndata().write_h5ad(tmp_path / "cells.h5ad")
    again = Snapshots.from_anndata(tmp_path / "cells.h5ad")
    assert isinstance(again.sets, DataSets)
    assert again.sets.names == ("a", "b")
    np.testing.assert_allclose(
        again.sets.restore(again).x, aligned.sets.restore(aligned).x, atol=1e-5
    )
    part = Snapshots.from_anndata(tmp_path / "cells.h5ad", genes=GENES[:3])
    assert part.sets is None
    with pytest.raises(UnsupportedError, match="before align_data_sets"):
        aligned.select_genes(GENES[:3])


def test_planes_that_do_not_correspond_are_refused(latent) -> None:
    other = np.linalg.qr(np.hstack([PLANE, np.random.default_rng(3).normal(size=(8, 2))]))[0][:, 2:]
    with pytest.raises(InputError, match=r"50% or more, found 0% \(unrelated ones: 25%\)"):
        align_data_sets(two(latent, other), 2)
    half = np.stack([PLANE[:, 0], other[:, 0]], axis=1)
    cells = two(latent, np.linalg.qr(half + 0.05 * PLANE[:, [1, 1]])[0])
    with pytest.warns(HillflowWarning, match="1 of the 2 components of 'b' have no counterpart"):
        align_data_sets(cells, 2)


def test_what_cannot_be_aligned_is_refused(latent) -> None:
    cells = two(latent, PLANE)
    batch = cells.batch.tolist()
    apart = snapshots(cells.x, batch, np.repeat([0.0, 1.0, 5.0, 6.0], COUNT))
    with pytest.raises(InputError, match="a time in common with 'a', the largest: 0, 1, found 'b'"):
        align_data_sets(apart, 2)
    with pytest.raises(InputError, match="two data sets or more, found 'a' alone"):
        align_data_sets(cells.take(cells.batch == "a"), 2)
    with pytest.raises(InputError, match="a data set for each cell, found none"):
        align_data_sets(Snapshots.from_arrays(cells.x, cells.time, GENES), 2)
    treated = snapshots(cells.x, batch, conditions=np.tile(["control", "G1=ko"], 2 * COUNT))
    with pytest.raises(UnsupportedError, match="cells under 'G1=knockout'"):
        align_data_sets(treated, 2)
    aligned = align_data_sets(cells, 2)
    with pytest.raises(InputError, match="cells of the data sets 'a', 'b', found 'c'"):
        aligned.sets.align(snapshots(cells.x, ["a", "c"] * (2 * COUNT)))
