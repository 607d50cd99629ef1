"""The solvers by name: one table feeds the command line, the docs and the benchmarks."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from hillflow.errors import InputError, did_you_mean
from hillflow.fields.options import check_options
from hillflow.solve.base import Solver

# The modules that register solvers; a new solver adds its module here.
_MODULES = ("euler", "heun", "rk4", "exponential", "euler_maruyama", "adaptive")

S = TypeVar("S", bound=type[Solver])


@dataclass(frozen=True)
class SolverEntry:
    """What a user needs to know to choose a solver.

    Attributes
    ----------
    name, cls
        Key and class.
    formula, source
        The step in one line, and where it was published.
    order, needs
        As the class has them.
    cost
        Evaluations of the field in one step.
    when_not
        When to choose another one.
    """

    name: str
    cls: type[Solver]
    formula: str
    source: str
    order: int
    needs: str
    cost: str
    when_not: str


_ENTRIES: dict[str, SolverEntry] = {}


def register(*, name: str, formula: str, source: str, cost: str, when_not: str) -> Callable[[S], S]:
    """Class decorator: give a solver its name and its row in the table of solvers."""

    def enter(cls: S) -> S:
        cls.name = name
        _ENTRIES[name] = SolverEntry(
            name, cls, formula, source, cls.order, cls.needs, cost, when_not
        )
        return cls

    return enter


def solver_entries() -> tuple[SolverEntry, ...]:
    """All solvers, simplest first."""
    for module in _MODULES:
        importlib.import_module(f"hillflow.solve.{module}")
    return tuple(_ENTRIES.values())


def solver_entry(name: str) -> SolverEntry:
    """The entry of one solver, or an error that names the nearest."""
    entries = {entry.name: entry for entry in solver_entries()}
    if name not in entries:
        raise InputError("the name of a solver", repr(name), did_you_mean(name, tuple(entries)))
    return entries[name]


def make_solver(name: str, **options: Any) -> Solver:
    """Build a solver by its name; options are those of its class."""
    cls = solver_entry(name).cls
    check_options(cls, options, f"the solver {name!r}")
    return cls(**options)
