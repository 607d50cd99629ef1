"""Where a command may write: a new file, or one that the user gives up."""

from __future__ import annotations

from pathlib import Path

from hillflow.errors import InputError
from hillflow.files import check_output_file


def check_new_file(path: Path, ending: str, overwrite: bool) -> Path:
    """Return the path if a file can be put there and none is lost that was not given up."""
    path = check_output_file(path, ending)
    if path.exists() and not overwrite:
        raise InputError(
            "the name of a new file", f"{path}, which is there",
            "name another file, or replace it with --overwrite",
        )  # fmt: skip
    return path


def check_not_of_run(path: Path, run: Path) -> None:
    """Refuse to write over the cells of a run, which all of its later answers rest on."""
    from hillflow.results.run import DATA

    if path.resolve() == (run / DATA).resolve():
        raise InputError(
            "a file of its own", f"{path}, the cells that the run was fitted to",
            "name another file",
        )  # fmt: skip
