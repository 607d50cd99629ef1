"""Laws fitted to trajectories without derivatives: the weak form.

For a test function φ that is 0 at both ends of a unit's time [0, T], ẋ = P(x) − γ x gives,
integrated by parts,

    ∫ P(x) φ dt − γ ∫ x φ dt + ∫ x φ̇ dt = 0,     φ_s(t) = √(2/T) sin(sπt/T),  s = 1 … S.

No derivative of the noisy x is taken; noise is averaged by the integral instead (Qian, Kacprzyk
& van der Schaar 2022, D-CODE, equations 3 and 4). An engine proposes formulas from a
smoothed slope; their constants and γ are then fitted here, and the choice is made by this
residual.
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

STEEP = 10.0  # exponents above it: a step that rises within 20 % of K
REACH = 3.0  # how far beyond the levels seen a K may lie
_GRID = 8  # points of the quadrature in each half-wave of the fastest test function


@dataclass(frozen=True, eq=False)
class WeakForm:
    """The integrals of one set of units, as matrices; a state is [points, genes].

    Attributes
    ----------
    genes
        Columns of `states`.
    states
        Smoothed levels at the points of the quadrature, [points, genes].
    against
        ∫ · φ dt as a matrix on values at the points, [tests, points].
    change
        −∫ x φ̇ dt of each gene, which is ∫ ẋ φ dt, [tests, genes].
    """

    genes: tuple[str, ...]
    states: np.ndarray
    against: np.ndarray
    change: np.ndarray

    def residual(self, production: np.ndarray, gene: str, decay: float) -> np.ndarray:
        """∫ P φ − γ ∫ x φ + ∫ x φ̇ of each test, [tests]; 0 for the true law."""
        i = self.genes.index(gene)
        return self.against @ (production - decay * self.states[:, i]) - self.change[:, i]


def weak_form(
    data: Trajectories, names: Sequence[str] | None = None, tests: int | None = None
) -> WeakForm:
    """Integrals against sines, over each unit by itself.

    Parameters
    ----------
    names
        The units to take; all unless given.
    tests
        S, sines a unit; half as many as its observations unless given.
    """
    names = data.names if names is None else names
    if tests is not None and tests < 1:
        raise InputError("at least one test function", f"tests={tests}", "leave tests out")
    states, against, change = [], [], []
    for name in names:
        times, _ = data.one(name)
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
    """The same formula with constants, and decay unless known, fitted to the weak form.

    Least squares over all tests from the constants the law has; equal constants stay equal
    (an exponent that stands above and below a line), and whole numbers stay as they are. The
    error is the residual over that of a production that does not vary; intervals of the former
    constants no longer hold and are left out, which a flag says. With `known_decay` the law's own
    γ is kept and γ ∫ x φ dt counts as measured.

    Where a unit fluctuates by itself, ẋ and x of these fluctuations are a quarter of a wave apart
    in every sine, so that they speak for no decay at all: γ, where it is fitted, comes out too
    low, and production flatter and steeper than it is.
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
        away = weak.residual(produced, law.gene, decay)
        return np.nan_to_num(away, nan=1e6, posinf=1e6, neginf=-1e6)

    # Signs stand in the formula, so that its constants, and the decay, are 0 or more.
    if len(start):
        solution = least_squares(residual, start / scale, bounds=(0.0, np.inf))
        numbers, left = solution.x * scale, solution.fun
    else:  # nothing is free: a production of 0 with a decay that is known
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
    # Flags about constants no longer hold; those about the family do, judged by slopes.
    flags = [f"by its slopes {flag}" for flag in law.flags if flag.startswith("outside")]
    flags += undetermined(production_found, dict(zip(law.parents, levels.T, strict=True)))
    also = "" if fixed_decay else ", and decay may be too low (give what is known as decay=)"
    flags.append(f"no intervals: the weak form gives none{also}")
    return replace(
        law, production=production_found, decay=decay, parameters=(), error=error,
        bic=float(bic), flags=tuple(flags),
    )  # fmt: skip


def undetermined(production: sympy.Expr, levels: dict[str, np.ndarray]) -> list[str]:
    """A flag for each exponent that is as good as a step, and each K beyond all levels.

    K is read off where it stands as Kⁿ + xⁿ, as it does in all Hill laws but competitive ones.
    """
    powers = {
        part: (part.base.name, float(part.exp))
        for part in production.atoms(sympy.Pow)
        if part.base.is_Symbol and part.exp.is_Float
    }
    flags = [
        f"n[{gene}] not determined ({n:.3g}): any value above {STEEP:g} is as good as a step"
        for gene, n in powers.values()
        if n > STEEP
    ]
    for part in production.atoms(sympy.Add):
        half, power = part.as_coeff_Add()
        if power not in powers or not half > 0:
            continue
        gene, n = powers[power]
        k = math.exp(min(math.log(half) / n, 700.0))  # no regulation at all: n near 0
        low, high = np.quantile(levels[gene], (0.01, 0.99))
        if not low / REACH <= k <= REACH * high:
            flags.append(f"K[{gene}] not determined ({k:.3g}): beyond the levels seen")
    return sorted(flags)


def with_constants(formula: sympy.Expr) -> tuple[sympy.Expr, list[float]]:
    """The formula with a symbol for each different decimal number, and those numbers."""
    values = sorted({abs(float(number)) for number in formula.atoms(sympy.Float)})
    symbols = dict(zip(values, _dummies(len(values)), strict=True))

    def opened(node: sympy.Expr) -> sympy.Expr:
        if node.is_Float:
            return (-1 if node < 0 else 1) * symbols[abs(float(node))]
        return node.func(*map(opened, node.args)) if node.args else node

    return opened(formula), values


def _dummies(count: int) -> list[sympy.Symbol]:
    # No gene has such a name: names from files and parsers never hold the zero character.
    return [sympy.Symbol(f"\0{k}", positive=True) for k in range(count)]


def _blocks(matrices: list[np.ndarray]) -> np.ndarray:
    from scipy.linalg import block_diag

    return np.asarray(block_diag(*matrices))
