"""Formulas as text that `parse` reads, and as LaTeX."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from sympy import Expr, Float
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from hillflow.symbolic.expression import FUNCTIONS, checked, fraction, signed

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LATEX = {"\\": r"\backslash{}", "~": r"\sim{}", "^": r"\hat{}"} | {c: "\\" + c for c in "&%$#_{} "}


def to_text(formula: Expr, digits: int | None = None) -> str:
    """Write a formula as text, such that ``parse(to_text(formula)) == formula``.

    Fractions of integers are written as floats.

    Parameters
    ----------
    formula
        Sums, products, powers, exp and log of numbers and genes.
    digits
        Significant digits of the numbers; by default all.

    Returns
    -------
    str
        Names that are not identifiers stand in backquotes.

    Examples
    --------
    >>> from hillflow.symbolic import parse, to_text
    >>> to_text(parse("0.123456*`NKX2-5`/(1 + `NKX2-5`)"), digits=2)
    '0.12*`NKX2-5`/(1 + `NKX2-5`)'
    """
    return str(_TextPrinter({"digits": digits}).doprint(checked(formula)))


def quoted(name: str) -> str:
    """A gene's name as written in a formula: in backquotes unless it is an identifier."""
    if _NAME.fullmatch(name) and name not in FUNCTIONS:
        return name
    return "`" + name.replace("`", "``") + "`"


def to_latex(formula: Expr, digits: int, *, protein: bool = False) -> str:
    r"""A formula as LaTeX, with each gene as ``\mathrm{gene}``, or its protein ``p_{…}``."""
    settings = {"digits": digits, "protein": protein}
    return str(_LatexPrinter(settings).doprint(checked(formula)))


def latex_protein(gene: str) -> str:
    """The protein of a gene."""
    return f"p_{{{latex_name(gene)}}}"


def latex_name(gene: str) -> str:
    """A gene's name in upright letters."""
    return rf"\mathrm{{{''.join(_LATEX.get(letter, letter) for letter in gene)}}}"


class _TextPrinter(StrPrinter):
    """sympy's printer with our names and digits, in the formula's own order."""

    _default_settings: ClassVar = {**StrPrinter._default_settings, "order": "none", "digits": None}

    def _print_Symbol(self, expr: Any) -> str:
        return quoted(expr.name)

    def _print_Float(self, expr: Any) -> str:
        digits = self._settings["digits"]
        return repr(float(expr)) if digits is None else f"{float(expr):.{digits}g}"

    def _print_Mul(self, expr: Any) -> str:
        """Like sympy's method, which would multiply again to change a sign."""
        sign, term = signed(expr)
        above, below = fraction(term)
        text = ("-" if sign < 0 else "") + self._factors(above)
        if len(below) > 1:
            return f"{text}/({self._factors(below)})"
        return f"{text}/{self._factors(below)}" if below else text

    def _factors(self, factors: list[Expr]) -> str:
        return "*".join(self.parenthesize(factor, PRECEDENCE["Mul"]) for factor in factors)

    def _print_Pow(self, expr: Any, rational: bool = True) -> str:
        written = self._print_Mul if fraction(expr)[1] else super()._print_Pow
        return str(written(expr))

    def _print_Exp1(self, expr: Any) -> str:
        return "exp(1)"


class _LatexPrinter(LatexPrinter):
    """sympy's printer with our names, digits and order."""

    _default_settings: ClassVar = {
        **LatexPrinter._default_settings, "digits": None, "protein": False,
    }  # fmt: skip

    def _print_Symbol(self, expr: Any, style: str = "plain") -> str:
        return latex_protein(expr.name) if self._settings["protein"] else latex_name(expr.name)

    def _print_Float(self, expr: Any) -> str:
        return str(super()._print_Float(Float(expr, self._settings["digits"])))

    def _print_Add(self, expr: Any, order: str | None = None) -> str:
        terms = " + ".join(self._print(term) for term in expr.args)
        return terms.replace(" + - ", " - ")

    def _print_Mul(self, expr: Any) -> str:
        sign, term = signed(expr)
        above, below = map(self._factors, fraction(term))
        lead = "- " if sign < 0 else ""
        return lead + (rf"\frac{{{above}}}{{{below}}}" if below else above)

    def _factors(self, factors: list[Expr]) -> str:
        if len(factors) == 1:
            return str(self._print(factors[0]))
        text = ""
        for factor in factors:
            written = self.parenthesize(factor, PRECEDENCE["Mul"])
            text += r" \cdot " if text and re.match(r"\{?\d", written) else " "
            text += written
        return text.strip()

    def _print_Pow(self, expr: Any) -> str:
        return str(self._print_Mul(expr) if fraction(expr)[1] else super()._print_Pow(expr))
