"""Plans in files: maps of an interval (``.h5ad``, ``.npz``) and tables of pairs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hillflow.errors import FileFormatError, InputError, MissingFileError, listing

if TYPE_CHECKING:
    import pandas as pd

MAPS = (".h5ad", ".npz")
_NAMES = ("source_cells", "target_cells")
_SPARSE = ("data", "indices", "indptr", "shape")
_EXPORT = (
    "write a file for each interval; from moscot, with p = problem[t0, t1]: "
    "AnnData(p.solution.transport_matrix, obs=p.adata_src.obs, var=p.adata_tgt.obs).write_h5ad(…)"
)


class Map(NamedTuple):
    """A transport map [source cells, target cells], dense or sparse, and the names of its cells."""

    matrix: Any
    source_cells: np.ndarray
    target_cells: np.ndarray


def files_of(path: Path) -> list[Path]:
    """Return the files of maps at a path: itself, those of a folder, or those with a prefix."""
    if path.is_dir():
        files = [file for file in path.iterdir() if file.suffix in MAPS]
        if not files:
            raise MissingFileError(
                "transport maps (.h5ad or .npz)", f"none in the folder {path}", _EXPORT
            )
        return sorted(files)
    if path.is_file():
        if path.suffix not in MAPS:
            raise FileFormatError(
                "a plan as .h5ad, .npz, .csv, .tsv or .parquet", path.name, _EXPORT
            )
        return [path]
    if path.parent.is_dir():
        files = [
            file for file in path.parent.iterdir()
            if file.suffix in MAPS and file.name.startswith(f"{path.name}_")
        ]  # fmt: skip
        if files:
            return sorted(files)
    raise MissingFileError("a plan", f"nothing at {path}", "correct the path")


def read_h5ad_map(path: Path) -> Map:
    """Read a map from AnnData: obs are the source cells, var the target cells."""
    import anndata

    _existing(path)
    try:
        read = anndata.read_h5ad(path)
    except (OSError, KeyError, ValueError) as error:
        raise FileFormatError(
            "a transport map as AnnData (.h5ad)", f"{path.name}: {error}", "check the file"
        ) from error
    if read.X is None:
        raise FileFormatError("a transport map as X", f"{path.name} without X", _EXPORT)
    return Map(read.X, read.obs_names.to_numpy(), read.var_names.to_numpy())


def read_npz_map(path: Path) -> Map:
    """Read a map from ``.npz``: names, and a dense matrix or the parts of a sparse one by rows."""
    from scipy.sparse import csr_matrix

    _existing(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError) as error:
        raise FileFormatError(
            "arrays of numbers and text (.npz)", f"{path.name}: {error}",
            "write names as text: adata.obs_names.to_numpy(dtype=str)",
        ) from error  # fmt: skip
    parts = ("matrix",) if "matrix" in arrays else _SPARSE
    absent = [name for name in (*_NAMES, *parts) if name not in arrays]
    if absent:
        raise FileFormatError(
            f"arrays {', '.join(_NAMES)}, and matrix or {', '.join(_SPARSE)}",
            f"{path.name} without {listing(absent)}", "name the arrays so",
        )  # fmt: skip
    names = [arrays[name] for name in _NAMES]
    if "matrix" in arrays:
        return Map(arrays["matrix"], *names)
    data, indices, indptr, shape = (arrays[name] for name in _SPARSE)
    layout = arrays.get("format")
    if layout is not None and layout.item() not in (b"csr", "csr"):
        raise FileFormatError(
            "a sparse matrix by rows (csr)", f"{layout.item()!r} in {path.name}",
            "call .tocsr() on the map first",
        )  # fmt: skip
    try:
        return Map(csr_matrix((data, indices, indptr), shape=tuple(shape)), *names)
    except (ValueError, TypeError) as error:
        raise FileFormatError(
            "a sparse matrix by rows (csr)", f"{path.name}: {error}", "check the file"
        ) from error


def read_table(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Read a table of pairs, with names of cells as text."""
    import pandas as pd

    _existing(path)
    path = path.absolute()  # pandas would take ~ for the home folder
    text = dict.fromkeys(columns, str)
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path).astype(text, errors="ignore")
        return pd.read_csv(
            path, sep="\t" if path.suffix in (".tsv", ".txt") else ",", dtype=text,
            keep_default_na=False,
        )  # fmt: skip
    except (ValueError, OSError) as error:
        raise FileFormatError(
            "a table of pairs (.csv, .tsv or .parquet)", f"{path.name}: {error}", "check the file"
        ) from error


def heaviest(matrix: Any, keep: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the largest entries (i, j, weight) that hold a share `keep` of each row's mass."""
    from scipy.sparse import csr_matrix

    sliced = matrix.tocsr() if hasattr(matrix, "tocsr") else np.asarray(matrix)
    parts = []
    for start in range(0, matrix.shape[0], 256):
        block = csr_matrix(sliced[start : start + 256], dtype=np.float64).tocoo()
        if not np.isfinite(block.data).all() or (block.data < 0).any():
            raise InputError(
                "a map with finite weights of at least 0",
                "NaN, infinite or negative ones",
                "correct the map",
            )
        order = np.lexsort((-block.data, block.row))
        i, j, weight = block.row[order], block.col[order], block.data[order]
        mass = np.bincount(i, weight, minlength=256)
        before = np.cumsum(weight) - weight - (np.cumsum(mass) - mass)[i]
        kept = (before < keep * mass[i]) & (weight > 0)
        parts.append((i[kept] + start, j[kept], weight[kept]))
    i, j, weight = (np.concatenate(part) for part in zip(*parts, strict=True))
    return i, j, np.asarray(weight, dtype=np.float64)


def _existing(path: Path) -> None:
    if not path.is_file():
        raise MissingFileError("a file", f"nothing at {path}", "correct the path")
