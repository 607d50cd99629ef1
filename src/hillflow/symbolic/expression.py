"""What a formula may consist of, and how it is laid out: terms, fractions, size.

A formula is a sympy expression of gene levels, numbers, ``+ - * / **``, ``exp`` and ``log``.
Whole numbers are structure (signs, powers, the 1 of ``1 + x``); all others are floats.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cmp_to_key

import sympy
from sympy import Add, Basic, Expr, Float, Integer, Mul, Pow, Rational, Symbol

from hillflow.errors import UnsupportedError

FUNCTIONS = {"exp": sympy.exp, "log": sympy.log}
LARGEST = Float(1e300)  # numbers beyond it overflow in further arithmetic

_NODES = (Symbol, Rational, Float, Add, Mul, Pow, *FUNCTIONS.values())


def symbol(gene: str) -> Symbol:
    """The symbol of a gene's level, which is never negative; its name is the gene's own."""
    return Symbol(gene, nonnegative=True)


def unknown_part(formula: Expr) -> Expr | None:
    """The first part of a formula that no law may have, or None."""
    for node in sympy.preorder_traversal(formula):
        if not (isinstance(node, _NODES) or node is sympy.E):
            return node
        if node.is_Number and not abs(node) < LARGEST:
            return node
    return None


def checked(formula: Expr) -> Expr:
    """The formula with its fractions of whole numbers as floats; refused if no law may be it."""
    if (part := unknown_part(formula)) is not None:
        raise UnsupportedError(
            "a formula of numbers, genes, + - * / **, exp and log", f"{part}",
            "rewrite it in these, for example a square root as x**0.5",
        )  # fmt: skip
    fractions = {number for number in formula.atoms(Rational) if not number.is_Integer}
    return replaced(formula, {number: Float(number) for number in fractions})


def ordered(kind: type[Add] | type[Mul], number: Expr, others: Iterable[Expr]) -> Expr:
    """A sum or product in the order that sympy gives it, but nothing is evaluated."""
    lead = [] if number == kind.identity or number.is_zero else [number]
    return kind._from_args([*lead, *sorted(others, key=cmp_to_key(Basic.compare))])


def replaced(formula: Expr, changes: Mapping[Expr, Expr]) -> Expr:
    """The formula with other parts; unlike sympy's own, nothing is evaluated anew."""
    if not changes or formula in changes or not formula.args:
        return changes.get(formula, formula)
    return formula.func(*(replaced(part, changes) for part in formula.args), evaluate=False)


def sum_terms(formula: Expr) -> Iterator[tuple[int, Expr]]:
    """The terms of a sum as it is written: sign, and the term without it."""
    for term in Add.make_args(formula):
        coefficient, rest = term.as_coeff_Mul()
        if coefficient.is_negative:
            factors = [-coefficient, *Mul.make_args(rest)]
            yield -1, Mul(*(part for part in factors if part != 1), evaluate=False)
        else:
            yield 1, term


def fraction(product: Expr) -> tuple[list[Expr], list[Expr]]:
    """Factors above and below the line of a product as it is written."""
    above: list[Expr] = []
    below: list[Expr] = []
    for factor in Mul.make_args(product):
        if isinstance(factor, Pow) and factor.exp.is_Number and factor.exp.is_negative:
            exponent = -factor.exp
            below.append(
                factor.base if exponent == 1 else Pow(factor.base, exponent, evaluate=False)
            )
        else:
            above.append(factor)
    return above or [Integer(1)], below


def complexity(formula: Expr) -> int:
    """Nodes of the expression tree as it is written: leaves, functions and binary operators."""
    terms = list(sum_terms(formula))
    if len(terms) > 1 or terms[0][0] < 0:
        leading_minus = terms[0][0] < 0
        return sum(complexity(term) for _, term in terms) + len(terms) - 1 + leading_minus
    above, below = fraction(formula)
    if len(above) + len(below) > 1:
        return sum(map(complexity, above + below)) + len(above) + len(below) - 1
    return 1 + sum(map(complexity, formula.args))
