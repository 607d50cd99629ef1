"""The Boolean reading of logic laws: rules such as ``GATA1 & !SPI1 | FLI1``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from sympy import And, Not, Or, Symbol
from sympy.logic import SOPform

from hillflow.errors import GeneNameError, InputError, did_you_mean, listing
from hillflow.symbolic.printing import quoted
from hillflow.symbolic.soft_table import Array, SoftTable, interpolate

MOST_GENES = 20  # of which all 2^G states are tried
CLOSE = (
    0.1  # distance from the cut, as a share of the span of rows, within which rounding is fragile
)

Literal = tuple[str, int]  # a regulator and +1 (is on) or −1 (is off)


@dataclass(frozen=True)
class BooleanRule:
    """When a gene is on: one of several conditions, each a set of regulators on or off.

    Attributes
    ----------
    terms
        The conjunctions; no conjunction: never on; an empty one: always on.
    level
        Level of the gene above which it counts as on: the middle between the levels at rest of its
        lowest and its highest row.
    kept
        Share of the variance of its production over the cells that the rule keeps (R²); None if it
        was not computed, or production is constant.
    close
        Rows whose level is within a tenth of the span (highest − lowest row) of `level`, each as
        the regulators that are on: a small change of the fit would round them the other way.
    """

    terms: tuple[tuple[Literal, ...], ...]
    level: float
    kept: float | None = None
    close: tuple[tuple[str, ...], ...] = ()

    @property
    def regulators(self) -> tuple[str, ...]:
        """The regulators in the rule, in the order of their first mention."""
        return tuple(dict.fromkeys(gene for term in self.terms for gene, _ in term))

    def text(self, names: Mapping[str, str] | None = None) -> str:
        """The rule with ``&``, ``|`` and ``!``; ``0`` for never, ``1`` for always.

        Other names of the regulators may be given; by default their own, in backquotes unless they
        are identifiers.
        """
        if not self.terms:
            return "0"
        if () in self.terms:
            return "1"
        written = [
            " & ".join(
                ("!" if sign < 0 else "") + (names[gene] if names else quoted(gene))
                for gene, sign in term
            )
            for term in self.terms
        ]
        return " | ".join(written)

    def holds(self, on: Mapping[str, Any]) -> Any:
        """Whether the gene is turned on, where ``on`` is the state of each regulator."""
        result: Any = np.zeros((), dtype=bool)
        for term in self.terms:
            each: Any = np.ones((), dtype=bool)
            for gene, sign in term:
                each = each & (np.asarray(on[gene], dtype=bool) == (sign > 0))
            result = result | each
        return result

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        terms = [[[gene, sign] for gene, sign in term] for term in self.terms]
        close = [list(row) for row in self.close]
        return {"terms": terms, "level": self.level, "kept": self.kept, "close": close}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> BooleanRule:
        """Read the values that `to_json` returns."""
        terms = tuple(tuple((gene, sign) for gene, sign in term) for term in data["terms"])
        return cls(terms, data["level"], data["kept"], tuple(map(tuple, data.get("close", ()))))


@dataclass(frozen=True)
class BooleanNetwork(Mapping[str, BooleanRule]):
    """A Boolean rule for each gene; a mapping from genes to rules.

    Examples
    --------
    >>> from hillflow.symbolic import BooleanNetwork, BooleanRule
    >>> rules = {
    ...     "A": BooleanRule(((("B", -1),),), 0.5),
    ...     "B": BooleanRule(((("A", -1),),), 0.5),
    ... }
    >>> network = BooleanNetwork(rules)
    >>> print(network.text())
    A, !B
    B, !A
    >>> network.fixed_points()
    [('B',), ('A',)]
    """

    rules: Mapping[str, BooleanRule]

    def __post_init__(self) -> None:
        used = {gene for rule in self.rules.values() for gene in rule.regulators}
        if missing := sorted(used - set(self.rules)):
            raise GeneNameError(
                "a rule for each regulator", f"none for {listing(missing)}",
                "read the laws of all genes (`hillflow laws RUN` without --genes)",
            )  # fmt: skip

    def __getitem__(self, gene: str) -> BooleanRule:
        if gene not in self.rules:
            raise GeneNameError(
                "a gene with a rule", repr(gene), did_you_mean(gene, list(self.rules))
            )
        return self.rules[gene]

    def __contains__(self, gene: object) -> bool:
        return gene in self.rules

    def __iter__(self) -> Iterator[str]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def text(self) -> str:
        """One rule per line, ``gene, rule``."""
        return "\n".join(f"{quoted(gene)}, {rule.text()}" for gene, rule in self.items())

    def next(self, on: Sequence[Any] | Array) -> Array:
        """State that follows each state ``on`` if all genes change at once, [..., genes]."""
        states = np.asarray(on, dtype=bool)
        by_gene = {gene: states[..., k] for k, gene in enumerate(self)}
        shape = states.shape[:-1]
        return np.stack(
            [np.broadcast_to(rule.holds(by_gene), shape) for rule in self.rules.values()], -1
        )

    def fixed_points(self) -> list[tuple[str, ...]]:
        """The genes that are on in each state that its rules keep; O(2^G), for at most 20 genes."""
        if len(self) > MOST_GENES:
            raise InputError(
                f"at most {MOST_GENES} genes, of which all states are tried", f"{len(self)}",
                "export the network (to='bnet') and use a tool for Boolean networks",
            )  # fmt: skip
        states = np.array(list(product((False, True), repeat=len(self))))
        fixed = states[(self.next(states) == states).all(-1)]
        return [tuple(gene for gene, on in zip(self, state, strict=True) if on) for state in fixed]


def boolean_rules(tables: Mapping[str, SoftTable]) -> dict[str, BooleanRule]:
    """Round the soft table of each gene to a minimal Boolean rule.

    A row is on if its production is above the middle between the lowest and the highest row. A gene
    without regulators is always on if its level at rest, s a / γ, is above the median K of its
    targets (or if it has none), else never. The rule is a minimal sum of products (Quine 1952,
    McCluskey 1956).
    """
    seen: dict[str, list[float]] = {gene: [] for gene in tables}
    for table in tables.values():
        for source, threshold in zip(table.regulators, table.threshold.tolist(), strict=True):
            if source in seen:
                seen[source].append(threshold)
    rules = {}
    for gene, table in tables.items():
        levels = table.levels()
        level = float(levels.min() + levels.max()) / 2
        if not table.regulators:
            level = float(np.median(seen[gene] or [0.0]))
        terms = minimal_rule(levels > level, table.regulators)
        rules[gene] = BooleanRule(terms, level, close=_close(table, level))
    return rules


def _close(table: SoftTable, level: float) -> tuple[tuple[str, ...], ...]:
    """The rows near the cut; none without regulators, whose one row is not rounded."""
    levels = table.levels().ravel()
    near = abs(levels - level) < CLOSE * np.ptp(levels)
    rows = zip(table.names(), near, strict=True)
    return tuple(on for on, is_near in rows if is_near and table.regulators)


def row_words(on: Sequence[str], regulators: Sequence[str]) -> str:
    """A row of a table in words: ``no regulator on``, ``A alone on``, ``A and B on``."""
    if not on:
        return "no regulator on"
    alone = " alone" if len(on) == 1 and len(regulators) > 1 else ""
    return f"{' and '.join(on)}{alone} on"


def minimal_rule(on: Array, regulators: Sequence[str]) -> tuple[tuple[Literal, ...], ...]:
    """Return a minimal sum of products that is true in the rows ``on`` [2, …, 2].

    Short products first, then in the order of their regulators, with those that are on before
    those that are off.
    """
    symbols = [Symbol(f"x{k}") for k in range(len(regulators))]
    name = dict(zip(symbols, regulators, strict=True))
    if on.all() or not on.any():
        return ((),) if on.all() else ()
    formula = SOPform(symbols, np.argwhere(on).tolist())
    terms = []
    for term in Or.make_args(formula):
        signs = {
            literal.args[0] if isinstance(literal, Not) else literal:
            -1 if isinstance(literal, Not) else 1
            for literal in And.make_args(term)
        }  # fmt: skip
        terms.append(tuple((name[s], signs[s]) for s in symbols if s in signs))
    place = {gene: k for k, gene in enumerate(regulators)}

    # Complete, signs included: sympy keeps the terms in a set, whose order differs by process.
    def order(term: tuple[Literal, ...]) -> tuple[int, list[tuple[int, int]]]:
        return len(term), [(place[gene], -sign) for gene, sign in term]

    return tuple(sorted(terms, key=order))


def with_kept(rule: BooleanRule, table: SoftTable, levels: Array) -> BooleanRule:
    """The rule with the share of variance that it keeps over cells.

    R² of the best c + d · B against production, where B is the rounded table interpolated at the
    cells' curves: rows are rounded, curves are not.

    Parameters
    ----------
    rule, table
        The rule of the table.
    levels
        Levels of the table's regulators, [cells, R].
    """
    curves = table.curves(levels)
    production = interpolate(table.rows, curves)
    rounded = interpolate(table.levels() > rule.level, curves)
    spread = production.std()
    if spread <= 1e-9 * max(abs(production).max(), 1e-300):
        return rule
    if rounded.std() <= 1e-12:
        return replace(rule, kept=0.0)
    return replace(rule, kept=float(np.corrcoef(rounded, production)[0, 1] ** 2))
