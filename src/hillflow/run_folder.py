"""A run's folder, checked before anything heavy is loaded: is it a run, may one be put there."""

from __future__ import annotations

import difflib
from pathlib import Path

from hillflow.errors import InputError, MissingFileError, listing
from hillflow.files import check_output_folder
from hillflow.run_files import BUILDING, HOLDER, LOCK, MANIFEST, PUBLISH


def check_run(run: Path) -> None:
    """Refuse what is no finished run, and say what it is instead."""
    if not run.is_dir():
        raise MissingFileError(
            "a run directory",
            f"the file {run}" if run.exists() else f"nothing at {run}",
            _nearest_run(run),
        )
    if (run / MANIFEST).is_file() or (run / BUILDING / PUBLISH).is_file():
        return
    if (run / BUILDING).is_dir():
        raise InputError(
            "a finished run", f"one in {run} that was interrupted",
            "finish it with the same command and resume=True (--resume)",
        )  # fmt: skip
    names = sorted(entry.name for entry in run.iterdir())
    inside = [name for name in names if (run / name / MANIFEST).is_file()]
    raise MissingFileError(
        f"a run directory, with a {MANIFEST}",
        f"{run} with {listing(names) or 'nothing in it'}",
        f"did you mean {run / inside[0]}?" if inside else
        "name the folder that `hillflow fit --out` wrote",
    )  # fmt: skip


def _nearest_run(run: Path) -> str:
    """The run beside a path whose name is closest, as a fix."""
    folder = run.absolute().parent
    entries = folder.iterdir() if folder.is_dir() else ()
    names = sorted(entry.name for entry in entries if (entry / MANIFEST).is_file())
    near = difflib.get_close_matches(run.name, names, n=1)
    if near:
        return f"did you mean {str(run.with_name(near[0]))!r}?"
    return "name the folder that `hillflow fit --out` wrote"


def check_target(run: Path, *, resume: bool, overwrite: bool) -> None:
    """Refuse a folder that a fit may not be written to; nothing is changed."""
    if resume and overwrite:
        raise InputError("either resume or overwrite", "both", "leave one out")
    check_output_folder(run)
    if not run.exists():
        if not run.absolute().parent.is_dir():
            raise MissingFileError(
                "a folder to put the run in", f"no folder {str(run.parent)!r}",
                f"make it first: mkdir -p {run.parent}",
            )  # fmt: skip
        return
    names = sorted(entry.name for entry in run.iterdir() if entry.name not in (LOCK, HOLDER))
    finished, begun = MANIFEST in names, BUILDING in names
    if names and not (finished or begun):
        raise InputError(
            "a new or empty folder for the run", f"{run} with {listing(names)}, which is no run",
            "name a folder of its own",
        )  # fmt: skip
    if overwrite or resume or not names:
        return
    if begun:
        raise InputError(
            "a new folder for the run", f"a run that was interrupted in {run}",
            "go on with resume=True (--resume), name another folder, or begin again with "
            "overwrite=True (--overwrite)",
        )  # fmt: skip
    raise InputError(
        "a new folder for the run", f"a finished run in {run}",
        "name another folder, or replace it with overwrite=True (--overwrite)",
    )  # fmt: skip
