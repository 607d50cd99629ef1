"""``edges.csv``: the table of a network's edges, with a record beside it of how it was made."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import pandas as pd

from hillflow.errors import FileFormatError
from hillflow.files import absent, check_output_file, replacing
from hillflow.networks.about_file import check_about, read_about, write_about
from hillflow.run_files import EDGES
from hillflow.spreadsheet import escaped, unescaped

_TEXT = ("source", "target", "evidence")
_NUMBERS = ("weight", "sign", "confidence")


def write_edges(edges: pd.DataFrame, about: dict[str, Any], path: Path) -> Path:
    """Write the edges as a comma-separated table, and `about` beside it."""
    path = check_output_file(path, ".csv", own=EDGES)
    check_about(about)
    with replacing(path) as draft:
        escaped(edges).to_csv(draft, index=False)
    write_about(path, about)
    return path


def read_edges(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Read all columns of the table, numbers exactly as written, and the record beside it."""
    if not path.is_file():
        raise absent(path, "a table of edges, as `hillflow graph` writes it")
    # A gene may be called NA: only numbers may be missing, and only by an empty field.
    text = dict.fromkeys(_TEXT, str)
    try:
        path = path.absolute()  # pandas would take ~ for the home folder
        others = [name for name in pd.read_csv(path, nrows=0).columns if name not in text]
        edges = pd.read_csv(
            path, dtype=text, keep_default_na=False, na_values={name: [""] for name in others},
            float_precision="round_trip",
        )  # fmt: skip
    except (ValueError, OSError, EOFError, zlib.error) as error:  # pandas' own are ValueErrors
        raise FileFormatError(
            "a table of edges with commas between its columns",
            f"{path}, which cannot be read as one ({str(error).strip()})",
            "name the edges.csv that `hillflow graph` wrote",
        ) from None
    for name in _NUMBERS:
        if name in edges and len(edges) and not pd.api.types.is_numeric_dtype(edges[name]):
            words = pd.to_numeric(edges[name], errors="coerce").isna() & edges[name].notna()
            raise FileFormatError(
                f"numbers in the column {name} of {path}", repr(str(edges[name][words].iloc[0])),
                "correct that row, or write the table again with `hillflow graph`",
            )  # fmt: skip
    if not len(edges):
        raise FileFormatError(
            f"edges in {path}", "only a header", "write them again with `hillflow graph`"
        )
    return unescaped(edges), read_about(path)
