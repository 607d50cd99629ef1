from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from hillflow.data import Snapshots, read_gene_names
from hillflow.data.h5ad import read_table
from hillflow.errors import (
    FileFormatError,
    GeneNameError,
    InputError,
    MissingFileError,
    UnsupportedError,
)

from .conftest import make_adata

STORED = {
    "dense": np.asarray,
    "csr": scipy.sparse.csr_matrix,
    "csc": scipy.sparse.csc_matrix,
    "csr array": scipy.sparse.csr_array,
}


@pytest.fixture(scope="module", params=STORED)
def stored(request, tmp_path_factory) -> tuple[anndata.AnnData, Path]:
    """The small data set with each way to keep a matrix, in X and in a layer; and its file."""
    adata, file = make_adata(), tmp_path_factory.mktemp("stored") / "cells.h5ad"
    adata.layers["doubled"] = STORED[request.param](adata.X * 2)
    adata.X = STORED[request.param](adata.X)
    adata.write_h5ad(file)
    return adata, file


@pytest.fixture
def path(tmp_path, adata) -> Path:
    adata.X = scipy.sparse.csr_matrix(adata.X)
    adata.write_h5ad(tmp_path / "cells.h5ad", compression="gzip")
    return tmp_path / "cells.h5ad"


@pytest.mark.parametrize("place", ["memory", "view", "file", "backed", "backed view"])
@pytest.mark.parametrize("layer", [None, "doubled"])
@pytest.mark.parametrize("genes", [None, ["FLI1", "GATA1", "CEBPA"]])
def test_every_source_gives_the_same_matrix(stored, place, layer, genes):
    stored, file = stored
    x = np.asarray(stored.to_df(layer))
    rows = slice(None, None, 3) if "view" in place else slice(None)
    source = {
        "memory": stored,
        "view": stored[rows],
        "file": file,
        "backed": lambda: anndata.read_h5ad(file, backed="r"),
        "backed view": lambda: anndata.read_h5ad(file, backed="r")[rows],
    }[place]
    source = source() if callable(source) else source
    table = read_table(source, layer, genes)
    columns = slice(None) if genes is None else [5, 0, 3]
    np.testing.assert_array_equal(table.x, x[rows][:, columns])
    assert table.x.dtype == np.float32
    assert table.genes == tuple(genes or stored.var_names)
    pd.testing.assert_frame_equal(table.obs, source.obs if place != "file" else stored.obs)


def test_more_rows_than_a_block_and_double_precision(tmp_path):
    x = np.random.default_rng(0).normal(size=(5000, 3))
    anndata.AnnData(scipy.sparse.csr_matrix(x)).write_h5ad(tmp_path / "x.h5ad")
    np.testing.assert_array_equal(read_table(tmp_path / "x.h5ad", dtype="float64").x, x)


def test_gene_names_without_the_matrix(path):
    with h5py.File(path, "a") as file:
        del file["X"]
    assert read_gene_names(path) == ("GATA1", "SPI1", "KLF1", "CEBPA", "TAL1", "FLI1")
    with pytest.raises(InputError, match="Expected a matrix X, found none"):
        read_table(path)


def test_doubled_names_matter_only_when_asked_for(adata, refused):
    adata.var_names = ["GATA1", "SPI1", "KLF1", "KLF1", "TAL1", "FLI1"]
    assert read_table(adata, genes=["TAL1"]).genes == ("TAL1",)
    with refused(GeneNameError, "each gene once", "'KLF1'", "var_names_make_unique()"):
        read_table(adata, genes=["KLF1"])
    with refused(GeneNameError, "each gene once", "'KLF1'", "var_names_make_unique()"):
        Snapshots.from_anndata(adata)


def test_an_absent_file_names_the_nearest(path, refused):
    with refused(MissingFileError, "an .h5ad file at", "nothing there", "mean 'cells.h5ad'?"):
        Snapshots.from_anndata(path.with_name("cell.h5ad"))
    (folder := path.with_name("cells")).mkdir()
    with refused(MissingFileError, "an .h5ad file at", "a folder", "'cells.h5ad'"):
        read_gene_names(folder)


@pytest.mark.parametrize(("content", "found"), [("time,A\n0,1\n", "not HDF5"), ("", "an empty")])
def test_a_table_by_the_name_of_h5ad(tmp_path, refused, content, found):
    (tmp_path / "x.h5ad").write_text(content)
    with refused(FileFormatError, "an .h5ad file", found, "Snapshots.from_frame"):
        read_table(tmp_path / "x.h5ad")


@pytest.mark.parametrize("part", ["obs", "var"])
def test_hdf5_of_another_kind(path, refused, part):
    with h5py.File(path, "a") as file:
        del file[part]
    with refused(FileFormatError, "an .h5ad file", f"without the table {part}", "write_h5ad"):
        read_table(path)
    with h5py.File(path, "a") as file:  # as anndata wrote it before 0.7
        file[part] = np.zeros(3, dtype=[("index", "S5")])
    with refused(FileFormatError, "an .h5ad file", f"without the table {part}", "very old"):
        read_table(path)


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.9999])
def test_a_file_cut_short(path, refused, share):
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with refused(FileFormatError, "a whole .h5ad file at", "a damaged one", "download it again"):
        Snapshots.from_anndata(path)


@pytest.mark.parametrize("compressed", ["csr", "csc", "dense"])
@pytest.mark.parametrize("kept", [0, 10])
def test_a_matrix_damaged_where_the_tables_are_whole(adata, tmp_path, refused, compressed, kept):
    adata.X = STORED[compressed](adata.X)
    path = tmp_path / "cells.h5ad"
    adata.write_h5ad(path, compression="gzip")
    with h5py.File(path) as file:
        values = file["X"] if compressed == "dense" else file["X/data"]
        chunk = values.id.get_chunk_info(0)
    damaged = bytearray(path.read_bytes())
    damaged[chunk.byte_offset + kept : chunk.byte_offset + chunk.size] = bytes(chunk.size - kept)
    path.write_bytes(damaged)
    assert len(read_gene_names(path)) == 6
    with refused(
        FileFormatError, "a whole .h5ad", "cannot be read to its end", "download it again"
    ):
        Snapshots.from_anndata(path)


@pytest.mark.parametrize("part", ["X/indices", "X/indptr", "obs/time", "obs/_index", "var/_index"])
def test_a_part_that_is_gone(path, refused, part):
    with h5py.File(path, "a") as file:
        del file[part]
    with refused(FileFormatError, "a whole .h5ad", "cannot be read to its end", "again"):
        Snapshots.from_anndata(path)


def test_indices_that_point_beyond_the_matrix(path, refused):
    with h5py.File(path, "a") as file:
        file["X/indices"][:3] = 10**6
    with refused(FileFormatError, "a whole .h5ad", "cannot be read", "again"):
        Snapshots.from_anndata(path)


def test_layers_and_genes_are_named(adata, path, refused):
    adata.layers["counts"] = adata.X
    adata.write_h5ad(path)
    for source in (adata, path):
        with refused(InputError, "name of a layer", "'count'", "did you mean 'counts'?"):
            read_table(source, layer="count")
        with refused(GeneNameError, "genes of the data", "'GATA2'", "did you mean 'GATA1'?"):
            read_table(source, genes=["GATA2"])
        with refused(GeneNameError, "genes of the data", "an empty list", "at least one"):
            read_table(source, genes=[])
    with refused(InputError, "'float32' or 'float64'", "'int8'", "name one"):
        read_table(adata, dtype="int8")
    bare = anndata.AnnData(obs=adata.obs, var=adata.var, layers={"counts": adata.layers["counts"]})
    with refused(InputError, "a matrix X", "none", "'counts'"):
        read_table(bare)


def test_other_objects_are_refused(adata, refused):
    with refused(UnsupportedError, "an AnnData object or the path", "DataFrame", "from_frame"):
        Snapshots.from_anndata(adata.to_df())


def test_a_file_is_left_as_it_was(path):
    before = path.read_bytes()
    shutil.copy(path, path.with_suffix(".copy"))
    Snapshots.from_anndata(path)
    assert path.read_bytes() == before


WRITE = """
import sys, h5py
with h5py.File(sys.argv[1], "a"):
    print("open", flush=True)
    sys.stdin.read()
"""


def test_a_file_that_another_program_writes(path, refused):
    with subprocess.Popen(
        [sys.executable, "-c", WRITE, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        with refused(FileFormatError, "can be read", "another program is writing", "close it"):
            read_table(path)
        writer.communicate()
    read_table(path)


LOAD = """
import resource, sys
from hillflow.data import Snapshots
data = Snapshots.from_anndata(sys.argv[1])
assert data.x.shape == (20_000, 2_000)
try:  # getrusage also counts what the parent held before exec
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
except OSError:
    unit = 1 if sys.platform == "linux" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
print(peak / 1e6, data.x.sum(dtype="float64"))
"""


@pytest.mark.slow
@pytest.mark.parametrize("stored", [scipy.sparse.csr_matrix, scipy.sparse.csc_matrix])
def test_twenty_thousand_cells_load_within_a_gigabyte(tmp_path, stored):
    cells, genes, each = 20_000, 2_000, 140
    random = np.random.default_rng(0)
    places = np.arange(each) * (genes // each) + random.integers(0, genes // each, (cells, each))
    values = random.integers(1, 9, cells * each).astype(np.float32)
    x = scipy.sparse.csr_matrix(
        (values, places.ravel(), np.arange(cells + 1) * each), shape=(cells, genes)
    )
    obs = pd.DataFrame({"time": np.tile(np.arange(4.0), cells // 4)}, index=range(cells))
    obs.index = obs.index.astype(str)
    anndata.AnnData(stored(x), obs=obs).write_h5ad(tmp_path / "large.h5ad")
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(tmp_path / "large.h5ad")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    gigabytes, total = map(float, done.stdout.split())
    print(f"peak memory {gigabytes:.2f} GB")
    assert total == values.sum(dtype=np.float64)
    assert 0.16 < gigabytes < 1.0
