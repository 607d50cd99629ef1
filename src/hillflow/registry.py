"""One kind of table for everything that is chosen by name.

Fields, methods, couplings, divergences, solvers, readouts, baselines, engines, systems and
formats are each a `Registry`. The command line, the docs and the benchmarks read them, and
`hillflow methods` lists them all. A new entry is one file that calls ``REGISTRY.add``; see
`plugins` for how a file of the user's own is found.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from hillflow.errors import InputError, did_you_mean
from hillflow.plugins import load_plugins


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str:
        """Its key."""


E = TypeVar("E", bound=Named)


class Registry(Mapping[str, E], Generic[E]):
    """Entries by name, in the order in which users should read them.

    Parameters
    ----------
    kind
        What an entry is called in a message: "field".
    table
        The table's name in `hillflow methods`: "fields".
    question
        What it answers, as a heading.
    modules
        Modules that add the entries, imported when an entry is first asked for. Their order is
        that of the table; entries from elsewhere follow.
    """

    def __init__(self, kind: str, table: str, question: str, modules: Sequence[str] = ()) -> None:
        self.kind, self.table, self.question = kind, table, question
        self._modules = tuple(modules)
        self._entries: dict[str, E] = {}
        self._homes: dict[str, str] = {}
        self._loaded = False

    def add(self, entry: E, module: str = "") -> E:
        """Enter `entry`; one of the same name from another module is refused.

        Parameters
        ----------
        module
            Where it is defined, for the order of the table.
        """
        name = entry.name
        if name in self._entries and self._homes[name] != module:
            raise InputError(
                f"a new name for {self._a}", f"{name!r}, which {self._homes[name]} has defined",
                "choose another name",
            )  # fmt: skip
        self._entries[name], self._homes[name] = entry, module
        return entry

    def home(self, name: str) -> str:
        """The module that defines an entry."""
        self[name]
        return self._homes[name]

    def __getitem__(self, name: str) -> E:
        self._load()
        if name not in self._entries:
            hint = did_you_mean(name, tuple(self))
            gap = " " if hint.endswith("?") else "; "
            raise InputError(
                f"the name of {self._a}", repr(name),
                f"{hint}{gap}`hillflow methods {self.table}` lists all of them",
            )  # fmt: skip
        return self._entries[name]

    def __contains__(self, name: object) -> bool:
        self._load()
        return name in self._entries

    def get(self, name: str, default: E | None = None) -> E | None:  # type: ignore[override]
        """The entry, or `default`."""
        return self[name] if name in self else default  # noqa: SIM401

    def __iter__(self) -> Iterator[str]:
        self._load()
        places = {module: place for place, module in enumerate(self._modules)}
        return iter(
            sorted(self._entries, key=lambda name: places.get(self._homes[name], len(places)))
        )

    def __len__(self) -> int:
        self._load()
        return len(self._entries)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.table}: {', '.join(self)})"

    @property
    def _a(self) -> str:
        return f"{'an' if self.kind[0] in 'aeiou' else 'a'} {self.kind}"

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True  # before the imports: what they import may read this table
        try:
            for module in self._modules:
                importlib.import_module(module)
            load_plugins()
        except BaseException:
            self._loaded = False
            raise
