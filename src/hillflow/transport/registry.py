"""The couplings by name: one table feeds the command line, the docs and the benchmarks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from hillflow.errors import InputError, listing
from hillflow.options import check_options
from hillflow.registry import Registry
from hillflow.transport.coupling import Coupling

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


COUPLINGS: Registry[CouplingEntry] = Registry(
    "coupling", "couplings", "Who becomes whom between two times",
    [f"hillflow.transport.{name}" for name in (
        "independent", "exact", "sinkhorn", "unbalanced", "wfr", "given",
    )],
)  # fmt: skip


def register(
    *, name: str, formula: str, source: str, cost: str, when_not: str
) -> Callable[[type[AnyCoupling]], type[AnyCoupling]]:
    """Class decorator: give a coupling its name and its row in the table."""

    def enter(cls: type[AnyCoupling]) -> type[AnyCoupling]:
        cls.name = name
        COUPLINGS.add(CouplingEntry(name, cls, formula, source, cost, when_not), cls.__module__)
        return cls

    return enter


def make_coupling(name: str, **options: Any) -> Coupling:
    """Build a coupling by its name; options are the fields of its class."""
    cls = COUPLINGS[name].cls
    needed = [f.name for f in dataclasses.fields(cls) if f.default is dataclasses.MISSING]
    if not set(needed) <= set(options):
        raise InputError(
            f"{', '.join(needed)} for the {name} coupling",
            f"only {listing(options)}" if options else "none of them",
            f"build it from your data, as with {cls.__name__}.from_table(…)",
        )
    check_options(cls, options, f"the {name} coupling")
    return cls(**options)
