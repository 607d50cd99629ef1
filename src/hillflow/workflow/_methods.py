"""``methods``: everything that is chosen by name, read from the registries and nowhere else."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import pandas as pd

from hillflow.activities import METHODS as ACTIVITY_METHODS
from hillflow.baselines import NETWORK_BASELINES
from hillflow.causal.readouts import READOUTS
from hillflow.errors import InputError, did_you_mean
from hillflow.fields import FIELDS
from hillflow.networks import FORMATS
from hillflow.objectives import LAGRANGIANS, METHODS
from hillflow.registry import Registry
from hillflow.show import Block, Shown, Table, Text
from hillflow.solve import SOLVERS
from hillflow.symbolic import ENGINES, LAW_FORMATS
from hillflow.systems import SYSTEMS
from hillflow.transport import COUPLINGS, DIVERGENCES
from hillflow.workflow.options.methods import METHODS as SPEC
from hillflow.workflow.verb import verb

REGISTRIES: dict[str, Registry[Any]] = {
    one.table: one
    for one in (
        FIELDS, METHODS, COUPLINGS, DIVERGENCES, LAGRANGIANS, SOLVERS, READOUTS,
        NETWORK_BASELINES, ACTIVITY_METHODS, ENGINES, SYSTEMS, FORMATS, LAW_FORMATS,
    )
}  # fmt: skip
# What of an entry is shown, and under which heading; the first of them without one.
HEADINGS = {
    "formula": "formula", "description": "description", "finds": "finds", "source": "source",
    "prior": "prior", "learns": "learns", "trains": "fields", "data": "data",
    "coupling": "coupling", "perturbations": "perturbations", "order": "order", "needs": "needs",
    "columns": "columns", "suffix": "file", "reads": "read", "writes": "written",
    "cost": "cost", "when_not": "not when",
}  # fmt: skip
_LONG = ("formula", "description", "finds", "source", "columns", "cost", "when_not")
_WIDTH = 78


@dataclass(frozen=True)
class Methods(Shown, Mapping[str, "pd.DataFrame"]):
    """The tables, each a DataFrame by its name."""

    tables: dict[str, list[dict[str, Any]]] = field(repr=False)

    def __getitem__(self, name: str) -> pd.DataFrame:
        return pd.DataFrame(self.tables[name]).set_index("name")

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)

    def blocks(self) -> list[Block]:
        """A block an entry, which stays readable on a narrow screen."""
        shown: list[Block] = []
        for name, rows in self.tables.items():
            title = f"{name}: {REGISTRIES[name].question}"
            shown.append(Text(f"{title}\n{'─' * len(title)}"))
            shown += [Text(_entry(row)) for row in rows]
        return shown

    def _repr_html_(self) -> str:
        from hillflow.show import to_html

        return to_html(
            Table(
                [HEADINGS.get(key, key) for key in keys],
                [[row.get(key, "") for key in keys] for row in rows],
                f"{name}: {REGISTRIES[name].question}",
            )
            for name, rows in self.tables.items()
            for keys in [list(dict.fromkeys(key for row in rows for key in row))]
        )


@verb(SPEC)
def methods(table: str | None, name: str | None) -> Methods:
    """Do what `hillflow.methods` promises.

    Returns
    -------
    Methods
        A mapping from a table's name to a DataFrame.

    Examples
    --------
    >>> import hillflow as hf
    >>> "hill" in hf.methods("fields")["fields"].index
    True
    >>> list(hf.methods("fields", "hill")["fields"].index)
    ['hill']
    """
    if table is None:
        return Methods({each: method_rows(each) for each in REGISTRIES})
    if table in REGISTRIES:
        if name is not None:
            REGISTRIES[table][name]  # its error names the nearest entry
        return Methods({table: method_rows(table, name)})
    tables = [each for each, registry in REGISTRIES.items() if table in registry]
    if not tables or name is not None:
        raise _unknown(table)
    return Methods({each: method_rows(each, table) for each in tables})


def _unknown(name: str) -> InputError:
    """The error that a name is neither that of a table nor that of an entry."""
    entries = [entry for registry in REGISTRIES.values() for entry in registry]
    near = did_you_mean(name, list(dict.fromkeys([*REGISTRIES, *entries])))
    fix = near if near.endswith("?") else f"choose a table: {', '.join(REGISTRIES)}"
    return InputError("the name of a table, or of an entry of one", repr(name), fix)


def method_rows(table: str, name: str | None = None) -> list[dict[str, Any]]:
    """A registry, or one entry of it, as rows of plain values."""
    registry, rows = REGISTRIES[table], []
    for entry in registry.values() if name is None else [registry[name]]:
        row: dict[str, Any] = {}
        for key in ("name", *HEADINGS):
            value = _value(entry, key)
            if value is not None:
                row[key] = ", ".join(map(str, value)) if isinstance(value, tuple) else value
        if table == "fields":
            measured = entry.cls(("A", "B")).state_size == 2
            row["data"] = "snapshots, series" if measured else (
                "not fitted: its states need velocities as well"
            )  # fmt: skip
        if table == "methods":
            row["perturbations"] = "yes" if entry.takes_interventions else "no"
        if table == FORMATS.table:
            row["reads"] = "yes" if entry.read else "no"
            row["writes"] = "yes" if entry.write else "no"
        rows.append(row)
    return rows


def _value(entry: Any, key: str) -> Any:
    declared = {one.name for one in fields(entry)}
    if key not in declared and not isinstance(getattr(type(entry), key, None), property):
        return None
    value = getattr(entry, key, None)
    if is_dataclass(value):
        value = getattr(value, "name", None)
    return value if isinstance(value, str | int | float | tuple) else None


def _entry(row: Mapping[str, Any]) -> str:
    short = [key for key in HEADINGS if row.get(key) not in (None, "") and key not in _LONG]
    lead = next((key for key in _LONG if row.get(key)), None)
    texts: Iterable[str] = [
        str(row[lead]) if lead else "",
        " · ".join(f"{HEADINGS[key]}: {row[key]}" for key in short),
        *(f"{HEADINGS[key]}: {row[key]}" for key in _LONG if row.get(key) and key != lead),
    ]
    lines = [
        textwrap.fill(text, _WIDTH, initial_indent="  ", subsequent_indent="      ",
                      break_on_hyphens=False, break_long_words=False)
        for text in texts if text
    ]  # fmt: skip
    return "\n".join([str(row["name"]), *lines])
