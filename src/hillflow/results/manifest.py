"""The manifest of a run: its format, versions, command, seed, data and method."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hillflow.model.fit import member_name
from hillflow.model.storage import DESCRIPTION, TENSORS
from hillflow.records import read_record, sha256_of, write_record
from hillflow.run_files import DATA, HISTORY, MANIFEST, MODEL
from hillflow.schemas import ManifestRecord

FORMAT = "hillflow-run-3"


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest in a folder; other formats are refused."""
    return read_record(folder / MANIFEST, ManifestRecord, format=FORMAT)


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest with the SHA-256 of the cells, the history and the members beside it."""
    members = manifest["request"]["members"]
    names = [DATA, HISTORY, *(name for number in range(members) for name in member_files(number))]
    digests = {name: sha256_of(folder / name) for name in names}
    write_record(folder / MANIFEST, {**manifest, "files": digests}, ManifestRecord)


def member_files(number: int) -> tuple[str, str]:
    """Return the names of a member's two files in a run."""
    folder = f"{MODEL}/{member_name(number)}"
    return f"{folder}/{DESCRIPTION}", f"{folder}/{TENSORS}"


def differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Return the keys under which two dictionaries differ."""
    return [key for key in {**one, **other} if one.get(key) != other.get(key)]
