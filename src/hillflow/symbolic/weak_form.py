"""Laws fitted to trajectories without derivatives: the weak form.

For a test function φ that is 0 at both ends of the interval [0, T] of a series, ẋ = P(x) − γ x
gives, integrated by parts,

    ∫ P(x) φ dt − γ ∫ x φ dt + ∫ x φ̇ dt = 0,     φ_s(t) = √(2/T) sin(sπt/T),  s = 1 … S.

Noisy levels are not differentiated; the integral averages the noise (Qian, Kacprzyk & van der
Schaar 2022, D-CODE, equations 3 and 4). An engine proposes formulas from smoothed slopes; their
constants and γ are then fitted here, and the best law is chosen by this residual.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import sympy

from hillflow.data import Trajectories
from hillflow.errors import InputError
from hillflow.symbolic.derivatives import smoothed
from hillflow.symbolic.law import Law
from hillflow.symbolic.numeric import compiled

STEEP = 10.0  # larger exponents are steps: the curve rises within 20 % of K
REACH = 3.0  # how far K may lie outside the observed levels, as a factor
_GRID = 8  # quadrature points per half-wave of the fastest test function


@dataclass(frozen=True, eq=False)
class WeakForm:
    """The integrals over a set of series, as matrices.

    Attributes
    ----------
    genes
        Genes, in the order of the columns of `states`.
    states
        Smoothed levels at the quadrature points, [points, genes].
    against
        The operator ∫ · φ dt as a matrix, [tests, points].
    change
        −∫ x φ̇ dt = ∫ ẋ φ dt of each gene, [tests, genes].
    """

    genes: tuple[str, ...]
    states: np.ndarray
    against: np.ndarray
    change: np.ndarray

    def residual(self, production: np.ndarray, gene: str, decay: float) -> np.ndarray:
        """∫ P φ − γ ∫ x φ + ∫ x φ̇ for each test function, [tests]; 0 for the true law."""
        i = self.genes.index(gene)
        return self.against @ (production - decay * self.states[:, i]) - self.change[:, i]


def weak_form(
    data: Trajectories, names: Sequence[str] | None = None, tests: int | None = None
) -> WeakForm:
    """Integrals with sine test functions over each series.

    Parameters
    ----------
    data
        The series.
    names
        Names of the series to use; by default all.
    tests
        S, test functions per series; by default half the number of its observations.
    """
    names = data.names if names is None else names
    if tests is not None and tests < 1:
        raise InputError("at least one test function", f"tests={tests}", "leave tests out")
    states, against, change = [], [], []
    for name in names:
        times, _ = data.observations(name)
        waves = np.arange(1, (tests or max(2, len(times) // 2)) + 1)
        span = times[-1] - times[0]
        share = np.linspace(0.0, 1.0, _GRID * int(waves[-1]) + 1)
        path = smoothed(data, name)(times[0] + span * share)
        weight = np.full(len(share), span / (len(share) - 1))
        weight[[0, -1]] *= 0.5
        phase = np.pi * waves[:, None] * share
        height = np.sqrt(2 / span)
        slope = height * (np.pi * waves[:, None] / span) * np.cos(phase)
        states.append(path)
        against.append(height * np.sin(phase) * weight)
        change.append(-(slope * weight) @ path)
    return WeakForm(data.genes, np.concatenate(states), _blocks(against), np.concatenate(change))


def refit(law: Law, weak: WeakForm, *, known_decay: bool = False) -> Law:
    """Fit the constants of a law, and its decay unless it is known, to the weak form.

    Least squares over all test functions, starting from the constants of the law. Equal constants
    stay equal (such as an exponent in numerator and denominator), and integers are kept. The error
    is the residual divided by that of a constant production. The previous intervals no longer hold
    and are removed, which is flagged. With `known_decay`, γ of the law is kept and γ ∫ x φ dt
    counts as measured.

    If a series fluctuates spontaneously, ẋ and x of the fluctuations are shifted by a quarter of a
    period in each sine, which looks like no decay: a fitted γ is then too low, and production is
    distorted to match.
    """
    from scipy.optimize import least_squares

    formula, values = with_constants(law.production)
    inputs = (*law.parents, *(f"\0{k}" for k in range(len(values))))
    production = compiled(formula, inputs)
    i = weak.genes.index(law.gene)
    levels = weak.states[:, [weak.genes.index(parent) for parent in law.parents]]
    count, given = len(values), law.decay or 0.0
    fixed_decay = known_decay or law.decay is None
    start = np.array(values if fixed_decay else [*values, given])
    scale = np.where(start == 0, 1.0, np.abs(start))

    def residual(relative: np.ndarray) -> np.ndarray:
        numbers = relative * scale
        constants = np.broadcast_to(numbers[:count], (len(levels), count))
        with np.errstate(all="ignore"):
            produced = production(np.concatenate([levels, constants], axis=1))
        decay = given if fixed_decay else numbers[-1]
        values = weak.residual(produced, law.gene, decay)
        return np.nan_to_num(values, nan=1e6, posinf=1e6, neginf=-1e6)

    # Signs are part of the formula, so its constants and the decay are 0 or more.
    if len(start):
        solution = least_squares(residual, start / scale, bounds=(0.0, np.inf))
        numbers, left = solution.x * scale, solution.fun
    else:  # nothing to fit: production 0 and a known decay
        numbers, left = start, residual(start)
    decay = law.decay if fixed_decay else float(numbers[-1])
    production_found = formula.xreplace(
        dict(zip(_dummies(count), map(sympy.Float, numbers[:count]), strict=True))
    )
    implied = weak.change[:, i] + (decay or 0.0) * (weak.against @ weak.states[:, i])
    flat = weak.against.sum(1)
    unexplained = implied - flat * (flat @ implied) / max(float(flat @ flat), 1e-300)
    tests, free = len(implied), len(start)
    square = float(left @ left)
    error = float(np.sqrt(square / max(float(unexplained @ unexplained), 1e-300)))
    bic = tests * np.log(max(square, 1e-300) / tests) + free * np.log(tests)
    # Flags about constants no longer hold; those about the family do, for the slopes.
    flags = [f"by its slopes {flag}" for flag in law.flags if flag.startswith("outside")]
    flags += undetermined(production_found, dict(zip(law.parents, levels.T, strict=True)))
    also = "" if fixed_decay else ", and decay may be too low (give known rates as decay=)"
    flags.append(f"no intervals: the weak form gives none{also}")
    return replace(
        law, production=production_found, decay=decay, parameters=(), error=error,
        bic=float(bic), flags=tuple(flags),
    )  # fmt: skip


def undetermined(production: sympy.Expr, levels: dict[str, np.ndarray]) -> list[str]:
    """Flags for exponents so large that the curve is a step, and for K outside the levels.

    K is taken from terms of the form Kⁿ + xⁿ, which all Hill laws except competitive ones have.
    """
    powers = {
        part: (part.base.name, float(part.exp))
        for part in production.atoms(sympy.Pow)
        if part.base.is_Symbol and part.exp.is_Float
    }
    flags = [
        f"n[{gene}] not determined ({n:.3g}): any value above {STEEP:g} is practically a step"
        for gene, n in powers.values()
        if n > STEEP
    ]
    for part in production.atoms(sympy.Add):
        half, power = part.as_coeff_Add()
        if power not in powers or not half > 0:
            continue
        gene, n = powers[power]
        k = math.exp(min(math.log(half) / n, 700.0))  # n near 0: no regulation
        low, high = np.quantile(levels[gene], (0.01, 0.99))
        if not low / REACH <= k <= REACH * high:
            flags.append(f"K[{gene}] not determined ({k:.3g}): beyond the observed levels")
    return sorted(flags)


def with_constants(formula: sympy.Expr) -> tuple[sympy.Expr, list[float]]:
    """The formula with a symbol for each distinct decimal number, and these numbers."""
    values = sorted({abs(float(number)) for number in formula.atoms(sympy.Float)})
    symbols = dict(zip(values, _dummies(len(values)), strict=True))

    def opened(node: sympy.Expr) -> sympy.Expr:
        if node.is_Float:
            return (-1 if node < 0 else 1) * symbols[abs(float(node))]
        return node.func(*map(opened, node.args)) if node.args else node

    return opened(formula), values


def _dummies(count: int) -> list[sympy.Symbol]:
    # No gene has such a name: names from files and parsers never contain the NUL character.
    return [sympy.Symbol(f"\0{k}", positive=True) for k in range(count)]


def _blocks(matrices: list[np.ndarray]) -> np.ndarray:
    from scipy.linalg import block_diag

    return np.asarray(block_diag(*matrices))
