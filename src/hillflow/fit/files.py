"""Files that are there whole or not at all: written under a temporary name, then renamed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hillflow.errors import FileFormatError, MissingFileError


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
