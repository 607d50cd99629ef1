"""The registry of solvers, which the command line, the docs and the benchmarks list."""

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
    """A registered solver, with the information needed to choose one.

    Attributes
    ----------
    name, cls
        Key and class.
    formula, source
        The formula of a step in one line, and its publication.
    order, needs
        See `Solver`.
    cost
        Evaluations of the field per step.
    when_not
        When to choose another solver.
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
    "solver", "solvers", "Solvers of dx/dt = f(x, t)",
    [f"hillflow.solve.{name}" for name in (
        "euler", "heun", "rk4", "exponential", "euler_maruyama", "langevin", "adaptive",
    )],
)  # fmt: skip


def register(*, name: str, formula: str, source: str, cost: str, when_not: str) -> Callable[[S], S]:
    """Return a class decorator that registers a solver under a name.

    Parameters
    ----------
    name, formula, source, cost, when_not
        See `SolverEntry`.

    Returns
    -------
    callable
        It enters the class in `SOLVERS`, sets ``cls.name`` and returns the class.

    Examples
    --------
    >>> from hillflow.solve import Stepper, make_solver, register
    >>> @register(
    ...     name="explicit", formula="x⁺ = x + h f(t, x)", source="example", cost="1 evaluation",
    ...     when_not="fast decay",
    ... )
    ... class Explicit(Stepper):
    ...     def bind(self, field, h):
    ...         return lambda t, x: x + h * field(t, x)
    >>> make_solver("explicit").order
    1
    """

    def enter(cls: S) -> S:
        cls.name = name
        SOLVERS.add(
            SolverEntry(name, cls, formula, source, cls.order, cls.needs, cost, when_not),
            cls.__module__,
        )
        return cls

    return enter


def make_solver(name: str, **options: Any) -> Solver:
    """Build a solver by its name.

    Parameters
    ----------
    name
        A name in `SOLVERS`.
    options
        Options of its class.

    Returns
    -------
    Solver

    Examples
    --------
    >>> from hillflow.solve import make_solver
    >>> make_solver("dopri5", rtol=1e-3).order
    5
    """
    cls = SOLVERS[name].cls
    check_options(cls, options, f"the solver {name!r}")
    return cls(**options)
