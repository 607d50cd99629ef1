"""Files: checked before any work begins, and there whole or not at all.

Whatever is written goes to a temporary name beside its place and is renamed at the end.
"""

from __future__ import annotations

import difflib
import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hillflow.errors import FileFormatError, InputError, MissingFileError, did_you_mean

_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENOTDIR)


def check_output_file(path: str | os.PathLike[str], ending: str = "") -> Path:
    """Return the path if a file (with this ending) can be put there; nothing is left there."""
    path = Path(path)
    if ending and path.suffix != ending:
        raise InputError(
            f"an output name that ends in {ending}",
            repr(path.name),
            f"write {path.with_suffix(ending).name if path.name else f'data{ending}'}",
        )
    if path.is_dir():
        raise InputError("the name of a file", f"the folder {str(path)!r}", "choose another name")
    if not path.parent.is_dir():
        raise MissingFileError(
            "an output folder that is there",
            f"{'the file' if path.parent.exists() else 'no folder'} {str(path.parent)!r}",
            "name another folder" if path.parent.exists() else f"make it: mkdir -p {path.parent}",
        )
    _check_writable(path.parent)
    return path


def check_output_folder(path: str | os.PathLike[str]) -> Path:
    """Return the path if a folder is there, or can be made, that files can be put into."""
    path = Path(path)
    there = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    if not there.is_dir():
        raise InputError("a folder to write into", f"the file {there}", "name another folder")
    _check_writable(there)
    return path


def _check_writable(folder: Path) -> None:
    # Files are written under a temporary name and renamed, so it is the folder that counts;
    # and only trying tells, for the rights alone say nothing of a read-only or full disk.
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(
            "a folder that you can write into",
            f"{str(folder)!r} ({os.strerror(error.errno or errno.EACCES)})",
            f"name a folder of your own, or make this one writable: chmod u+wx {folder}",
        ) from None


def refusal(error: OSError) -> InputError | None:
    """The user's side of a write that the system refused; None for any other fault."""
    if error.errno not in _REFUSED:
        return None
    place = f" at {error.filename}" if error.filename else ""
    return InputError(
        "a place that can be written",
        f"{os.strerror(error.errno)}{place}",
        "free some space, or write into another folder (--out)",
    )


def absent(path: str | os.PathLike[str], what: str) -> MissingFileError:
    """The error that `what` is not at `path`, with the nearest name in its folder."""
    path = Path(path)
    folder = path.absolute().parent
    names = [one.name for one in folder.iterdir() if one.is_file()] if folder.is_dir() else []
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
    """A draft beside `path`, a file or a folder, that takes its name if all goes well.

    Until then whatever stood at `path` stays; a draft that was not finished is removed.
    """
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


def write_json(path: Path, value: Any) -> None:
    """Write plain values; NaN and infinity, which JSON has not, are refused."""
    with replacing(path) as draft:
        draft.write_text(json.dumps(value, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path: Path, what: str) -> dict[str, Any]:
    """Read one object, or say that `what` is absent or damaged."""
    if not path.is_file():
        raise MissingFileError(
            f"{what} in {path.parent}", f"no {path.name}", "check the path, or save it again"
        )
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise FileFormatError(
            f"{what} as JSON in {path.name}", f"a damaged file ({error})", "copy it again"
        ) from error
    if not isinstance(found, dict):
        raise FileFormatError(
            f"{what} as a JSON object in {path.name}", type(found).__name__, "copy it again"
        )
    return found
