"""A small JSON file beside a saved table that records how the table was made.

It holds a checksum of the table, so that it is not believed once the table has changed.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from hillflow.errors import InputError
from hillflow.records import read_record, write_record
from hillflow.run_files import about_name
from hillflow.schemas import AboutFile

CHANGED = "changed"
_TABLE, _ABOUT, _OTHERS = "table", "about", "others"


def check_about(about: dict[str, Any]) -> None:
    """Refuse values that JSON cannot hold, before anything is written."""
    try:
        json.dumps(about, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(
            "plain JSON values in about", str(error), "keep text, finite numbers and lists in it"
        ) from None


def write_about(table: Path, about: dict[str, Any], *others: Path) -> None:
    """Write ``edges.about.json`` beside ``edges.csv``; no file if there is nothing to record.

    `others` are tables of the same result, whose digests are recorded too.
    """
    beside = about_path(table)
    if about or others:
        digests = {other.name: _digest(other) for other in others}
        record = {_TABLE: _digest(table), _ABOUT: about, _OTHERS: digests}
        write_record(beside, record, AboutFile)
    else:
        beside.unlink(missing_ok=True)


def read_about(table: Path) -> dict[str, Any]:
    """Return the record of a table: empty without one, `CHANGED` if a table has changed."""
    beside = about_path(table)
    if not beside.is_file():
        return {}
    fix = f"remove {beside.name}, or write the table again"
    record = read_record(beside, AboutFile, fix=fix)
    digests = {table.name: record[_TABLE], **record.get(_OTHERS, {})}
    for name, digest in digests.items():
        path = table.with_name(name)
        if not path.is_file() or _digest(path) != digest:
            return {CHANGED: True}
    return record[_ABOUT]


def about_path(table: Path) -> Path:
    """Return the path of the record that belongs to a table."""
    return table.with_name(about_name(table.name))


def _digest(table: Path) -> str:
    with table.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()
