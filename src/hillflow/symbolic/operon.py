"""Operon: free-form formulas by genetic programming, selected by description length.

Burlacu, Kronberger & Kommenda (2020), "Operon C++", GECCO companion. A single run rarely finds a
Hill law. Among ten runs with different seeds, the formula with the shortest description was the
Hill law whenever any run had found it. A front therefore ends with that formula: longer ones fit
better, but not enough to justify their length.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec

import numpy as np

from hillflow.errors import HillflowError, InputError, MissingPackageError
from hillflow.symbolic.engine import Progress, constant_law
from hillflow.symbolic.free_form import free_law, in_genes
from hillflow.symbolic.front import ParetoFront
from hillflow.symbolic.problem import LawProblem
from hillflow.tasks import SERIAL, Workers

INSTALL = "pip install pyoperon"
ScoredFormula = tuple[str, float]  # formula over X1, X2, …, and its description length


class OperonEngine:
    """Free-form symbolic regression by pyoperon.

    Levels and production are divided by their typical size, because constants start near 1; the
    formula is converted back. Genes run in parallel, each on one thread. Cost: about a second per
    gene and seed.

    Parameters
    ----------
    seeds
        Number of independent runs per gene.
    symbols
        Operators and leaves, as Operon names them; "pow" permits fitted exponents.
    length
        Largest number of nodes of a formula.
    generations, population
        Number of generations and population size of a run.
    """

    name = "operon"

    def __init__(
        self,
        *,
        seeds: int = 10,
        symbols: str = "add,sub,mul,div,square,constant,variable",
        length: int = 25,
        generations: int = 60,
        population: int = 300,
    ) -> None:
        for option, value in (("seeds", seeds), ("length", length), ("generations", generations)):
            if value < 1:
                raise InputError(f"{option} of 1 or more", str(value), f"leave {option} out")
        self.seeds, self.symbols, self.length = seeds, symbols, length
        self.generations, self.population = generations, population

    def available(self) -> str | None:
        """None if pyoperon is installed, otherwise how to install it."""
        return None if find_spec("pyoperon") else INSTALL

    def fit(
        self,
        problems: Sequence[LawProblem],
        *,
        seed: int = 0,
        workers: Workers = SERIAL,
        progress: Progress | None = None,
    ) -> list[ParetoFront]:
        """One front per problem, from the constant to the formula with the shortest description."""
        if missing := self.available():
            raise MissingPackageError("the package pyoperon for engine='operon'", "none", missing)
        checked = [problem.check() for problem in problems]
        options = {
            "allowed_symbols": self.symbols, "max_length": self.length,
            "generations": self.generations, "population_size": self.population,
            "max_evaluations": 4 * self.generations * self.population,
        }  # fmt: skip
        seeds = np.random.SeedSequence(seed).generate_state(self.seeds).tolist()
        runs = workers.each(partial(_formulas, seeds, options), checked)
        fronts = []
        for problem, formulas in zip(checked, runs, strict=True):
            fronts.append(_front(problem, formulas))
            if progress is not None:
                progress("operon", len(fronts), len(checked))
        return fronts


def _formulas(
    seeds: Sequence[int], options: dict[str, object], problem: LawProblem
) -> list[ScoredFormula]:
    """Formulas on the fronts of all runs, as text because the estimator cannot be pickled."""
    from pyoperon.sklearn import SymbolicRegressor

    (x, y), noise = _scaled(problem), _noise(problem)
    formulas: dict[str, float] = {}
    for seed in seeds:
        run = SymbolicRegressor(
            objectives=["r2", "length"], optimizer_iterations=3, uncertainty=[noise],
            random_state=int(seed), n_threads=1, **options,
        )  # fmt: skip
        run.fit(x, y)
        inputs = [f"X{k + 1}" for k in range(x.shape[1])]
        for member in run.pareto_front_:
            text = run.get_model_string(member["tree"], 8, names=inputs)
            formulas.setdefault(text, float(member["minimum_description_length"]))
    return list(formulas.items())


def _front(problem: LawProblem, formulas: list[ScoredFormula]) -> ParetoFront:
    """The constant, and laws no more complex than the one with the shortest description."""
    x_scale, y_scale = _scales(problem)
    inputs = [f"X{k + 1}" for k in range(len(problem.parents))]
    laws = []
    for text, length in formulas:
        try:
            production = in_genes(text, inputs, problem, x_scale, y_scale)
        except HillflowError:  # for example, a fractional power of a negative number
            continue
        law = free_law(problem, production, OperonEngine.name)
        if law is not None and np.isfinite(length):
            laws.append((length, law))
    constant = constant_law(problem, OperonEngine.name)
    if not laws:
        return ParetoFront(problem.gene, [constant])
    _, shortest = min(laws, key=lambda pair: (pair[0], pair[1].complexity))
    kept = [law for _, law in laws if law.complexity < shortest.complexity]
    return ParetoFront(problem.gene, [constant, *kept, shortest])


def _scales(problem: LawProblem) -> tuple[np.ndarray, float]:
    """Root mean square of each level and of production."""
    size = np.sqrt(np.mean(problem.x**2, axis=0))
    return np.where(size > 0, size, 1.0), float(np.sqrt(np.mean(problem.y**2)))


def _scaled(problem: LawProblem) -> tuple[np.ndarray, np.ndarray]:
    """States and production for Operon; weighted states are resampled by their weights."""
    x_scale, y_scale = _scales(problem)
    x, y = problem.x / x_scale, problem.y / y_scale
    if problem.weights is None:
        return x, y
    share = problem.weights / problem.weights.sum()
    # Evenly spaced quantiles of the weights: deterministic.
    rows = np.searchsorted(np.cumsum(share), (np.arange(len(y)) + 0.5) / len(y))
    rows = np.minimum(rows, len(y) - 1)
    return x[rows], y[rows]


def _noise(problem: LawProblem) -> float:
    """σ of the scaled production: the known noise, or an estimate from nearest neighbours.

    Half the mean square difference of neighbours is σ² if production is smooth on the scale of
    their distance (Rice 1984), and more otherwise, which favours shorter formulas.
    """
    from sklearn.neighbors import NearestNeighbors

    _, y_scale = _scales(problem)
    floor = 1e-3 * problem.spread
    if problem.noise is not None:
        return max(problem.noise, floor) / y_scale
    x, y = _scaled(problem)
    _, near = NearestNeighbors(n_neighbors=2).fit(x).kneighbors(x)
    sigma = float(np.sqrt(0.5 * np.mean((y - y[near[:, 1]]) ** 2)))
    return max(sigma, floor / y_scale)
