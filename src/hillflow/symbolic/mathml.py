"""Formulas as content MathML (W3C 2014), for SBML and for journals."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from sympy import Expr, log
from sympy.printing.printer import Printer

from hillflow.symbolic.expression import checked, fraction, signed

NAMESPACE = "http://www.w3.org/1998/Math/MathML"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_mathml(formula: Expr) -> str:
    """A ``<math>`` element, with each gene as a ``<ci>`` with its exact name."""
    return f'<math xmlns="{NAMESPACE}">{content(formula)}</math>'


def content(formula: Expr) -> str:
    """The formula without the ``<math>`` element, to combine it with others."""
    return str(_ContentPrinter().doprint(checked(formula)))


def apply(operator: str, *arguments: str) -> str:
    """An operator or function applied to MathML arguments."""
    return f"<apply><{operator}/>{''.join(arguments)}</apply>"


def real(value: float) -> str:
    """A number at full precision."""
    mantissa, _, exponent = repr(value).partition("e")
    if not exponent:
        return f"<cn>{mantissa}</cn>"
    return f'<cn type="e-notation">{mantissa}<sep/>{int(exponent)}</cn>'


def xml_text(text: str) -> str:
    """Text of an element: markup escaped, characters that XML does not permit replaced."""
    return escape(_NO_XML.sub("\ufffd", text)).replace("\r", "&#13;")


class _ContentPrinter(Printer):
    """Prints each node by its class, as sympy's printers do (sympy's repeats last terms)."""

    def _print_Add(self, expr: Any) -> str:
        return apply("plus", *map(self._print, expr.args))

    def _print_Mul(self, expr: Any) -> str:
        sign, term = signed(expr)
        above, below = fraction(term)
        text = self._times(above)
        if below:
            text = apply("divide", text, self._times(below))
        return apply("minus", text) if sign < 0 else text

    def _times(self, factors: list[Expr]) -> str:
        parts = [self._print(factor) for factor in factors]
        return parts[0] if len(parts) == 1 else apply("times", *parts)

    def _print_Pow(self, expr: Any) -> str:
        if fraction(expr)[1]:
            return self._print_Mul(expr)
        return apply("power", self._print(expr.base), self._print(expr.exp))

    def _print_Function(self, expr: Any) -> str:
        return apply("ln" if isinstance(expr, log) else "exp", self._print(expr.args[0]))

    def _print_Exp1(self, expr: Any) -> str:
        return apply("exp", self._print_Integer(1))

    def _print_Symbol(self, expr: Any) -> str:
        return f"<ci>{xml_text(expr.name)}</ci>"

    def _print_Integer(self, expr: Any) -> str:
        return f'<cn type="integer">{int(expr)}</cn>'

    def _print_Float(self, expr: Any) -> str:
        return real(float(expr))
