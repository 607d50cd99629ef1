"""The contract of everything that turns states and production into formulas."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import sympy
from sympy import Expr

from hillflow.symbolic.expression import complexity
from hillflow.symbolic.front import ParetoFront
from hillflow.symbolic.law import Law, Parameter
from hillflow.symbolic.numeric import compiled
from hillflow.symbolic.problem import Array, LawProblem

ROUNDING = 1e-6  # of y's spread: no law is credited with a smaller error
Progress = Callable[[str, int, int], None]  # (what is being done, genes done, genes in all)


class SymbolicEngine(Protocol):
    """Finds laws; two engines' fronts of the same problem can be merged."""

    name: str

    def available(self) -> str | None:
        """None if it can run here, else what to install."""
        ...

    def fit(
        self,
        problems: Sequence[LawProblem],
        *,
        seed: int = 0,
        jobs: int = 1,
        progress: Progress | None = None,
    ) -> list[ParetoFront]:
        """A front for each problem, in their order; every problem is checked before any work."""
        ...


def information(problem: LawProblem, mean_square: float, constants: int) -> float:
    """Schwarz's (1978) criterion n log σ² + k log n, where σ² is never below the known noise.

    Nor below rounding, so that of exact laws the one of fewest constants is chosen.
    """
    n = len(problem.y)
    floor = max(ROUNDING * problem.spread, problem.noise or 0.0) ** 2
    return n * math.log(max(mean_square, floor)) + constants * math.log(n)


def scored_law(
    problem: LawProblem,
    production: Expr,
    *,
    engine: str,
    family: str,
    constants: int,
    parameters: Sequence[Parameter] = (),
    flags: Sequence[str] = (),
    signs: Sequence[int] = (),
) -> Law:
    """The law of a formula, its errors and BIC measured on the problem.

    Parameters
    ----------
    constants
        How many numbers were fitted: k of the BIC.
    """
    parents = tuple(
        name for name in problem.parents if name in {s.name for s in production.free_symbols}
    )
    function = compiled(production, problem.parents)

    def error(x: Array | None, y: Array | None, weights: Array | None = None) -> float | None:
        if x is None or y is None:
            return None
        away = np.average((function(x) - y) ** 2, weights=weights)
        mean = np.average(y, weights=weights)
        spread = np.sqrt(np.average((y - mean) ** 2, weights=weights))
        return float(np.sqrt(away) / max(spread, 1e-300))

    within = error(problem.x, problem.y, problem.weights)
    mean_square = math.nan if within is None else (within * problem.spread) ** 2
    return Law(
        gene=problem.gene,
        production=production,
        parents=parents,
        decay=problem.decay,
        parameters=tuple(parameters),
        family=family,
        engine=engine,
        complexity=complexity(production),
        error=math.nan if within is None else within,
        error_off=error(problem.x_off, problem.y_off),
        error_held=error(problem.x_held, problem.y_held),
        bic=information(problem, mean_square, constants),
        flags=tuple(flags),
        signs=tuple(signs),
    )


def constant_law(problem: LawProblem, engine: str = "template") -> Law:
    """Production that no regulator changes: for genes without parents, or that do not vary."""
    value = problem.mean
    spread = problem.spread / math.sqrt(len(problem.y)) * 1.96
    basal = Parameter("basal", value, value - spread, value + spread, _rate_unit(problem))
    if problem.is_constant:  # no spread to measure errors by: it is met, to rounding
        return Law(
            problem.gene, sympy.Float(value), (), problem.decay, (basal,), "constant", engine,
            1, 0.0, None, None, information(problem, 0.0, 1) if problem.spread else -math.inf,
        )  # fmt: skip
    return scored_law(
        problem, sympy.Float(value), engine=engine, family="constant", constants=1,
        parameters=(basal,),
    )  # fmt: skip


def _rate_unit(problem: LawProblem) -> str:
    return f"{problem.unit} / time" if problem.unit else ""
