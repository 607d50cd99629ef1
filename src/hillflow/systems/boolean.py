"""Systems defined by Boolean rules, which are converted to Hill kinetics."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hillflow.errors import GeneNameError, InputError, did_you_mean, listing
from hillflow.systems.hill import Array, hill, hill_slope
from hillflow.systems.system import Edge, RegulatorySystem

Levels = Callable[[str], Array]  # the Hill function of a regulator, [cells]


@dataclass(frozen=True)
class Rule:
    """A Boolean rule and its continuous homologue on [0, 1].

    a and b → a·b;  a or b → 1 − (1−a)(1−b);  not a → 1 − a. If every gene occurs once in a
    rule, this is the unique multilinear function that agrees with the truth table, the
    BooleCube of Wittmann et al. (2009), and it is monotone in each gene.

    Attributes
    ----------
    operator
        ``"gene"``, ``"not"``, ``"and"`` or ``"or"``.
    gene
        The name, if the operator is ``"gene"``.
    parts
        The rules that the operator combines.

    Examples
    --------
    >>> from hillflow.systems import Rule
    >>> Rule.parse("SPI1 and not (GATA1 or GATA2)").signs()
    {'SPI1': 1, 'GATA1': -1, 'GATA2': -1}
    """

    operator: str
    gene: str = ""
    parts: tuple[Rule, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Rule:
        """Read ``"(CEBPA or SPI1) and not GATA1"``; names are Python identifiers."""
        try:
            rule = cls._from_syntax(ast.parse(text.strip(), mode="eval").body)
        except (SyntaxError, TypeError):
            raise InputError(
                "a rule of gene names, and, or, not and brackets",
                repr(text),
                "write it like 'SPI1 and not (GATA1 or GATA2)'",
            ) from None
        names = rule.genes()
        repeated = sorted({gene for gene in names if names.count(gene) > 1})
        if repeated:
            raise InputError(
                "every gene at most once in a rule",
                f"{listing(repeated)} more than once in {text!r}",
                "factor the rule so that each gene occurs once",
            )
        return rule

    @classmethod
    def _from_syntax(cls, node: ast.expr) -> Rule:
        match node:
            case ast.Name(id=gene):
                return cls("gene", gene)
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return cls("not", parts=(cls._from_syntax(inner),))
            case ast.BoolOp(op=ast.And() | ast.Or() as op, values=values):
                operator = "and" if isinstance(op, ast.And) else "or"
                return cls(operator, parts=tuple(map(cls._from_syntax, values)))
        raise TypeError(type(node).__name__)

    def genes(self) -> tuple[str, ...]:
        """Return the regulators in the order of the text."""
        if self.operator == "gene":
            return (self.gene,)
        return tuple(gene for part in self.parts for gene in part.genes())

    def signs(self) -> dict[str, int]:
        """Return −1 for each gene under an odd number of ``not``, +1 for the others."""
        if self.operator == "gene":
            return {self.gene: 1}
        factor = -1 if self.operator == "not" else 1
        return {gene: factor * sign for part in self.parts for gene, sign in part.signs().items()}

    def value(self, level: Levels) -> Array:
        """Return the homologue at these levels, [cells]."""
        if self.operator == "gene":
            return level(self.gene)
        if self.operator == "not":
            return 1.0 - self.parts[0].value(level)
        product = np.asarray(1.0)
        for part in self.parts:
            value = part.value(level)
            product = product * (value if self.operator == "and" else 1.0 - value)
        return product if self.operator == "and" else 1.0 - product

    def slopes(self, level: Levels) -> dict[str, Array]:
        """Return the derivative with respect to the level of each gene, [cells] each."""
        if self.operator == "gene":
            return {self.gene: np.ones_like(level(self.gene))}
        if self.operator == "not":
            return {gene: -slope for gene, slope in self.parts[0].slopes(level).items()}
        values = [part.value(level) for part in self.parts]
        derivatives: dict[str, Array] = {}
        for position, part in enumerate(self.parts):
            others = np.ones_like(values[0])
            for other, value in enumerate(values):
                if other != position:
                    others = others * (value if self.operator == "and" else 1.0 - value)
            derivatives |= {gene: slope * others for gene, slope in part.slopes(level).items()}
        return derivatives


class BooleanSystem(RegulatorySystem):
    """Transcription of each gene by a Boolean rule of Hill functions.

        production_i = γ_i (ε + (1 − ε) B_i(h(p; K, n)))

    with B the homologue of the rule and ε a leak, so that levels range from ε to 1. The
    signed network follows from the rules.

    Parameters
    ----------
    rules
        Gene to rule, in the order of the columns.
    threshold, exponent
        K, one number or [genes], and n of the regulators.
    leak
        ε, the transcription in the off state.
    **kinetics
        Parameters of :class:`RegulatorySystem`; ``decay`` also scales production.
    """

    name = "boolean"

    def __init__(
        self,
        rules: Mapping[str, str],
        *,
        threshold: Array | float = 0.5,
        exponent: float = 4.0,
        leak: float = 0.0,
        **kinetics: Any,
    ) -> None:
        super().__init__(tuple(rules), **kinetics)
        self.rules = tuple(Rule.parse(text) for text in rules.values())
        for rule in self.rules:
            for gene in rule.genes():
                if gene not in self.genes:
                    raise GeneNameError(
                        "rules of the system's own genes",
                        repr(gene),
                        did_you_mean(gene, self.genes),
                    )
        self.threshold, self.exponent, self.leak = threshold, exponent, leak

    def production(self, seen: Array, own: Array) -> Array:
        """Return the production of every gene by its rule, [cells, genes]."""
        h_seen = np.ascontiguousarray(hill(seen, self.threshold, self.exponent).T)
        same = own is seen
        h_own = h_seen if same else np.ascontiguousarray(hill(own, self.threshold, self.exponent).T)
        values = np.empty_like(h_seen)
        for target, rule in enumerate(self.rules):
            values[target] = rule.value(self._levels(target, h_seen, h_own))
        return self.decay * (self.leak + (1.0 - self.leak) * values.T)

    def production_slopes(self, seen: Array, own: Array) -> Array:
        """Return the derivatives of production by the chain rule, [cells, target, source]."""
        h_seen, h_own = (hill(x, self.threshold, self.exponent).T for x in (seen, own))
        d_seen, d_own = (hill_slope(x, self.threshold, self.exponent).T for x in (seen, own))
        n = len(self.genes)
        slopes = np.zeros((len(seen), n, n))
        for target, rule in enumerate(self.rules):
            outer = rule.slopes(self._levels(target, h_seen, h_own))
            inner = self._levels(target, d_seen, d_own)
            for gene, slope in outer.items():
                slopes[:, target, self.genes.index(gene)] = slope * inner(gene)
        return slopes * (self.decay * (1.0 - self.leak))[:, None]

    def edges(self) -> tuple[Edge, ...]:
        """Return the regulations in the rules."""
        return tuple(
            (source, target, sign)
            for target, rule in zip(self.genes, self.rules, strict=True)
            for source, sign in rule.signs().items()
        )

    def _levels(self, target: int, seen: Array, own: Array) -> Levels:
        def level(gene: str) -> Array:
            source = self.genes.index(gene)
            return own[source] if source == target else seen[source]

        return level
