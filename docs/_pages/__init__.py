"""Pages and tables that are made from the source when the documentation is built.

`reference` makes the Python reference from each room's ``__all__``, `tables` the tables of the
registries, `codes` the table of findings, `licences` that of dependencies, `gallery` the pictures
of the figures, `published` the table of papers; `docstrings` prepares docstrings for Sphinx.
"""

from __future__ import annotations

from pathlib import Path

from _pages import codes, gallery, licences, published, reference, tables


def write(docs: Path) -> None:
    """Write every made page below `docs`: ``api/`` for pages, ``_build/`` for their parts."""
    pages = {docs / "api" / f"{name}.md": text for name, text in reference.pages().items()}
    parts = {f"{name}.md": tables.short(name) for name in tables.REGISTRIES}
    parts["findings.md"] = codes.table()
    parts["licences.md"] = licences.table()
    parts["published.md"] = published.table()
    pages |= {docs / "_build" / "tables" / name: text for name, text in parts.items()}
    pages[docs / "_build" / "gallery" / "gallery.md"] = gallery.text()
    gallery.draw(docs / "_build" / "gallery")
    for path, text in pages.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
