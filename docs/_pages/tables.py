"""The registries as Markdown: the rows of `hillflow methods`, short for guides and in full."""

from __future__ import annotations

from typing import Any

from hillflow.workflow._methods import HEADINGS, REGISTRIES, method_rows

__all__ = ["REGISTRIES", "full", "short"]

_LEADS = ("formula", "description", "finds")
_SHORT = {
    "fields": ("formula", "prior", "when_not"),
    "methods": ("formula", "source", "when_not"),
    "formats": ("description", "columns", "suffix"),
    "readouts": ("description",),
}


def short(table: str) -> str:
    """A table with the columns that help to choose; cells without a value hold a dash."""
    rows = method_rows(table)
    has = {key for row in rows for key in row}
    keys = _SHORT.get(table) or tuple(
        key for key in (*_LEADS, "source", "cost", "when_not") if key in has
    )
    heads = ["name", *(HEADINGS[key] for key in keys)]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for row in rows:
        values = [f"`{row['name']}`", *(_cell(key, row.get(key)) for key in keys)]
        lines.append("| " + " | ".join(values) + " |")
    return "\n".join(lines) + "\n"


def full(table: str) -> str:
    """A definition list with everything that is known of each entry."""
    return "\n".join(_entry(row) for row in method_rows(table))


def _entry(row: dict[str, Any]) -> str:
    lead = next((key for key in _LEADS if row.get(key)), None)
    facts = [
        f"*{HEADINGS[key]}*: {_cell(key, row[key])}"
        for key in HEADINGS
        if key != lead and row.get(key) not in (None, "")
    ]
    parts = [escaped(str(row[lead]))] if lead else []
    parts += [" · ".join(facts)] if facts else []
    body = "\n: ".join(parts) or "–"
    return f"`{row['name']}`\n: {body}\n"


def _cell(key: str, value: Any) -> str:
    if value in (None, ""):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"`{value}`" if key == "suffix" else escaped(str(value))


def escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    for character in "\\`*_{}[]<>|~$":
        text = text.replace(character, "\\" + character)
    return text
