"""Reading parts of an ``.h5ad`` file: only the matrix, columns and genes that are asked for.

A file of any size is read in blocks of rows, so that memory is bounded by what is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow import keys
from hillflow.errors import FileFormatError, InputError, MissingFileError, did_you_mean, listing

if TYPE_CHECKING:
    import anndata
    import h5py
    import pandas as pd

_ROWS = 2048  # rows turned dense together


@dataclass(frozen=True)
class Table:
    """What was read: expression [cells, genes], gene names, the cells' table, our own notes."""

    x: np.ndarray
    genes: tuple[str, ...]
    obs: pd.DataFrame
    notes: dict[str, Any]


@contextmanager
def open_h5ad(path: str | Path) -> Iterator[h5py.File]:
    """Open for reading, or say why it cannot be: absent, no h5ad, or cut short."""
    import h5py

    path = Path(path)
    if not path.is_file():
        near = sorted(p.name for p in path.parent.glob("*.h5ad")) if path.parent.is_dir() else []
        found = "a folder" if path.is_dir() else "nothing there"
        fix = did_you_mean(path.name, near) if near else "check the path"
        raise MissingFileError(f"an .h5ad file at {path}", found, fix)
    if not h5py.is_hdf5(path):
        raise FileFormatError(
            f"an .h5ad file at {path}",
            "a file that is not HDF5",
            "write it with adata.write_h5ad(path); for a table use Snapshots.from_frame",
        )
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise FileFormatError(
            f"a whole .h5ad file at {path}",
            f"a damaged one ({str(error).partition('(')[2].rstrip(')') or error})",
            "copy or download it again; its end is probably missing",
        ) from None
    with file:
        missing = [part for part in ("obs", "var") if part not in file]
        if missing:
            raise FileFormatError(
                f"an .h5ad file at {path}",
                f"HDF5 without {' and '.join(missing)}",
                "write it with adata.write_h5ad(path)",
            )
        yield file


def read_gene_names(path: str | Path) -> tuple[str, ...]:
    """The gene names of an ``.h5ad`` file, without reading its matrix."""
    with open_h5ad(path) as file:
        return tuple(map(str, _element(file, "var", path).index))


def read_table(
    source: anndata.AnnData | str | Path,
    layer: str | None = None,
    genes: Sequence[str] | None = None,
    dtype: str = "float32",
) -> Table:
    """Read one matrix (X, or a layer) for some genes or all, and the cells' table.

    Peak memory: the dense result, plus the sparse matrix if it is stored by column.
    """
    import anndata

    if isinstance(source, anndata.AnnData):
        notes = _notes(dict(source.uns), layer)
        matrix = source.X if layer is None else _pick_layer(source.layers, layer)
        return _assemble(matrix, source.var_names, source.obs, notes, genes, dtype)
    with open_h5ad(source) as file:
        uns = {k: _element(file, f"uns/{k}", source) for k in _own_uns(file)}
        holder = file if layer is None else file.get("layers", {})
        stored = file.get("X") if layer is None else _pick_layer(holder, layer)
        if stored is None:
            raise InputError("a matrix X", "none in the file", "name a layer with layer=…")
        matrix = stored
        if not hasattr(stored, "shape"):  # a sparse matrix is stored as a group
            matrix = anndata.io.sparse_dataset(stored)
        var, obs = (_element(file, part, source) for part in ("var", "obs"))
        try:
            return _assemble(matrix, var.index, obs, _notes(uns, layer), genes, dtype)
        except (OSError, RuntimeError) as error:
            raise _damaged(source, error) from None


def _element(file: h5py.File, name: str, path: Any) -> Any:
    import anndata

    try:
        return anndata.io.read_elem(file[name])
    except Exception as error:  # whatever a damaged file makes h5py or anndata raise
        raise _damaged(path, error) from None


def _damaged(path: Any, error: Exception) -> FileFormatError:
    return FileFormatError(
        f"a whole .h5ad file at {path}",
        f"one that cannot be read to its end ({type(error).__name__})",
        "copy or download it again",
    )


def _own_uns(file: h5py.File) -> list[str]:
    return [k for k in (keys.UNS, "log1p") if f"uns/{k}" in file]


def _notes(uns: dict[str, Any], layer: str | None) -> dict[str, Any]:
    notes = dict(uns.get(keys.UNS, {}))
    if "log1p" in uns and layer is None:
        notes.setdefault(keys.SCALE, "log1p")
    elif layer is not None and layer != keys.TRUE_EXPRESSION:
        notes.pop(keys.SCALE, None)  # what was noted is about X
    return notes


def _pick_layer(layers: Any, layer: str) -> Any:
    if layer not in layers:
        names = [str(name) for name in layers]
        raise InputError("the name of a layer", repr(layer), did_you_mean(layer, names))
    return layers[layer]


def _assemble(
    matrix: Any,
    names: Any,
    obs: pd.DataFrame,
    notes: dict[str, Any],
    genes: Sequence[str] | None,
    dtype: str,
) -> Table:
    if matrix is None:
        raise InputError("a matrix X", "none in the object", "name a layer with layer=…")
    every = tuple(map(str, names))
    if genes is None:
        return Table(_dense(matrix, None, dtype), every, obs, notes)
    place = {name: index for index, name in enumerate(every)}
    unknown = [gene for gene in genes if gene not in place]
    if unknown or not len(genes):
        raise InputError(
            "genes of the data",
            f"{listing(unknown)} not among them" if unknown else "an empty list",
            did_you_mean(unknown[0], every) if unknown else "name at least one gene",
        )
    columns = np.array([place[gene] for gene in genes])
    return Table(_dense(matrix, columns, dtype), tuple(genes), obs, notes)


def _dense(matrix: Any, columns: np.ndarray | None, dtype: str) -> np.ndarray:
    if getattr(matrix, "format", None) == "csc":  # rows of it would be slow to cut out
        matrix = (matrix if hasattr(matrix, "tocsr") else matrix.to_memory()).tocsr()
    if hasattr(matrix, "compute"):  # dask
        matrix = matrix.compute()
    cells, width = matrix.shape
    x = np.empty((cells, width if columns is None else len(columns)), dtype=dtype)
    for start in range(0, cells, _ROWS):
        block = matrix[start : start + _ROWS]
        if columns is not None:
            block = block[:, columns]
        x[start : start + _ROWS] = block.toarray() if hasattr(block, "toarray") else block
    return x
