"""The solvers by name: one table feeds the command line, the docs and the benchmarks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from hillflow.options import check_options
from hillflow.registry import Registry
from hillflow.solve.base import Solver

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


SOLVERS: Registry[SolverEntry] = Registry(
    "solver", "solvers", "How a law is integrated",
    [f"hillflow.solve.{name}" for name in (
        "euler", "heun", "rk4", "exponential", "euler_maruyama", "adaptive",
    )],
)  # fmt: skip


def register(*, name: str, formula: str, source: str, cost: str, when_not: str) -> Callable[[S], S]:
    """Class decorator: give a solver its name and its row in the table of solvers."""

    def enter(cls: S) -> S:
        cls.name = name
        SOLVERS.add(
            SolverEntry(name, cls, formula, source, cls.order, cls.needs, cost, when_not),
            cls.__module__,
        )
        return cls

    return enter


def make_solver(name: str, **options: Any) -> Solver:
    """Build a solver by its name; options are those of its class."""
    cls = SOLVERS[name].cls
    check_options(cls, options, f"the solver {name!r}")
    return cls(**options)
