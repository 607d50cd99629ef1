"""Gene names of an .h5ad file, without reading anything else of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hillflow.errors import FileFormatError, MissingFileError
from hillflow.genes import check_gene_names


def read_gene_names(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Read ``var_names`` of an AnnData file. Cost O(G), whatever the number of cells."""
    import h5py

    path = Path(path)
    if not path.is_file():
        raise MissingFileError("an AnnData file (.h5ad)", f"no file {path}", "correct the path")
    if not h5py.is_hdf5(path):
        raise FileFormatError(
            "an AnnData file (.h5ad)",
            f"{path}, which is not HDF5",
            "write it with adata.write_h5ad(...)",
        )
    with h5py.File(path, "r") as file:
        names = _index(file.get("var"))
    if names is None:
        raise FileFormatError(
            "an AnnData file with gene names in var",
            f"{path} without a readable var index",
            "write it again with adata.write_h5ad(...)",
        )
    return check_gene_names(
        [name.decode() if isinstance(name, bytes) else name for name in names], str(path)
    )


def _index(var: Any) -> list[Any] | None:
    """Find the index of a stored table; its place depends on the version that wrote it."""
    import h5py

    if isinstance(var, h5py.Dataset) and var.dtype.names:  # before anndata 0.7
        return var[var.dtype.names[0]].tolist()
    if not isinstance(var, h5py.Group) or "_index" not in var.attrs:
        return None
    index = var.get(var.attrs["_index"])
    if isinstance(index, h5py.Group):  # nullable strings are a group of values and mask
        index = index.get("values")
    return index[:].tolist() if isinstance(index, h5py.Dataset) else None
