"""A matrix that is too large for memory, in a temporary file that the system pages in and out.

Random access to rows of a compressed store is slow. Laid out once, uncompressed, in a file that is
mapped into memory, any rows are read at the speed of the disk, by several processes, and nothing
has to be held. The file is as large as the matrix, lies where the system puts temporary files
(``TMPDIR``), and goes when the matrix does.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hillflow.errors import InputError

LARGEST = 2**30  # bytes of a matrix that is held in memory


def new_matrix(rows: int, columns: int, dtype: str | np.dtype) -> np.ndarray:
    """An empty matrix, in memory, or mapped from a temporary file above `LARGEST` bytes.

    Examples
    --------
    >>> from hillflow.data.on_disk import new_matrix
    >>> new_matrix(3, 2, "float32").shape
    (3, 2)
    """
    size = rows * columns * np.dtype(dtype).itemsize
    if size <= LARGEST:
        return np.empty((rows, columns), dtype=dtype)
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    if free < size:
        raise InputError(
            f"{size / 2**30:.1f} GB of disk for {rows:,} cells of {columns:,} genes, in {folder}",
            f"{free / 2**30:.1f} GB free",
            "name a larger folder in the environment variable TMPDIR, or fewer genes with genes=… "
            "(--genes)",
        )  # fmt: skip
    handle, path = tempfile.mkstemp(prefix="hillflow-cells-", suffix=".matrix")
    os.close(handle)
    matrix = np.memmap(path, dtype=dtype, mode="w+", shape=(rows, columns))
    weakref.finalize(matrix, _remove, path)
    return matrix


@dataclass(frozen=True)
class Stored:
    """Rows of a matrix in a file, which any process on this disk can read. Pickles as its path."""

    path: str
    shape: tuple[int, int]
    dtype: str

    def __getitem__(self, rows: Any) -> np.ndarray:
        return np.asarray(np.memmap(self.path, self.dtype, "r", shape=self.shape)[rows])

    def __len__(self) -> int:
        return self.shape[0]


@contextmanager
def stored(matrix: np.ndarray) -> Iterator[Stored]:
    """A matrix as a file: its own if it has one, else a temporary copy."""
    owner = matrix
    while isinstance(owner, np.ndarray) and not isinstance(owner, np.memmap):
        owner = owner.base  # type: ignore[assignment]
    whole = isinstance(owner, np.memmap) and owner.shape == matrix.shape
    if whole and owner.dtype == matrix.dtype and owner.filename is not None:
        yield Stored(str(owner.filename), matrix.shape, matrix.dtype.str)
        return
    handle, path = tempfile.mkstemp(prefix="hillflow-cells-", suffix=".matrix")
    try:
        with os.fdopen(handle, "wb") as file:
            np.ascontiguousarray(matrix).tofile(file)
        yield Stored(path, matrix.shape, matrix.dtype.str)
    finally:
        _remove(path)


def _remove(path: str) -> None:
    Path(path).unlink(missing_ok=True)
