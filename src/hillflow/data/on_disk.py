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
from pathlib import Path

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


def _remove(path: str) -> None:
    Path(path).unlink(missing_ok=True)
