"""The class of all tables of entries that are chosen by name.

Fields, methods, couplings, divergences, solvers, readouts, baselines, engines, systems and
formats each have a `Registry`. The command line, the docs and the benchmarks read them, and
`hillflow methods` lists them all. A new entry is one file that calls ``REGISTRY.add``;
`hillflow.plugins` finds such files of users.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from hillflow.errors import InputError, did_you_mean
from hillflow.plugins import load_plugins


class Named(Protocol):
    """An object with a name."""

    @property
    def name(self) -> str:
        """The name, which is the key in the registry."""


E = TypeVar("E", bound=Named)


_LOADING = threading.RLock()  # one thread imports the modules of all tables


class Registry(Mapping[str, E], Generic[E]):
    """Mapping from names to entries, in the order in which users should read them.

    Parameters
    ----------
    kind
        What error messages call an entry: "field".
    table
        Name of the table in `hillflow methods`: "fields".
    question
        Heading of the table: the question that a choice of an entry answers.
    modules
        Modules that add the entries; imported when the registry is first read. The table follows
        their order; entries from other modules come last.
    """

    def __init__(self, kind: str, table: str, question: str, modules: Sequence[str] = ()) -> None:
        self.kind, self.table, self.question = kind, table, question
        self._modules = tuple(modules)
        self._entries: dict[str, E] = {}
        self._module_of: dict[str, str] = {}  # name of an entry → module that defines it
        self._loaded = self._begun = False

    def add(self, entry: E, module: str = "") -> E:
        """Add an entry; a name that another module has taken is refused.

        Parameters
        ----------
        module
            The module that defines the entry; decides the place in the table.
        """
        name = entry.name
        if name in self._entries and self._module_of[name] != module:
            raise InputError(
                f"a new name for {self._a_kind}",
                f"{name!r}, which is defined in {self._module_of[name]}", "choose another name",
            )  # fmt: skip
        self._entries[name], self._module_of[name] = entry, module
        return entry

    def module_of(self, name: str) -> str:
        """Return the module that defines an entry."""
        self[name]
        return self._module_of[name]

    def __getitem__(self, name: str) -> E:
        self._load()
        if name not in self._entries:
            hint = did_you_mean(name, tuple(self))
            gap = " " if hint.endswith("?") else "; "
            raise InputError(
                f"the name of {self._a_kind}", repr(name),
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
        position = {module: number for number, module in enumerate(self._modules)}
        return iter(
            sorted(
                self._entries, key=lambda name: position.get(self._module_of[name], len(position))
            )
        )

    def __len__(self) -> int:
        self._load()
        return len(self._entries)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.table}: {', '.join(self)})"

    @property
    def _a_kind(self) -> str:
        return f"{'an' if self.kind[0] in 'aeiou' else 'a'} {self.kind}"

    def _load(self) -> None:
        if self._loaded:
            return
        with _LOADING:
            self._load_once()

    def _load_once(self) -> None:
        if self._loaded or self._begun:  # by another thread; the modules may read this table
            return
        self._begun = True
        try:
            for module in self._modules:
                importlib.import_module(module)
            load_plugins()
            self._loaded = True
        finally:
            self._begun = False
