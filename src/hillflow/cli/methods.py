"""``hillflow methods``: every registered choice, read from the registries and nowhere else."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hillflow.cli.app import JsonOption, app, print_result, rich_escape
from hillflow.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from hillflow.fields import FieldEntry

# What a table is called and what it answers.
TABLES = {
    "fields": "Which law moves a cell (--field)",
    "methods": "How the law is learnt (--method)",
    "couplings": "Who becomes whom between two times",
    "divergences": "How far two populations are apart",
    "solvers": "How a law is integrated",
}
_HEADINGS = {
    "formula": "formula", "source": "source", "prior": "prior", "learns": "learns",
    "trains": "fields", "data": "data", "coupling": "coupling", "perturbations": "perturbations",
    "order": "order", "needs": "needs", "cost": "cost", "when_not": "not when",
}  # fmt: skip
_LONG = ("formula", "source", "cost", "when_not")  # a line of its own for each
_WIDTH = 78


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
    from hillflow.fields import FIELDS
    from hillflow.objectives.registry import METHODS
    from hillflow.solve import SOLVERS
    from hillflow.transport import COUPLINGS, DIVERGENCES

    entries = (
        FIELDS.values(), METHODS.values(), COUPLINGS.values(), DIVERGENCES.values(),
        SOLVERS.values(),
    )  # fmt: skip
    tables = {name: _rows(found) for name, found in zip(TABLES, entries, strict=True)}
    for row, entry in zip(tables["fields"], FIELDS.values(), strict=True):
        row["data"] = _data(entry)
    for row, method in zip(tables["methods"], METHODS.values(), strict=True):
        row["perturbations"] = "yes" if method.takes_interventions else "no"
    return tables


def _data(entry: FieldEntry) -> str:
    """What `hillflow fit` fits this field to: states that hold velocities are never measured."""
    measured = entry.cls(("A", "B")).state_size == 2
    return "snapshots, series" if measured else "not fitted: its states need velocities as well"


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


def _shown(tables: dict[str, list[dict[str, Any]]]) -> str:
    """A block an entry, which stays readable on a narrow screen."""
    blocks = []
    for name, rows in tables.items():
        title = f"{name}: {TABLES[name]}"
        blocks.append(f"[bold]{title}[/]\n{'─' * len(title)}")
        blocks += [_block(row) for row in rows]
    return "\n\n".join(blocks)


def _block(row: dict[str, Any]) -> str:
    told = [row["formula"]]
    short = [key for key in _HEADINGS if row.get(key) not in (None, "") and key not in _LONG]
    told.append(" · ".join(f"{_HEADINGS[key]}: {row[key]}" for key in short))
    told += [f"{_HEADINGS[key]}: {row[key]}" for key in _LONG[1:] if row.get(key)]
    lines = [
        textwrap.fill(text, _WIDTH, initial_indent="  ", subsequent_indent="      ",
                      break_on_hyphens=False, break_long_words=False)
        for text in told if text
    ]  # fmt: skip
    return "\n".join([f"[bold]{rich_escape(row['name'])}[/]", *map(rich_escape, lines)])
