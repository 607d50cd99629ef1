"""A large matrix lies in a temporary file, which goes when the matrix does."""

from __future__ import annotations

import gc
from pathlib import Path
from types import SimpleNamespace

import anndata
import numpy as np
import pytest
from scipy import sparse

from hillflow.closed_form import closed_form_network
from hillflow.data import Snapshots, on_disk
from hillflow.data.h5ad import read_table
from hillflow.errors import InputError


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Where temporary files are put, and matrices of more than 1,000 bytes."""
    monkeypatch.setattr(on_disk.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(on_disk.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(on_disk, "LARGEST", 1000)
    return tmp_path


def test_a_small_matrix_is_in_memory_and_a_large_one_in_a_file(folder) -> None:
    assert not isinstance(on_disk.new_matrix(10, 10, "float32"), np.memmap)
    large = on_disk.new_matrix(100, 10, "float32")
    large[:] = 3.0
    (file,) = folder.iterdir()
    assert file.stat().st_size == 4000
    part = np.ascontiguousarray(large)[5:7]
    del large
    gc.collect()
    assert (part == 3).all()
    assert file.exists()  # a view of the matrix is left
    del part
    gc.collect()
    assert not file.exists()


def test_a_full_disk_is_said_before_anything_is_written(folder, refused, monkeypatch) -> None:
    monkeypatch.setattr(on_disk.shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
    with refused(InputError, "GB of disk for 100 cells of 10 genes", "0.0 GB free", "TMPDIR"):
        on_disk.new_matrix(100, 10, "float32")
    assert not list(folder.iterdir())


@pytest.mark.parametrize("kind", ["dense", "csr", "csc"])
@pytest.mark.parametrize("ending", ["h5ad", "zarr"])
def test_what_is_read_and_inferred_is_the_same(folder, monkeypatch, kind, ending) -> None:
    """From a file or a store, held in memory or laid out on the disk."""
    random = np.random.default_rng(0)
    x = random.poisson(1.0, size=(120, 4)).astype(np.float32)
    matrix = x if kind == "dense" else getattr(sparse, f"{kind}_matrix")(x)
    data = anndata.AnnData(matrix)
    data.obs["time"] = np.repeat([0.0, 1.0, 2.0], 40)
    path = folder / f"cells.{ending}"
    getattr(data, f"write_{ending}")(path)
    read = read_table(path)
    assert isinstance(read.x, np.memmap)
    np.testing.assert_array_equal(read.x, x)
    np.testing.assert_array_equal(read_table(path, genes=["2", "0"]).x, x[:, [2, 0]])
    on_the_disk = closed_form_network(Snapshots.from_anndata(path), bootstraps=2)
    monkeypatch.setattr(on_disk, "LARGEST", 10**9)
    in_memory = closed_form_network(Snapshots.from_anndata(data), bootstraps=2)
    assert on_the_disk.edges.to_csv() == in_memory.edges.to_csv()
