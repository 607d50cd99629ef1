"""The couplings by name: one table feeds the command line, the docs and the benchmarks."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from hillflow.errors import InputError, did_you_mean, listing
from hillflow.transport.coupling import Coupling

# The modules that register couplings; a new coupling adds its module here, under its own name.
_MODULES = ("independent", "exact", "sinkhorn", "unbalanced", "wfr", "given")

AnyCoupling = TypeVar("AnyCoupling", bound=Coupling)


@dataclass(frozen=True)
class CouplingEntry:
    """What a user needs to know to choose a coupling.

    Attributes
    ----------
    name, cls
        Key and class.
    formula, source
        The plan in one line, and where it was published.
    cost
        Time and memory for n cells a population.
    when_not
        When to choose another one.
    """

    name: str
    cls: type[Coupling]
    formula: str
    source: str
    cost: str
    when_not: str


_ENTRIES: dict[str, CouplingEntry] = {}


def register(
    *, name: str, formula: str, source: str, cost: str, when_not: str
) -> Callable[[type[AnyCoupling]], type[AnyCoupling]]:
    """Class decorator: give a coupling its name and its row in the table."""

    def enter(cls: type[AnyCoupling]) -> type[AnyCoupling]:
        cls.name = name
        _ENTRIES[name] = CouplingEntry(name, cls, formula, source, cost, when_not)
        return cls

    return enter


def coupling_entries() -> tuple[CouplingEntry, ...]:
    """All couplings, the simplest first."""
    for module in _MODULES:
        importlib.import_module(f"hillflow.transport.{module}")
    return tuple(_ENTRIES[name] for name in _MODULES)


def coupling_entry(name: str) -> CouplingEntry:
    """The entry of one coupling, or an error that names the nearest."""
    entries = {entry.name: entry for entry in coupling_entries()}
    if name not in entries:
        raise InputError("the name of a coupling", repr(name), did_you_mean(name, tuple(entries)))
    return entries[name]


def make_coupling(name: str, **options: Any) -> Coupling:
    """Build a coupling by its name; options are the fields of its class."""
    cls = coupling_entry(name).cls
    known = [field.name for field in dataclasses.fields(cls)]
    needed = [f.name for f in dataclasses.fields(cls) if f.default is dataclasses.MISSING]
    if not set(needed) <= set(options):
        raise InputError(
            f"{', '.join(needed)} for the {name} coupling",
            f"only {listing(options)}" if options else "none of them",
            f"build it from your data, as with {cls.__name__}.from_table(…)",
        )
    for option in options:
        if option not in known:
            raise InputError(
                f"an option of the {name} coupling", repr(option), did_you_mean(option, known)
            )
    return cls(**options)
