"""A small JSON file beside a saved table that records how the table was made.

It holds a checksum of the table, so that it is not believed once the table has changed.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from hillflow.errors import FileFormatError, InputError
from hillflow.files import read_json, write_json

CHANGED = "changed"
_TABLE, _ABOUT = "table", "about"
_KINDS = {"readout": str, "confidence": str, "members": int, "runs": list, "fields": list}


def check_about(about: dict[str, Any]) -> None:
    """Refuse values that JSON cannot hold, before anything is written."""
    try:
        json.dumps(about, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(
            "plain JSON values in about", str(error), "keep text, finite numbers and lists in it"
        ) from None


def write_about(table: Path, about: dict[str, Any]) -> None:
    """Write ``edges.about.json`` beside ``edges.csv``; no file if `about` is empty."""
    beside = about_path(table)
    if about:
        write_json(beside, {_TABLE: _digest(table), _ABOUT: about})
    else:
        beside.unlink(missing_ok=True)


def read_about(table: Path) -> dict[str, Any]:
    """Return the record of a table: empty without one, `CHANGED` if the table has changed."""
    beside = about_path(table)
    if not beside.is_file():
        return {}
    record = read_json(beside, f"how {table.name} was made")
    if record.get(_TABLE) != _digest(table):
        return {CHANGED: True}
    about = record.get(_ABOUT)
    if not isinstance(about, dict) or not all(
        isinstance(about.get(name, kind()), kind) for name, kind in _KINDS.items()
    ):
        raise FileFormatError(
            f"how {table.name} was made, as hillflow writes it",
            f"something else in {beside.name}",
            f"remove {beside.name}, or write the table again",
        )
    return about


def about_path(table: Path) -> Path:
    """Return the path of the record that belongs to a table."""
    return table.with_suffix(".about.json")


def _digest(table: Path) -> str:
    with table.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()
