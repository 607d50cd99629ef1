"""Read parts of an ``.h5ad`` file or a ``.zarr`` store: a matrix, the table of cells, some genes.

One of any size is read in blocks of rows. What is kept lies in memory, or if it is large in a
temporary file (`hillflow.data.on_disk`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow import keys
from hillflow.data.checks import COORDINATES, locate_genes
from hillflow.data.columns import as_column
from hillflow.data.on_disk import new_matrix
from hillflow.errors import (
    FileFormatError,
    HillflowError,
    InputError,
    MissingPackageError,
    UnsupportedError,
    did_you_mean,
)
from hillflow.files import check_file, is_store

if TYPE_CHECKING:
    import anndata
    import h5py
    import pandas as pd

_NUMBERS = "name the layer of numbers with layer=…, or convert it"
_ROWS = 2048  # rows converted to dense at a time


@dataclass(frozen=True, eq=False)
class Table:
    """One matrix of an AnnData object or file, with its cells and genes.

    Attributes
    ----------
    x
        Expression, [cells, genes].
    genes
        The selected genes.
    obs
        The table of cells.
    notes
        The entries of ``uns["hillflow"]``.
    panel
        All genes of the object.
    """

    x: np.ndarray
    genes: tuple[str, ...]
    obs: pd.DataFrame
    notes: dict[str, Any]
    panel: tuple[str, ...]


@contextmanager
def open_h5ad(path: str | PathLike[str]) -> Iterator[h5py.File]:
    """Open a file for reading; refuse one that is missing, not h5ad, or truncated."""
    import h5py

    path = Path(path)
    check_file(path, "an .h5ad file", (".h5ad",))
    if not h5py.is_hdf5(path):
        raise FileFormatError(
            f"an .h5ad file at {path}",
            "a file that is not HDF5" if path.stat().st_size else "an empty file",
            "write it with adata.write_h5ad(path); a table is read in Python: Snapshots.from_frame",
        )
    try:
        file = h5py.File(path, "r")
    except BlockingIOError:
        raise FileFormatError(
            f"an .h5ad file at {path} that can be read",
            "one that another program is writing",
            "close it there first",
        ) from None
    except OSError as error:
        raise FileFormatError(
            f"a whole .h5ad file at {path}",
            f"a damaged one ({str(error).partition('(')[2].rstrip(')') or error})",
            "copy or download it again; its end is probably missing",
        ) from None
    with file:
        with reading(path):
            missing = [
                part
                for part in ("obs", "var")
                if part not in file or file[part].attrs.get("encoding-type") != "dataframe"
            ]
        if missing:
            raise FileFormatError(
                f"an .h5ad file at {path}",
                f"HDF5 without the table {' and '.join(missing)}",
                "write it with adata.write_h5ad(path); if a very old anndata wrote it, "
                "read it with anndata.read_h5ad first",
            )
        yield file


@contextmanager
def open_cells(path: str | PathLike[str]) -> Iterator[Any]:
    """Open an ``.h5ad`` file, or a ``.zarr`` store, which is a folder, for reading."""
    if not is_store(path):
        with open_h5ad(path) as file:
            yield file
        return
    try:
        import zarr
    except ImportError:
        raise MissingPackageError(
            "the package zarr, to read a .zarr store", "none", "pip install zarr"
        ) from None
    with reading(path):
        store = zarr.open_group(path, mode="r")
        missing = [part for part in ("obs", "var") if part not in store]
    if missing:
        raise FileFormatError(
            f"cells in the .zarr store {path}", f"no table {' and '.join(missing)}",
            "write it with adata.write_zarr(path)",
        )  # fmt: skip
    yield store


def read_gene_names(path: str | PathLike[str]) -> tuple[str, ...]:
    """Return the gene names of an ``.h5ad`` file without reading its matrix.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    tuple of str
        One name per column of the matrix.

    Examples
    --------
    >>> import anndata, tempfile
    >>> import numpy as np, pandas as pd
    >>> from hillflow.data import read_gene_names
    >>> var = pd.DataFrame(index=["GATA1", "SPI1"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     anndata.AnnData(np.ones((3, 2)), var=var).write_h5ad(f"{folder}/cells.h5ad")
    ...     genes = read_gene_names(f"{folder}/cells.h5ad")
    >>> genes
    ('GATA1', 'SPI1')
    """
    with open_cells(path) as file, reading(path):
        return tuple(map(str, _element(file, "var").index))


def read_table(
    source: anndata.AnnData | str | Path,
    layer: str | None = None,
    genes: Sequence[str] | None = None,
    dtype: str = "float32",
    obsm: str | None = None,
) -> Table:
    """Read one matrix (X, or a layer) for some genes or all, and the table of cells.

    With `obsm`, the matrix is that embedding, whose columns are named KEY_1, KEY_2, …

    Peak memory: the dense result, if it is not large, plus the sparse matrix if it is stored by
    column.
    """
    import anndata

    if dtype not in ("float32", "float64"):
        raise InputError("the dtype 'float32' or 'float64'", repr(dtype), "name one of the two")
    if isinstance(source, anndata.AnnData):
        matrix = None if obsm else pick_matrix(source.X, source.layers, layer)
        panel = tuple(map(str, source.var_names))
        names, columns = _columns(panel, genes)
        notes = _notes(dict(source.uns), layer)
        for what, index in (("cell", source.obs_names), ("gene", source.var_names)):
            if index.nlevels > 1:
                raise InputError(
                    f"one name for each {what}", f"a {type(index).__name__} of {index.nlevels}",
                    f"join its levels into one: ['_'.join(map(str, name)) for name in {what}s]",
                )  # fmt: skip
        if obsm is not None:
            return _embedded(pick_coordinates(source.obsm, obsm), obsm, source.obs, notes, dtype)
        return Table(_dense(matrix, columns, dtype), names, source.obs, notes, panel)
    if not hasattr(source, "__fspath__") and not isinstance(source, str):
        raise UnsupportedError(
            "an AnnData object or the path of an .h5ad file",
            type(source).__name__,
            "for a table use from_frame, for arrays from_arrays; for MuData give one modality",
        )
    with open_cells(source) as file, reading(source):
        uns = {k: _element(file, f"uns/{k}") for k in (keys.UNS, "log1p") if f"uns/{k}" in file}
        if obsm is not None:
            pick_coordinates(file.get("obsm", {}), obsm)
            z = _element(file, f"obsm/{obsm}")
            return _embedded(z, obsm, _element(file, "obs"), _notes(uns, layer), dtype)
        matrix = pick_matrix(file.get("X"), file.get("layers", {}), layer)
        panel = tuple(map(str, _element(file, "var").index))
        names, columns = _columns(panel, genes)
        if not hasattr(matrix, "shape"):  # a sparse matrix is stored as a group
            matrix = anndata.io.sparse_dataset(matrix)
        x = _dense(matrix, columns, dtype)
        return Table(x, names, _element(file, "obs"), _notes(uns, layer), panel)


@contextmanager
def reading(path: Any) -> Iterator[None]:
    """Turn what h5py and anndata raise for a damaged file into one error."""
    try:
        yield
    except (HillflowError, MemoryError):
        raise
    except Exception as error:  # h5py, scipy and anndata raise many kinds for a damaged file
        raise FileFormatError(
            f"a whole {'.zarr store' if is_store(path) else '.h5ad file'} at {path}",
            f"one that cannot be read to its end ({type(error).__name__})",
            "copy or download it again",
        ) from error


def _element(file: Any, name: str) -> Any:
    import anndata

    return anndata.io.read_elem(file[name])


def _notes(uns: dict[str, Any], layer: str | None) -> dict[str, Any]:
    notes = dict(uns.get(keys.UNS, {}))
    if "log1p" in uns and layer is None:
        notes.setdefault(keys.SCALE, "log1p")
    elif layer is not None:
        notes.pop(keys.SCALE, None)  # the recorded scale is that of X
    return notes


def pick_matrix(matrix: Any, layers: Any, layer: str | None) -> Any:
    """The layer of this name, or the matrix X; an error that names the nearest one."""
    names = [str(name) for name in layers if name is not None]
    if layer is not None:
        if layer not in names:
            fix = "leave layer out to use X; there are no layers"
            raise InputError(
                "the name of a layer", repr(layer), did_you_mean(layer, names) if names else fix
            )
        return layers[layer]
    if matrix is None:
        raise InputError(
            "a matrix X", "none", f"name a layer with layer=…; {did_you_mean('', names)}"
        )
    return matrix


def pick_coordinates(obsm: Any, key: str) -> Any:
    """The coordinates of cells under this key; an error that names the nearest one."""
    names = [str(name) for name in obsm]
    if key not in names:
        fix = "there are none: compute them first (scVI, PCA, hillflow.latent.encode)"
        raise InputError(
            "a key of obsm with coordinates of the cells", repr(key),
            did_you_mean(key, names) if names else fix,
        )  # fmt: skip
    return obsm[key]


def _embedded(z: Any, key: str, obs: pd.DataFrame, notes: dict[str, Any], dtype: str) -> Table:
    """Coordinates, [cells, coordinates], as a table of a scale of its own, without genes."""
    z = z.to_numpy() if hasattr(z, "to_numpy") else z
    names = tuple(f"{key}_{k + 1}" for k in range(z.shape[1]))
    x = _dense(z, slice(None), dtype)
    return Table(x, names, obs, {**notes, keys.SCALE: COORDINATES}, ())


def _columns(
    panel: tuple[str, ...], genes: Sequence[str] | None
) -> tuple[tuple[str, ...], np.ndarray | slice]:
    if genes is None:
        return panel, slice(None)
    genes = as_column(genes, "genes")
    return tuple(genes), locate_genes(panel, genes)


def _dense(matrix: Any, columns: np.ndarray | slice, dtype: str) -> np.ndarray:
    kind = getattr(getattr(matrix, "dtype", None), "kind", "O")
    if kind not in "biufO":
        raise InputError("a matrix of real numbers", f"values of type {matrix.dtype}", _NUMBERS)
    if hasattr(matrix, "compute"):  # dask
        matrix = matrix.compute()
    if getattr(matrix, "format", None) == "csc":  # slicing its rows would be slow
        matrix = (matrix if hasattr(matrix, "tocsr") else matrix.to_memory()).tocsr()
    width = len(range(matrix.shape[1])[columns]) if isinstance(columns, slice) else len(columns)
    x = new_matrix(matrix.shape[0], width, dtype)
    for start in range(0, len(x), _ROWS):
        block = matrix[start : start + _ROWS]
        if hasattr(block, "check_format"):  # a damaged index would write outside the array
            block.check_format(full_check=True)
        block = block[:, columns]
        try:
            x[start : start + _ROWS] = block.toarray() if hasattr(block, "toarray") else block
        except (TypeError, ValueError) as error:
            raise InputError("a matrix of real numbers", str(error), _NUMBERS) from None
    return x
