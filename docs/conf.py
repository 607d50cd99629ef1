"""Sphinx configuration; the tables of fields and methods are written from the registries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hillflow import __version__

project = "hillflow"
author = "The hillflow developers"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"hillflow {__version__}"

TABLES = Path(__file__).parent / "_build" / "tables"


def write_tables(app: Any) -> None:
    """One Markdown table a registry: the same rows as `hillflow methods`."""
    from hillflow.cli.methods import method_tables

    TABLES.mkdir(parents=True, exist_ok=True)
    for name, rows in method_tables().items():
        lines = ["| name | formula | source | not when |", "|---|---|---|---|"]
        for row in rows:
            cells = (f"`{row['name']}`", row["formula"], row["source"], row["when_not"])
            lines.append("| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |")
        (TABLES / f"{name}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    write_formats()


def write_formats() -> None:
    """The files of networks that are read and written."""
    from hillflow.networks import FORMATS

    lines = ["| name | tool | read | written |", "|---|---|---|---|"]
    for entry in FORMATS.values():
        read = entry.columns.replace("|", r"\|") if entry.read else "–"
        written = f"`{entry.suffix}`" if entry.suffix else "any ending"
        cells = (f"`{entry.name}`", entry.description, read, written if entry.write else "–")
        lines.append("| " + " | ".join(cells) + " |")
    (TABLES / "formats.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def setup(app: Any) -> None:
    """Write the tables before any page is read."""
    app.connect("builder-inited", write_tables)
