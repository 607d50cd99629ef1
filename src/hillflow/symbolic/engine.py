"""The interface of symbolic engines, and helpers that every engine uses."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import sympy
from sympy import Expr

from hillflow.symbolic.expression import complexity
from hillflow.symbolic.front import ParetoFront
from hillflow.symbolic.law import Law
from hillflow.symbolic.numeric import compiled
from hillflow.symbolic.parameter import Parameter
from hillflow.symbolic.problem import Array, LawProblem
from hillflow.tasks import SERIAL, Workers

ROUNDING = 1e-6  # share of y's standard deviation; smaller errors all count as this
Progress = Callable[[str, int, int], None]  # (name of the task, genes done, all genes)


class SymbolicEngine(Protocol):
    """An engine that finds laws. Fronts of different engines for the same problem can be merged."""

    name: str

    def available(self) -> str | None:
        """None if the engine can run, otherwise what to install."""
        ...

    def fit(
        self,
        problems: Sequence[LawProblem],
        *,
        seed: int = 0,
        workers: Workers = SERIAL,
        progress: Progress | None = None,
    ) -> list[ParetoFront]:
        """One front per problem, in the same order; all problems are checked before the search."""
        ...


def bic(problem: LawProblem, mean_square: float, constants: int) -> float:
    """Bayesian information criterion n log σ² + k log n (Schwarz 1978).

    σ² is at least the known noise, and at least rounding error, so that among exact laws the one
    with the fewest constants has the lowest BIC.

    Parameters
    ----------
    problem
        The problem that the law was fitted to.
    mean_square
        σ², the mean square deviation of the law.
    constants
        k, the number of fitted constants.

    Returns
    -------
    float
        The criterion; lower is better.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.symbolic import LawProblem, bic
    >>> level = np.linspace(0, 2, 20)
    >>> problem = LawProblem("KLF1", ("GATA1",), level[:, None], level)
    >>> bic(problem, 0.01, constants=2) < bic(problem, 0.01, constants=3)
    True
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
    """Make a law from a formula, and compute its errors and BIC on a problem.

    Parameters
    ----------
    problem
        The problem that the formula was fitted to.
    production
        The formula, in the levels of ``problem.parents``.
    engine
        Name of the engine that found it.
    family
        Kind of formula.
    constants
        Number of fitted constants, k in the BIC.
    parameters
        The constants with their names and intervals.
    flags
        Caveats, as sentences.
    signs
        +1 (activates) or −1 (represses) for each regulator in the formula.

    Returns
    -------
    Law
        Its `parents` are the genes that occur in the formula.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.symbolic import LawProblem, parse, scored_law
    >>> level = np.linspace(0, 2, 20)
    >>> problem = LawProblem("KLF1", ("GATA1",), level[:, None], 0.5 * level, decay=0.2)
    >>> law = scored_law(problem, parse("0.5*GATA1"), engine="mine", family="free", constants=1)
    >>> law.text(), round(law.error, 9)
    ('dKLF1/dt = 0.5*GATA1 - 0.2*KLF1', 0.0)
    """
    parents = tuple(
        name for name in problem.parents if name in {s.name for s in production.free_symbols}
    )
    function = compiled(production, problem.parents)

    def error(x: Array | None, y: Array | None, weights: Array | None = None) -> float | None:
        if x is None or y is None:
            return None
        mean_square = np.average((function(x) - y) ** 2, weights=weights)
        mean = np.average(y, weights=weights)
        spread = np.sqrt(np.average((y - mean) ** 2, weights=weights))
        return float(np.sqrt(mean_square) / max(spread, 1e-300))

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
        error_left_out=error(problem.x_left_out, problem.y_left_out),
        bic=bic(problem, mean_square, constants),
        flags=tuple(flags),
        signs=tuple(signs),
    )


def constant_law(problem: LawProblem, engine: str = "template") -> Law:
    """Make a law with a constant production, for a gene without regulators.

    Parameters
    ----------
    problem
        The states and productions of the gene; the constant is the mean production.
    engine
        Name of the engine, written into the law.

    Returns
    -------
    Law
        Its parameter `basal` has the 95 % interval of the mean.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.symbolic import LawProblem, constant_law
    >>> problem = LawProblem("KLF1", (), np.empty((3, 0)), np.full(3, 0.25), decay=0.5)
    >>> constant_law(problem).text()
    'dKLF1/dt = 0.25 - 0.5*KLF1'
    """
    value = problem.mean
    spread = problem.spread / math.sqrt(len(problem.y)) * 1.96
    basal = Parameter("basal", value, value - spread, value + spread, _rate_unit(problem))
    if problem.is_constant:  # no spread to divide errors by; the fit is exact up to rounding
        return Law(
            problem.gene, sympy.Float(value), (), problem.decay, (basal,), "constant", engine,
            1, 0.0, None, None, bic(problem, 0.0, 1) if problem.spread else -math.inf,
        )  # fmt: skip
    return scored_law(
        problem, sympy.Float(value), engine=engine, family="constant", constants=1,
        parameters=(basal,),
    )  # fmt: skip


def _rate_unit(problem: LawProblem) -> str:
    return f"{problem.unit} / time" if problem.unit else ""
