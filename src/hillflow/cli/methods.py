"""``hillflow methods``: every registered choice, read from the registries and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hillflow.cli.app import JsonOption, app, print_result, rich_escape
from hillflow.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from rich.console import RenderableType

# What a table is called, what it answers, and the columns a person reads beside the name.
TABLES = {
    "fields": "Which law moves a cell (--field)",
    "methods": "How the law is learnt (--method)",
    "couplings": "Who becomes whom between two times",
    "divergences": "How far two populations are apart",
    "solvers": "How a law is integrated",
}
_HEADINGS = {
    "formula": "formula", "source": "source", "prior": "prior", "learns": "learns",
    "trains": "fields", "data": "data", "coupling": "coupling", "order": "order",
    "needs": "needs", "cost": "cost", "when_not": "not when",
}  # fmt: skip


@app.command()
def methods(
    table: Annotated[
        str | None, typer.Argument(help=f"One of {', '.join(TABLES)}; all unless given.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List every field, method, coupling, divergence and solver with source and cost.

    Example: hillflow methods fields
    """
    if table is not None and table not in TABLES:
        raise InputError("the name of a table", repr(table), did_you_mean(table, tuple(TABLES)))
    tables = method_tables()
    chosen = {name: rows for name, rows in tables.items() if table in (None, name)}
    print_result(chosen, as_json, None if as_json else _shown(chosen))


def method_tables() -> dict[str, list[dict[str, Any]]]:
    """The registries as rows of plain values, by the names in `TABLES`."""
    from hillflow.fields import field_entries
    from hillflow.objectives.registry import method_entries
    from hillflow.solve import solver_entries
    from hillflow.transport import coupling_entries, divergence_entries

    entries = (
        field_entries(), method_entries(), coupling_entries(), divergence_entries(),
        solver_entries(),
    )  # fmt: skip
    return {name: _rows(found) for name, found in zip(TABLES, entries, strict=True)}


def _rows(entries: Iterable[Any]) -> list[dict[str, Any]]:
    """What of each entry is text, number, or the name of another entry."""
    rows = []
    for entry in entries:
        row = {}
        for key in ("name", *_HEADINGS):
            value = getattr(entry, key, None)
            if is_dataclass(value):
                value = getattr(value, "name", None)
            if value is not None and key in {field.name for field in fields(entry)}:
                row[key] = ", ".join(value) if isinstance(value, tuple) else value
        rows.append(row)
    return rows


def _shown(tables: dict[str, list[dict[str, Any]]]) -> RenderableType:
    from rich.console import Group
    from rich.table import Table

    parts: list[RenderableType] = []
    for name, rows in tables.items():
        columns = [key for key in _HEADINGS if any(key in row for row in rows)]
        short = [key for key in columns if key not in ("formula", "source", "cost", "when_not")]
        shown = Table("name", *(_HEADINGS[key] for key in short), "what it is", show_lines=True)
        shown.title = f"{name}: {TABLES[name]}"
        for row in rows:
            about = [row["formula"], f"source: {row['source']}", f"cost: {row['cost']}"]
            if row["when_not"]:
                about.append(f"not when: {row['when_not']}")
            cells = [str(row.get(key, "")) for key in short]
            shown.add_row(*map(rich_escape, [row["name"], *cells, "\n".join(about)]))
        parts.append(shown)
    return Group(*parts)
