"""How a saved table was made: a small JSON file beside its table, true of that table alone."""

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
    """Refuse, before anything is written, what JSON cannot hold."""
    try:
        json.dumps(about, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(
            "plain JSON values in about", str(error), "keep text, finite numbers and lists in it"
        ) from None


def write_about(table: Path, about: dict[str, Any]) -> None:
    """Note beside `table`, ``edges.about.json`` of ``edges.csv``; no file if `about` is empty."""
    beside = about_path(table)
    if about:
        write_json(beside, {_TABLE: _digest(table), _ABOUT: about})
    else:
        beside.unlink(missing_ok=True)


def read_about(table: Path) -> dict[str, Any]:
    """What was noted; `CHANGED` alone if the table was changed since; empty without a note."""
    beside = about_path(table)
    if not beside.is_file():
        return {}
    note = read_json(beside, f"how {table.name} was made")
    if note.get(_TABLE) != _digest(table):
        return {CHANGED: True}
    about = note.get(_ABOUT)
    if not isinstance(about, dict) or not all(
        isinstance(about.get(name, kind()), kind) for name, kind in _KINDS.items()
    ):
        raise FileFormatError(
            f"how {table.name} was made, as hillflow writes it",
            f"something else in {beside.name}",
            f"remove {beside.name}, or write the table anew",
        )
    return about


def about_path(table: Path) -> Path:
    """Where the note about a table lies."""
    return table.with_suffix(".about.json")


def _digest(table: Path) -> str:
    with table.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()
