"""The parts of a formula: terms, numerators and denominators, complexity.

A formula is a sympy expression of gene levels, numbers, ``+ - * / **``, ``exp`` and ``log``.
Integers belong to the structure (signs, powers, the 1 in ``1 + x``); all other numbers are floats.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cmp_to_key

import sympy
from sympy import Add, Basic, Expr, Float, Mul, Pow, Rational, S, Symbol

from hillflow.errors import UnsupportedError

FUNCTIONS = {"exp": sympy.exp, "log": sympy.log}
LARGEST = Float(1e300)  # larger numbers would overflow in further arithmetic

_NODES = (Symbol, Rational, Float, Add, Mul, Pow, *FUNCTIONS.values())


def symbol(gene: str) -> Symbol:
    """Return the sympy symbol of a gene's level, which is non-negative.

    Parameters
    ----------
    gene
        Name of the gene, which is also the name of the symbol.

    Returns
    -------
    sympy.Symbol
        Equal for equal names.

    Examples
    --------
    >>> from hillflow.symbolic import symbol, to_text
    >>> to_text(2.0 * symbol("NKX2-5"))
    '2.0*`NKX2-5`'
    """
    return Symbol(gene, nonnegative=True)


def checked(formula: Expr) -> Expr:
    """The formula with fractions of integers as floats; raises an error if it is not arithmetic."""
    fractions: dict[Expr, Expr] = {}
    for node in sympy.preorder_traversal(formula):
        known = isinstance(node, _NODES) or node is sympy.E
        if not known or (node.is_Number and not abs(node) < LARGEST):
            raise UnsupportedError(
                "a formula of numbers, genes, + - * / **, exp and log", f"{node}",
                "rewrite it in these, for example a square root as x**0.5",
            )  # fmt: skip
        if node.is_Rational and not node.is_Integer:
            fractions[node] = Float(node)
    return replaced(formula, fractions)


def ordered(kind: type[Add] | type[Mul], number: Expr, others: Iterable[Expr]) -> Expr:
    """A sum or product in sympy's order, without evaluation."""
    lead = [] if number == kind.identity or number.is_zero else [number]
    return kind._from_args([*lead, *sorted(others, key=cmp_to_key(Basic.compare))])


def replaced(formula: Expr, changes: Mapping[Expr, Expr]) -> Expr:
    """The formula with some parts replaced; unlike sympy's methods, without evaluation."""
    if not changes or formula in changes or not formula.args:
        return changes.get(formula, formula)
    return formula.func(*(replaced(part, changes) for part in formula.args), evaluate=False)


def sum_terms(formula: Expr) -> list[tuple[int, Expr]]:
    """The terms of a sum as written: the sign, and the term without it."""
    return list(map(signed, Add.make_args(formula)))


def signed(term: Expr) -> tuple[int, Expr]:
    """The sign of a term, and the term without it."""
    number, rest = term.as_coeff_Mul()
    if not number.is_negative:
        return 1, term
    factors = [factor for factor in (-number, *Mul.make_args(rest)) if factor != 1]
    return -1, Mul(*factors, evaluate=False)


def fraction(product: Expr) -> tuple[list[Expr], list[Expr]]:
    """Factors of the numerator and of the denominator of a product as written."""
    above: list[Expr] = []
    below: list[Expr] = []
    for factor in Mul.make_args(product):
        if isinstance(factor, Pow) and factor.exp.is_Number and factor.exp.is_negative:
            exponent = -factor.exp
            whole = exponent is S.One
            below.append(factor.base if whole else Pow(factor.base, exponent, evaluate=False))
        else:
            above.append(factor)
    return above or [S.One], below


def complexity(formula: Expr) -> int:
    """Count the nodes of a formula as written: leaves, functions and binary operators.

    Parameters
    ----------
    formula
        A formula, for example ``law.production``.

    Returns
    -------
    int
        Number of nodes.

    Examples
    --------
    >>> from hillflow.symbolic import complexity, parse
    >>> complexity(parse("0.5*GATA1")), complexity(parse("GATA1/(1 + GATA1)"))
    (3, 5)
    """
    terms = sum_terms(formula)
    leading_minus = terms[0][0] < 0
    if len(terms) > 1 or leading_minus:
        return sum(complexity(term) for _, term in terms) + len(terms) - 1 + leading_minus
    above, below = fraction(formula)
    if len(above) + len(below) > 1:
        return sum(map(complexity, above + below)) + len(above) + len(below) - 1
    return 1 + sum(map(complexity, formula.args))
