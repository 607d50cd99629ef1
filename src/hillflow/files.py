"""Checks of output paths before work begins, and atomic writes.

A file is written under a temporary name in its folder and renamed at the end, so that an
interrupted write never leaves half a file.
"""

from __future__ import annotations

import difflib
import errno
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hillflow.errors import InputError, MissingFileError, did_you_mean
from hillflow.run_files import ADDED, DATA, HISTORY, MANIFEST, METRICS, MODEL

_OF_HDF5 = re.compile(r"file write failed.*errno = (\d+)", re.DOTALL)
_OF_A_FIT = (DATA, HISTORY, MANIFEST, METRICS)
_REFUSED = (
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENOTDIR, errno.EFBIG,
    errno.ENAMETOOLONG, errno.ELOOP,
)  # fmt: skip
_STORE = (".zgroup", "zarr.json", ".zattrs")  # one of them lies in a zarr store


def check_output_file(path: str | os.PathLike[str], ending: str = "", own: str = "") -> Path:
    """Return the path if a file with this ending can be written there. Writes nothing.

    `own` is the name that this kind of result has in a run's folder, the only one there that it
    may replace. A link is written through to its target, so both are checked.
    """
    path = _without_tilde(path)
    if ending and path.suffix != ending:
        raise InputError(
            f"an output name that ends in {ending}",
            repr(path.name),
            f"write {path.with_suffix(ending).name if path.name else f'data{ending}'}",
        )
    if path.is_dir():
        raise InputError("the name of a file", f"the folder {str(path)!r}", "choose another name")
    if path.exists() and not path.is_file():
        raise InputError(
            "the name of a file", f"{str(path)!r}, which is a device or a pipe",
            "choose another name",
        )  # fmt: skip
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise InputError(
            "the name of a file", f"{str(path)!r}, a link to itself", "choose another name"
        )
    _check_not_of_a_run(Path(os.path.realpath(path.parent)) / path.name, own)
    if path.is_symlink():
        check_output_file(target, own=own)
    if not path.parent.is_dir():
        raise MissingFileError(
            "an existing output folder",
            f"{'the file' if path.parent.exists() else 'no folder'} {str(path.parent)!r}",
            "choose another folder"
            if path.parent.exists()
            else f"create it: mkdir -p {path.parent}",
        )
    _check_writable(path.parent)
    return path


def _check_not_of_a_run(place: Path, own: str) -> None:
    """Refuse what a fit wrote into a run's folder, and the name of another kind of result."""
    for run in list(place.parents)[:3]:
        inside = "/".join(place.relative_to(run).parts)
        of_a_fit = inside in _OF_A_FIT or inside.startswith(f"{MODEL}/")
        if (of_a_fit or inside in ADDED) and inside != own and (run / MANIFEST).is_file():
            raise InputError(
                f"an output that is not a file of a {'fit' if of_a_fit else 'run'}",
                f"{inside} of the run {run}", "choose another name",
            )  # fmt: skip


def _without_tilde(path: str | os.PathLike[str]) -> Path:
    """Refuse ``~``, which is a name of its own here and the home folder to other programs."""
    path = Path(path)
    if path.parts and path.parts[0].startswith("~"):
        raise InputError(
            "an output path without ~", repr(str(path)),
            "write the name of your home folder in full, or use Path.expanduser() in Python",
        )  # fmt: skip
    return path


def check_output_folder(path: str | os.PathLike[str]) -> Path:
    """Return the path if it is a writable folder, or if such a folder can be made there."""
    path = _without_tilde(path)
    if path.is_symlink() and not path.exists():
        raise InputError(
            "a folder to write into", f"{path}, a link to nothing or to itself",
            "choose another folder, or make the one that it should lead to",
        )  # fmt: skip
    existing = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    if not existing.is_dir():
        raise InputError("a folder to write into", f"the file {existing}", "choose another folder")
    _check_writable(existing)
    return path


def _check_writable(folder: Path) -> None:
    # Files are written under a temporary name and renamed, so the folder must be writable.
    # Its permissions alone do not show a read-only or full disk: try to write.
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(
            "a folder that you can write into",
            f"{str(folder)!r} ({os.strerror(error.errno or errno.EACCES)})",
            f"choose a folder of your own, or make this one writable: chmod u+wx {folder}",
        ) from None


def write_error(error: Exception) -> InputError | None:
    """Turn a write that the system refused into an error of ours; None for other errors."""
    if isinstance(error, RuntimeError) and (number := _OF_HDF5.search(str(error))):
        error = OSError(int(number[1]), "")  # HDF5 has the system's error in its text alone
    if not isinstance(error, OSError):
        return None
    if error.errno == errno.ENOENT and not _has_current_folder():
        return InputError(
            "a current folder", "one that was deleted", "go to another: cd ~, or cd the project"
        )
    if error.errno not in _REFUSED:
        return None
    place = f" at {error.filename}" if error.filename else ""
    return InputError(
        "a writable output path",
        f"{os.strerror(error.errno)}{place}",
        "free some space, or write into another folder (--out)",
    )


def _has_current_folder() -> bool:
    try:
        return os.path.isdir(os.getcwd())
    except OSError:
        return False


def absent(path: str | os.PathLike[str], what: str) -> MissingFileError:
    """Return the error that `what` is not at `path`, with the closest file name as a fix."""
    path = Path(path)
    folder = path.absolute().parent
    entries = folder.iterdir() if folder.is_dir() else ()
    names = [entry.name for entry in entries if entry.is_file() or (entry / MANIFEST).is_file()]
    near = difflib.get_close_matches(path.name, sorted(names), n=1)
    fix = f"check the name, and the folder {folder}"
    if near:
        fix = f"did you mean {str(path.with_name(near[0]))!r}?"
    return MissingFileError(what, f"{'a folder' if path.is_dir() else 'nothing'} at {path}", fix)


def check_file(path: Path, what: str, endings: tuple[str, ...]) -> None:
    """Refuse a path that is no file, naming the nearest file of these endings beside it."""
    if path.is_file():
        return
    folder = path.parent
    near = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
    near = [name for name in near if name.endswith(endings)]
    raise MissingFileError(
        f"{what} at {path}",
        "a folder" if path.is_dir() else "nothing there",
        did_you_mean(path.name, near)
        if near
        else f"there is no {' or '.join(endings)} in {folder.absolute()}"
        if folder.is_dir()
        else f"there is no folder {folder} either; name an existing one",
    )


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path, for a file or a folder, that is renamed to `path` on success.

    Until then, what was at `path` before is kept. An unfinished draft is removed. A link to a
    file is written through to its target. The draft's path is absolute: pandas would take a
    relative ``~`` for the home folder.
    """
    path = Path(os.path.abspath(path) if path.is_dir() else os.path.realpath(path))
    draft = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        yield draft
        if draft.is_dir() and path.exists():  # a folder cannot be renamed onto another
            shutil.rmtree(path)
        os.replace(draft, path)
    finally:
        if draft.is_dir():
            shutil.rmtree(draft)
        else:
            draft.unlink(missing_ok=True)


def remove_drafts(folder: Path) -> None:
    """Remove what `replacing` left below a folder in a process that was killed within a write."""
    for draft in sorted(folder.rglob(".*.part*")):
        if draft.is_dir():
            shutil.rmtree(draft)
        else:
            draft.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write plain values as JSON; NaN and infinity, which JSON does not have, are refused."""
    with replacing(path) as draft:
        draft.write_text(json.dumps(value, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def is_store(path: str | os.PathLike[str]) -> bool:
    """Whether a path is a folder that zarr wrote."""
    return any((Path(path) / name).exists() for name in _STORE)
