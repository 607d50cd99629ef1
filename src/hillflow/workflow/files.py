"""Where a verb may write: a new file, or one that the user gives up."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from hillflow.errors import InputError
from hillflow.files import check_output_file, replacing
from hillflow.results import Run
from hillflow.run_files import DATA

if TYPE_CHECKING:
    import anndata


def check_new_file(path: str | PathLike[str] | None, ending: str, overwrite: bool) -> Path | None:
    """The path, if a file can be put there and none is lost that was not given up."""
    if path is None:
        return None
    path = check_output_file(path, ending)
    if path.exists() and not overwrite:
        raise InputError(
            "the name of a new file", f"{path}, which is there",
            "name another file, or replace it with overwrite=True (--overwrite)",
        )  # fmt: skip
    return path


def check_not_of_run(path: Path | None, *runs: Run) -> None:
    """Refuse to write over the cells of a run, which all of its later answers rest on."""
    for run in runs:
        if (
            path is not None
            and run.path is not None
            and path.resolve() == (run.path / DATA).resolve()
        ):
            raise InputError(
                "a file of its own", f"{path}, the cells that the run was fitted to",
                "name another file",
            )  # fmt: skip


def write_h5ad(adata: anndata.AnnData, path: Path | None) -> None:
    """Write it whole or not at all; nothing of no path."""
    if path is not None:
        with replacing(path) as draft:
            adata.write_h5ad(draft)
