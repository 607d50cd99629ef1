"""Systems written as sums of products of Hill functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hillflow.errors import GeneNameError, InputError, did_you_mean
from hillflow.systems.hill import Array, hill, hill_slope
from hillflow.systems.system import Edge, RegulatorySystem


@dataclass(frozen=True)
class Factor:
    """The factor of one regulator in a term: h(x; K, n), or 1 − h(x; K, n) for a repressor.

    Attributes
    ----------
    source
        The regulator.
    sign
        +1 activates, −1 represses.
    threshold, exponent
        K and n.
    """

    source: str
    sign: int
    threshold: float = 0.5
    exponent: float = 4.0

    def value(self, level: Array) -> Array:
        """Return the factor at these levels, [cells]."""
        occupied = hill(level, self.threshold, self.exponent)
        return occupied if self.sign > 0 else 1.0 - occupied

    def slope(self, level: Array) -> Array:
        """Return the derivative with respect to the level, [cells]."""
        return self.sign * hill_slope(level, self.threshold, self.exponent)


@dataclass(frozen=True)
class Term:
    """A term weight · Π factors in the production of a gene; without factors it is constant.

    Attributes
    ----------
    target
        The gene.
    weight
        0 or more.
    factors
        The regulators; see `activates` and `represses`.
    """

    target: str
    weight: float
    factors: tuple[Factor, ...] = ()


def activates(source: str, threshold: float = 0.5, exponent: float = 4.0) -> Factor:
    """Return the factor h(x; K, n) of an activator.

    Parameters
    ----------
    source
        The regulator.
    threshold, exponent
        K and n.

    Returns
    -------
    Factor

    Examples
    --------
    >>> from hillflow.systems import Term, activates
    >>> Term("KLF1", 1.5, (activates("GATA1", threshold=0.4),)).factors[0].sign
    1
    """
    return Factor(source, +1, threshold, exponent)


def represses(source: str, threshold: float = 0.5, exponent: float = 4.0) -> Factor:
    """Return the factor 1 − h(x; K, n) of a repressor.

    Parameters
    ----------
    source
        The regulator.
    threshold, exponent
        K and n.

    Returns
    -------
    Factor

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.systems import represses
    >>> represses("SPI1", threshold=0.5, exponent=2.0).value(np.array([0.0, 0.5])).tolist()
    [1.0, 0.5]
    """
    return Factor(source, -1, threshold, exponent)


class HillTermSystem(RegulatorySystem):
    """A system with production_i = Σ_terms weight · Π h± , written term by term.

    Cost: one Hill function per factor and cell. For large networks see
    :class:`~hillflow.systems.scale_free.ScaleFree`.

    Parameters
    ----------
    genes
        Names, in the order of the columns.
    terms
        The terms of all genes.
    **kinetics
        Parameters of :class:`RegulatorySystem`.

    Examples
    --------
    >>> from hillflow.systems import HillTermSystem, Noise, Term, activates
    >>> system = HillTermSystem(
    ...     ["GATA1", "KLF1"],
    ...     [Term("GATA1", 0.8), Term("KLF1", 1.5, (activates("GATA1"),))],
    ...     decay=1.0, start=0.1, spread=0.05, noise=Noise("sqrt", 0.05), step=0.02,
    ... )
    >>> system.edges()
    (('GATA1', 'KLF1', 1),)
    """

    name = "hill-terms"

    def __init__(self, genes: Sequence[str], terms: Sequence[Term], **kinetics: Any) -> None:
        super().__init__(genes, **kinetics)
        self.terms = tuple(terms)
        self._index = {gene: i for i, gene in enumerate(self.genes)}
        for term in self.terms:
            for gene in (term.target, *(factor.source for factor in term.factors)):
                if gene not in self._index:
                    raise GeneNameError(
                        "terms of the system's own genes",
                        repr(gene),
                        did_you_mean(gene, self.genes),
                    )
            if not term.weight >= 0.0:
                raise InputError(
                    "term weights of 0 or more (a repressor is a factor with sign −1)",
                    f"{term.weight} for {term.target}",
                    "make the weight positive",
                )
        self._edges = self._read_edges()

    def production(self, seen: Array, own: Array) -> Array:
        """Return the sum of the terms, [cells, genes]."""
        total = np.zeros((len(self.genes), len(seen)))
        for term in self.terms:
            value: Array | float = term.weight
            for factor in term.factors:
                value = value * factor.value(self._level(factor, term, seen, own))
            total[self._index[term.target]] += value
        return np.ascontiguousarray(total.T)

    def production_slopes(self, seen: Array, own: Array) -> Array:
        """Return the derivatives of production by the product rule, [cells, target, source]."""
        n = len(self.genes)
        slopes = np.zeros((len(seen), n, n))
        for term in self.terms:
            values = [f.value(self._level(f, term, seen, own)) for f in term.factors]
            for position, factor in enumerate(term.factors):
                slope = term.weight * factor.slope(self._level(factor, term, seen, own))
                for other, value in enumerate(values):
                    if other != position:
                        slope = slope * value
                slopes[:, self._index[term.target], self._index[factor.source]] += slope
        return slopes

    def edges(self) -> tuple[Edge, ...]:
        """Return the regulations in the terms."""
        return self._edges

    def _level(self, factor: Factor, term: Term, seen: Array, own: Array) -> Array:
        level = own if factor.source == term.target else seen
        return np.ascontiguousarray(level[:, self._index[factor.source]])

    def _read_edges(self) -> tuple[Edge, ...]:
        signs: dict[tuple[str, str], int] = {}
        for term in self.terms:
            for factor in term.factors if term.weight else ():
                pair = factor.source, term.target
                if signs.setdefault(pair, factor.sign) != factor.sign:
                    raise InputError(
                        "one sign for each pair of genes",
                        f"{pair[0]} both activating and repressing {pair[1]}",
                        "let each regulator act on a target in one way",
                    )
        return tuple((source, target, sign) for (source, target), sign in signs.items())
