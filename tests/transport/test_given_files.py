"""Plans in the forms that other tools write."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from hillflow.errors import FileFormatError, MissingFileError
from hillflow.transport import Given

SOURCES, TARGETS = ["a", "b"], ["x", "y", "z"]
MATRIX = np.array([[0.25, 0.25, 0.0], [0.0, 0.2, 0.3]])


def _dense(given: Given) -> np.ndarray:
    got = np.zeros((2, 3))
    for source, target, weight in zip(given.source, given.target, given.weight, strict=True):
        got[SOURCES.index(source), TARGETS.index(target)] += weight
    return got


def _adata(matrix) -> anndata.AnnData:
    return anndata.AnnData(matrix, obs=pd.DataFrame(index=SOURCES), var=pd.DataFrame(index=TARGETS))


def _sparse_npz(path) -> None:
    csr = sparse.csr_matrix(MATRIX)
    np.savez(
        path, data=csr.data, indices=csr.indices, indptr=csr.indptr, shape=csr.shape,
        format=b"csr", source_cells=SOURCES, target_cells=TARGETS,
    )  # fmt: skip


@pytest.mark.parametrize("form", ["dense h5ad", "sparse h5ad", "dense npz", "sparse npz", "csv"])
def test_every_form_gives_the_same_plan(tmp_path, form) -> None:
    kind, ending = form.split() if " " in form else ("", form)
    path = tmp_path / f"tmaps_0.0_1.5.{ending}"
    if ending == "h5ad":
        _adata(MATRIX if kind == "dense" else sparse.csc_matrix(MATRIX)).write_h5ad(path)
    elif form == "dense npz":
        np.savez(path, matrix=MATRIX, source_cells=SOURCES, target_cells=TARGETS)
    elif form == "sparse npz":
        _sparse_npz(path)
    else:
        i, j = np.nonzero(MATRIX)
        pd.DataFrame({
            "source_cell": np.array(SOURCES)[i], "target_cell": np.array(TARGETS)[j],
            "weight": MATRIX[i, j],
        }).to_csv(path, index=False)  # fmt: skip
    np.testing.assert_allclose(_dense(Given.from_file(path, keep=1.0)), MATRIX)


def test_a_folder_and_a_prefix_are_several_maps(tmp_path) -> None:
    for name, scale in {"serum_0_1": 1.0, "serum_1_2": 2.0, "other_0_1": 1.0}.items():
        _adata(scale * MATRIX).write_h5ad(tmp_path / f"{name}.h5ad")
    assert Given.from_file(tmp_path).weight.sum() == pytest.approx(3.0)
    assert Given.from_file(tmp_path / "serum").weight.sum() == pytest.approx(2.0)
    with pytest.raises(MissingFileError, match="nothing at"):
        Given.from_file(tmp_path / "2i")


def test_what_is_no_plan_says_what_one_is(tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingFileError, match="adata_src"):
        Given.from_file(tmp_path / "empty")
    pickle = tmp_path / "problem.pkl"
    pickle.write_bytes(b"")
    with pytest.raises(FileFormatError, match=r"problem\.pkl.*transport_matrix"):
        Given.from_file(pickle)
    anndata.AnnData(obs=pd.DataFrame(index=SOURCES)).write_h5ad(tmp_path / "no.h5ad")
    with pytest.raises(FileFormatError, match="without X"):
        Given.from_file(tmp_path / "no.h5ad")
    np.savez(tmp_path / "unnamed.npz", matrix=MATRIX, source_cells=SOURCES)
    with pytest.raises(FileFormatError, match="without 'target_cells'"):
        Given.from_file(tmp_path / "unnamed.npz")
    objects = np.array(SOURCES, dtype=object)
    np.savez(tmp_path / "objects.npz", matrix=MATRIX, source_cells=objects, target_cells=TARGETS)
    with pytest.raises(FileFormatError, match=r"obs_names\.to_numpy\(dtype=str\)"):
        Given.from_file(tmp_path / "objects.npz")
    csc = sparse.csc_matrix(MATRIX)
    np.savez(
        tmp_path / "csc.npz", data=csc.data, indices=csc.indices, indptr=csc.indptr,
        shape=csc.shape, format=b"csc", source_cells=SOURCES, target_cells=TARGETS,
    )  # fmt: skip
    with pytest.raises(FileFormatError, match="tocsr"):
        Given.from_file(tmp_path / "csc.npz")
