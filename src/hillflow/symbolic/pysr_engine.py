"""PySR: free-form formulas by evolution in Julia (Cranmer 2023, arXiv:2305.01582).

Optional, and imported only by `fit`: the import downloads Julia if it is missing, and then fails
with other errors than ImportError. The search can start from the best formulas of the template
engine.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import sympy

from hillflow.errors import HillflowError, InputError, MissingPackageError
from hillflow.findings import warn
from hillflow.symbolic.engine import Progress, constant_law
from hillflow.symbolic.expression import symbol
from hillflow.symbolic.free_form import free_law, in_genes
from hillflow.symbolic.front import ParetoFront
from hillflow.symbolic.printing import to_text
from hillflow.symbolic.problem import LawProblem
from hillflow.symbolic.template import TemplateEngine
from hillflow.tasks import SERIAL, Workers

INSTALL = "pip install 'hillflow[pysr]' and let it fetch Julia (python -c 'import pysr', once)"
BINARY = ("+", "-", "*", "/", "^")
# Deterministic runs must be serial. Exponents are constants, as in Hill laws.
SETTINGS: dict[str, Any] = {
    "binary_operators": list(BINARY), "unary_operators": [], "maxsize": 30,
    "constraints": {"^": (-1, 1)}, "deterministic": True, "parallelism": "serial",
    "progress": False, "verbosity": 0, "temp_equation_file": True,
}  # fmt: skip


class PySREngine:
    """Free-form symbolic regression by PySR.

    Import pysr before torch, or start Python with ``PYTHON_JULIACALL_HANDLE_SIGNALS=yes``;
    otherwise Julia and Python both handle signals.

    Parameters
    ----------
    iterations
        Iterations of the search.
    guesses
        Start from the laws of the template engine. PySR before 2.0 cannot, and a warning says so.
    settings
        Further arguments of ``PySRRegressor``, such as ``expression_spec`` with a template of the
        formula; they override ours.
    """

    name = "pysr"

    def __init__(
        self,
        *,
        iterations: int = 40,
        guesses: bool = True,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        if iterations < 1:
            raise InputError("1 iteration or more", str(iterations), "leave iterations out")
        self.iterations, self.guesses, self.settings = iterations, guesses, dict(settings or {})

    def available(self) -> str | None:
        """None if pysr is installed; whether Julia is installed shows only when it is imported."""
        return None if find_spec("pysr") else INSTALL

    def fit(
        self,
        problems: Sequence[LawProblem],
        *,
        seed: int = 0,
        workers: Workers = SERIAL,
        progress: Progress | None = None,
    ) -> list[ParetoFront]:
        """One front per problem, one after the other."""
        if missing := self.available():
            raise MissingPackageError("the package pysr for engine='pysr'", "none", missing)
        checked = [problem.check() for problem in problems]
        regressor = _regressor()
        takes_guesses = _takes(regressor, "guesses")
        if self.guesses and not takes_guesses:
            warn(
                "This version of PySR takes no guesses (2.0 does): the search starts from random "
                "formulas.",
                "laws.no-guesses",
            )
        starts: list[list[str]] = [[] for _ in checked]
        if self.guesses and takes_guesses:
            starts = _template_guesses(checked, seed, workers)
        fronts = []
        for problem, start in zip(checked, starts, strict=True):
            fronts.append(self._front(regressor, problem, start, seed))
            if progress is not None:
                progress("pysr", len(fronts), len(checked))
        return fronts

    def _front(
        self, regressor: Any, problem: LawProblem, start: list[str], seed: int
    ) -> ParetoFront:
        inputs = _inputs(problem)
        options = {**SETTINGS, "niterations": self.iterations, "random_state": seed % 2**31}
        if start:
            options["guesses"] = start
        search = regressor(**{**options, **self.settings})
        weights = {} if problem.weights is None else {"weights": problem.weights}
        search.fit(problem.x, problem.y, variable_names=inputs, **weights)
        laws = [constant_law(problem, self.name)]
        for row in range(len(search.equations_)):
            try:
                # Formulas are read by our parser; nothing in the table is executed.
                production = in_genes(_text(search.sympy(row), inputs), inputs, problem)
            except HillflowError:  # a function that laws do not support
                continue
            law = free_law(problem, production, self.name)
            if law is not None:
                laws.append(law)
        return ParetoFront(problem.gene, laws)


def _regressor() -> Any:
    """The class ``PySRRegressor``."""
    try:
        from pysr import PySRRegressor
    # If Julia cannot be downloaded, the import raises URLError, RuntimeError or Exception.
    except Exception as error:
        raise MissingPackageError(
            "Julia, which pysr needs", f"{type(error).__name__} ({error})".split("\n")[0], INSTALL
        ) from error
    return PySRRegressor


def _takes(regressor: Any, option: str) -> bool:
    return option in inspect.signature(regressor).parameters


def _template_guesses(
    problems: Sequence[LawProblem], seed: int, workers: Workers
) -> list[list[str]]:
    """The laws on the front of the template engine, in PySR's names of inputs."""
    fronts = TemplateEngine().fit(problems, seed=seed, workers=workers)
    return [
        [_over_inputs(law.production, problem) for law in front if law.parents]
        for problem, front in zip(problems, fronts, strict=True)
    ]


def _over_inputs(production: sympy.Expr, problem: LawProblem) -> str:
    names = zip(problem.parents, _inputs(problem), strict=True)
    renamed = production.xreplace({symbol(gene): symbol(name) for gene, name in names})
    return to_text(renamed).replace("**", "^")


def _inputs(problem: LawProblem) -> list[str]:
    """Names of inputs that are no functions or constants of Julia or sympy."""
    return [f"x{k}" for k in range(len(problem.parents))]


def _text(formula: sympy.Expr, inputs: Sequence[str]) -> str:
    """A formula of PySR, with its own symbols, as text that `parse` reads."""
    known = {level: symbol(str(level)) for level in formula.free_symbols if str(level) in inputs}
    return to_text(formula.xreplace(known))
