"""Laws as presentation MathML (W3C 2014), for browsers and screen readers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Protocol

from sympy import Expr
from sympy.printing.printer import Printer

from hillflow.symbolic.expression import checked, fraction, sum_terms
from hillflow.symbolic.mathml import NAMESPACE, xml_text

DIGITS = 3


class _Rate(Protocol):
    """The part of a `Law` used here: its gene and decay, and the signed terms of dx/dt."""

    @property
    def gene(self) -> str: ...
    @property
    def decay(self) -> float | None: ...
    def terms(self) -> list[tuple[int, Expr]]: ...


def equation(law: _Rate, *, proteins: bool = False, xmlns: bool = False) -> str:
    """Write a law as HTML.

    Each term is a ``<math>`` element of its own, so that long laws break over lines.

    Parameters
    ----------
    law
        The law.
    proteins
        Whether levels in productions are those of proteins, written as p with the gene below.
    xmlns
        Whether elements name their namespace, as XML needs and HTML does not.

    Returns
    -------
    str
        A ``<div>`` element with presentation MathML.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.symbolic import LawProblem, constant_law, equation
    >>> law = constant_law(LawProblem("KLF1", (), np.empty((3, 0)), np.full(3, 0.25)))
    >>> equation(law).endswith('<math displaystyle="true"><mn>0.25</mn></math></div>')
    True
    """
    terms = law.terms()
    written = [rate(_word(law.gene))]
    for place, (sign, term) in enumerate(terms):
        is_decay = bool(law.decay) and place == len(terms) - 1
        printer = _PresentationPrinter({"protein": proteins and not is_decay})
        written.append(_sign(sign, first=not place) + printer.product(checked(term)))
    return displayed(written, xmlns=xmlns)


def protein_equation(gene: str, rate_p: float, *, xmlns: bool = False) -> str:
    """ṗ = γ_p (x − p) of the protein of a gene, as `equation` writes laws."""
    protein, number = _protein(gene), _PresentationPrinter()._print_Number(rate_p)
    behind = _bracketed(f"{_word(gene)}<mo>−</mo>{protein}")
    return displayed([rate(protein), f"{number}<mo>·</mo>{behind}"], xmlns=xmlns)


def rate(variable: str) -> str:
    """The left-hand side, ``d variable / dt =``."""
    line = f"<mfrac><mrow>{_word('d')}{variable}</mrow><mrow>{_word('dt')}</mrow></mfrac>"
    return f"{line}<mo>=</mo>"


def displayed(parts: Iterable[str], *, xmlns: bool = False) -> str:
    """Parts of an equation, each as an element of its own."""
    # displaystyle: fractions at full size, as in a displayed formula
    space = f' xmlns="{NAMESPACE}"' if xmlns else ""
    elements = (f'<math{space} displaystyle="true">{part}</math>' for part in parts)
    return f'<div class="equation">{" ".join(elements)}</div>'


class _PresentationPrinter(Printer):
    """Prints each node by its class, as sympy's printers do."""

    _default_settings: ClassVar = {"protein": False}

    def _print_Add(self, expr: Any) -> str:
        pieces = [
            _sign(sign, first=not place) + self.product(term)
            for place, (sign, term) in enumerate(sum_terms(expr))
        ]
        return f"<mrow>{''.join(pieces)}</mrow>"

    _print_Mul = _print_Add  # a sum of one term

    def product(self, term: Any) -> str:
        above, below = fraction(term)
        if not below:
            return self._times(above)
        # A number in front of a fraction is easier to read than one in its numerator.
        front = [factor for factor in above if factor.is_number and factor != 1]
        rest = [factor for factor in above if not factor.is_number]
        if front and rest:
            line = f"<mfrac>{self._times(rest)}{self._times(below)}</mfrac>"
            return f"<mrow>{self._times(front)}<mo>·</mo>{line}</mrow>"
        return f"<mfrac>{self._times(above)}{self._times(below)}</mfrac>"

    def _times(self, factors: list[Expr]) -> str:
        if len(factors) == 1:
            return str(self._print(factors[0]))
        return f"<mrow>{'<mo>·</mo>'.join(map(self._factor, factors))}</mrow>"

    def _factor(self, factor: Expr) -> str:
        """The factor, in brackets if it is a sum or a product."""
        inside = self._print(factor)
        return _bracketed(inside) if factor.is_Add or factor.is_Mul else str(inside)

    def _print_Pow(self, expr: Any) -> str:
        if fraction(expr)[1]:
            return self.product(expr)
        base = self._print(expr.base)
        alone = expr.base.is_Symbol or expr.base.is_Function
        return f"<msup>{base if alone else _bracketed(base)}{self._print(expr.exp)}</msup>"

    def _print_Function(self, expr: Any) -> str:
        inside = _bracketed(self._print(expr.args[0]))
        return f"<mrow>{_word(type(expr).__name__)}{inside}</mrow>"

    def _print_Exp1(self, expr: Any) -> str:
        return _word("e")

    def _print_Symbol(self, expr: Any) -> str:
        return _protein(expr.name) if self._settings["protein"] else _word(expr.name)

    def _print_Number(self, expr: Any) -> str:
        mantissa, _, exponent = f"{float(expr):.{DIGITS}g}".partition("e")
        number = f"<mn>{mantissa.replace('-', '−')}</mn>"
        if not exponent:
            return number
        power = str(int(exponent)).replace("-", "−")
        return f"<mrow>{number}<mo>×</mo><msup><mn>10</mn><mn>{power}</mn></msup></mrow>"


def _sign(sign: int, first: bool) -> str:
    if first and sign > 0:
        return ""
    return f'<mo form="{"prefix" if first else "infix"}">{"−" if sign < 0 else "+"}</mo>'


def _bracketed(inside: str) -> str:
    return f"<mrow><mo>(</mo>{inside}<mo>)</mo></mrow>"


def _protein(gene: str) -> str:
    return f"<msub><mi>p</mi>{_word(gene)}</msub>"


def _word(text: str) -> str:
    """A name in upright letters, even if it is a single letter."""
    upright = ' mathvariant="normal"' if len(text) == 1 else ""
    return f"<mi{upright}>{xml_text(text)}</mi>"
