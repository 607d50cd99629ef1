"""How a saved table was made: a small JSON file beside its table, true of that table alone."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from hillflow.fit.files import read_json, write_json

CHANGED = "changed"
_TABLE, _ABOUT = "table", "about"


def write_about(table: Path, about: dict[str, Any]) -> None:
    """Note beside `table`, ``edges.about.json`` of ``edges.csv``; no file if there is no word."""
    beside = _beside(table)
    if about:
        write_json(beside, {_TABLE: _digest(table), _ABOUT: about})
    else:
        beside.unlink(missing_ok=True)


def read_about(table: Path) -> dict[str, Any]:
    """What was noted; `CHANGED` alone of a table that was changed since; nothing without a note."""
    beside = _beside(table)
    if not beside.is_file():
        return {}
    noted = read_json(beside, f"how {table.name} was made")
    about = noted.get(_ABOUT)
    if noted.get(_TABLE) != _digest(table) or not isinstance(about, dict):
        return {CHANGED: True}
    return about


def _beside(table: Path) -> Path:
    return table.with_suffix(".about.json")


def _digest(table: Path) -> str:
    return hashlib.blake2b(table.read_bytes(), digest_size=16).hexdigest()
