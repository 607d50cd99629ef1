"""The manifest of a run: its format, versions, command, seed, data and method."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hillflow.errors import FileFormatError
from hillflow.files import read_json
from hillflow.run_files import MANIFEST

FORMAT = "hillflow-run-2"


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest in a folder; other formats are refused."""
    manifest = read_json(folder / MANIFEST, "the manifest of a run")
    if manifest.get("format") != FORMAT:
        raise FileFormatError(
            f"a run of the format {FORMAT!r} in {folder}",
            f"{manifest.get('format')!r}",
            "open it with the version of hillflow that wrote it "
            f"({manifest.get('versions', {}).get('hillflow', 'unknown')}), or fit again",
        )
    return manifest


def differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Return the keys under which two dictionaries differ."""
    return [key for key in {**one, **other} if one.get(key) != other.get(key)]
