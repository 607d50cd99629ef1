"""The 24 laws of the recovery benchmark, and truths that are no Hill law at all.

One to three true regulators among four candidates with correlated levels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Array = np.ndarray
CANDIDATES = ("A", "B", "C", "D")


@dataclass(frozen=True)
class Truth:
    """A law in one of the template's families: regulators as (gene, sign, K, n)."""

    name: str
    family: str
    basal: float
    strengths: tuple[float, ...]
    regulators: tuple[tuple[str, int, float, float], ...]

    def production(self, x: Array) -> Array:
        """Values at levels x [n, candidates]."""
        powers = [(x[:, CANDIDATES.index(gene)] / k) ** n for gene, _, k, n in self.regulators]
        signs = [sign for _, sign, _, _ in self.regulators]
        if self.family == "competitive":
            above = (
                sum(p for p, s in zip(powers, signs, strict=True) if s > 0)
                if max(signs) > 0
                else 1.0
            )
            return self.basal + self.strengths[0] * above / (1.0 + sum(powers))
        terms = [(p if s > 0 else 1.0) / (1.0 + p) for p, s in zip(powers, signs, strict=True)]
        if self.family == "multiplicative":
            return self.basal + self.strengths[0] * np.prod(terms, axis=0)
        return self.basal + sum(v * t for v, t in zip(self.strengths, terms, strict=True))


def _law(name: str, family: str, basal: float, strengths: float | tuple[float, ...],
         *regulators: tuple[str, int, float, float]) -> Truth:  # fmt: skip
    many = strengths if isinstance(strengths, tuple) else (strengths,)
    return Truth(name, family, basal, many, regulators)


LAWS = (
    # the four of the method's source
    _law("activation", "single", 0.1, 1.0, ("A", 1, 0.6, 3.0)),
    _law("repression", "single", 0.05, 1.2, ("B", -1, 0.5, 2.5)),
    _law(
        "activation + repression",
        "additive",
        0.1,
        (1.0, 0.8),
        ("A", 1, 0.6, 3.0),
        ("B", -1, 0.5, 2.0),
    ),
    _law(
        "activation × repression",
        "multiplicative",
        0.1,
        1.5,
        ("A", 1, 0.5, 2.5),
        ("B", -1, 0.7, 3.0),
    ),
    # one regulator
    _law("weak cooperation", "single", 0.2, 1.5, ("C", 1, 0.8, 1.5)),
    _law("steep switch", "single", 0.0, 1.0, ("D", 1, 0.7, 5.0)),
    _law("gentle repression", "single", 0.0, 2.0, ("A", -1, 0.8, 1.5)),
    _law("steep repression", "single", 0.3, 1.0, ("C", -1, 0.5, 4.0)),
    # two, independent sites
    _law("two activators", "additive", 0.1, (1.0, 1.0), ("A", 1, 0.5, 3.0), ("C", 1, 0.8, 3.0)),
    _law("two repressors", "additive", 0.1, (1.2, 0.8), ("B", -1, 0.5, 3.0), ("D", -1, 0.8, 2.0)),
    _law("unequal sum", "additive", 0.0, (1.5, 0.6), ("A", 1, 0.7, 2.0), ("D", -1, 0.5, 3.0)),
    # two, together
    _law(
        "two activators at once",
        "multiplicative",
        0.05,
        1.5,
        ("A", 1, 0.4, 2.0),
        ("B", 1, 0.6, 3.0),
    ),
    _law(
        "neither of two repressors",
        "multiplicative",
        0.1,
        1.5,
        ("C", -1, 0.7, 2.5),
        ("D", -1, 0.9, 2.0),
    ),
    _law("gate", "multiplicative", 0.2, 2.0, ("C", 1, 0.6, 3.0), ("A", -1, 0.8, 2.0)),
    _law("leakless gate", "multiplicative", 0.0, 1.0, ("D", 1, 0.5, 2.0), ("B", -1, 0.6, 4.0)),
    # two, one site
    _law("competition", "competitive", 0.1, 1.5, ("A", 1, 0.4, 2.0), ("B", -1, 0.5, 2.5)),
    _law("strong competition", "competitive", 0.05, 1.0, ("C", 1, 0.4, 3.0), ("D", -1, 0.4, 3.0)),
    _law(
        "two activators of one site",
        "competitive",
        0.1,
        1.2,
        ("A", 1, 0.9, 2.5),
        ("B", 1, 1.0, 3.0),
    ),
    # three
    _law(
        "three independent",
        "additive",
        0.1,
        (1.0, 1.0, 0.9),
        ("A", 1, 0.6, 3.0),
        ("B", -1, 0.5, 3.0),
        ("C", 1, 0.8, 3.0),
    ),
    _law(
        "one activator, two repressors",
        "additive",
        0.1,
        (1.2, 0.8, 0.8),
        ("D", 1, 0.6, 3.0),
        ("A", -1, 0.5, 3.0),
        ("B", -1, 0.7, 2.5),
    ),
    _law(
        "three together",
        "multiplicative",
        0.1,
        2.0,
        ("A", 1, 0.4, 2.5),
        ("B", 1, 0.4, 2.5),
        ("C", -1, 0.8, 3.0),
    ),
    _law(
        "one against two",
        "multiplicative",
        0.05,
        2.0,
        ("D", 1, 0.5, 3.0),
        ("A", -1, 0.8, 2.5),
        ("C", -1, 0.9, 2.5),
    ),
    _law(
        "two against one, one site",
        "competitive",
        0.1,
        1.5,
        ("A", 1, 0.6, 2.5),
        ("C", 1, 0.6, 2.5),
        ("B", -1, 0.5, 2.5),
    ),
    _law(
        "one against two, one site",
        "competitive",
        0.05,
        1.5,
        ("B", 1, 0.4, 2.5),
        ("A", -1, 0.6, 2.5),
        ("D", -1, 0.6, 2.5),
    ),
)


def _h(x: Array, k: float, n: float) -> Array:
    return x**n / (k**n + x**n)


OUTSIDE: dict[str, Callable[[Array, Array, Array], Array]] = {
    "bell": lambda a, b, c: 0.1 + np.exp(-((a - 0.7) ** 2) / 0.05),
    "bell of the sum": lambda a, b, c: np.exp(-((a + b - 1.3) ** 2) / 0.1),
    "exclusive or": lambda a, b, c: (
        _h(a, 0.6, 4) * (1 - _h(b, 0.6, 4)) + _h(b, 0.6, 4) * (1 - _h(a, 0.6, 4))
    ),
    "equality": lambda a, b, c: (
        _h(a, 0.6, 4) * _h(b, 0.6, 4) + (1 - _h(a, 0.6, 4)) * (1 - _h(b, 0.6, 4))
    ),
    "wave": lambda a, b, c: 1 + np.sin(5 * a) + 0.5 * b,
    "quadratic": lambda a, b, c: 0.2 + 3 * (a - 0.7) ** 2,
    "distance": lambda a, b, c: np.abs(a - b),
    "band of one, gated by another": lambda a, b, c: (
        _h(a, 0.4, 4) * (1 - _h(a, 0.9, 6)) * _h(b, 0.5, 3)
    ),
    "pulse": lambda a, b, c: _h(a, 0.4, 5) - 0.8 * _h(a, 0.9, 5),
    "product of differences": lambda a, b, c: 1 + (a - 0.7) * (b - 0.7),
    "switch of role": lambda a, b, c: _h(c, 0.7, 5) * a + (1 - _h(c, 0.7, 5)) * (1.5 - a),
    "wave of the product": lambda a, b, c: 1 + np.cos(4 * a * b),
}


def levels(n: int, generator: np.random.Generator, correlation: float = 0.6) -> Array:
    """Log-normal levels about 0.6, each pair correlated, [n, candidates]."""
    size = len(CANDIDATES)
    matrix = np.full((size, size), correlation) + (1 - correlation) * np.eye(size)
    z = generator.multivariate_normal(np.zeros(size), matrix, n, method="cholesky")
    return 0.6 * np.exp(0.6 * z)


def beyond(n: int, x: Array, generator: np.random.Generator) -> Array:
    """States off the support: every regulator on its own, up to half again its highest level."""
    return generator.uniform(0.0, 1.5, (n, x.shape[1])) * x.max(0)
