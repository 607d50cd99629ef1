"""Pages and tables that are made from the source when the documentation is built.

`reference` makes the Python reference from each room's ``__all__``, `tables` the tables of the
registries, `codes` the table of findings, `licences` that of dependencies, `gallery` the pictures
of the figures, `published` the table of papers, `theory` a page of each field and method;
`docstrings` prepares docstrings for Sphinx, `mathml` its formulas.
"""

from __future__ import annotations

from pathlib import Path

from _pages import codes, gallery, licences, reference, tables, theory


def write(docs: Path) -> None:
    """Write every made page into ``api/`` and ``theory/``, parts of others into ``_build/``."""
    pages = {docs / "api" / f"{name}.md": text for name, text in reference.pages().items()}
    pages |= {docs / "theory" / f"{name}.md": text for name, text in theory.pages().items()}
    parts = {f"{name}.md": tables.short(name) for name in tables.REGISTRIES}
    parts["findings.md"] = codes.table()
    parts["licences.md"] = licences.table()
    parts["theory.md"] = theory.index()
    pages |= {docs / "_build" / "tables" / name: text for name, text in parts.items()}
    pages[docs / "_build" / "gallery" / "gallery.md"] = gallery.text()
    gallery.draw(docs / "_build" / "gallery")
    theory.draw(docs / "_build" / "theory")
    for folder in (docs / "api", docs / "theory"):
        for path in set(folder.rglob("*.md")) - set(pages):
            path.unlink()  # of an entry that is no more
    for path, text in pages.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
