"""Formulas as content MathML (W3C 2014), the form that SBML and journals take."""

from __future__ import annotations

from xml.etree import ElementTree as xml

import sympy
from sympy import Add, Expr, Pow, Rational

from hillflow.symbolic.arithmetic import FUNCTIONS, fraction, sum_terms, unsupported

NAMESPACE = "http://www.w3.org/1998/Math/MathML"


def to_mathml(formula: Expr) -> str:
    """A ``<math>`` element; every gene is a ``<ci>`` with its exact name."""
    root = xml.Element("math", xmlns=NAMESPACE)
    root.append(_sum(formula))
    return xml.tostring(root, encoding="unicode")


def _apply(operator: str, *arguments: xml.Element) -> xml.Element:
    element = xml.Element("apply")
    xml.SubElement(element, operator)
    element.extend(arguments)
    return element


def _sum(formula: Expr) -> xml.Element:
    terms = [
        _apply("minus", _product(term)) if sign < 0 else _product(term)
        for sign, term in sum_terms(formula)
    ]
    return terms[0] if len(terms) == 1 else _apply("plus", *terms)


def _product(term: Expr) -> xml.Element:
    above, below = fraction(term)
    return _apply("divide", _times(above), _times(below)) if below else _times(above)


def _times(factors: list[Expr]) -> xml.Element:
    parts = [_atom(factor) for factor in factors]
    return parts[0] if len(parts) == 1 else _apply("times", *parts)


def _atom(factor: Expr) -> xml.Element:
    if factor.is_Symbol:
        return _leaf("ci", factor.name)
    if factor.is_Integer:
        return _leaf("cn", str(int(factor)), type="integer")
    if factor.is_Float:
        return _real(float(factor))
    if factor == sympy.E:
        return _apply("exp", _leaf("cn", "1", type="integer"))
    if isinstance(factor, Pow):
        return _apply("power", _sum(factor.base), _sum(factor.exp))
    for name, function in FUNCTIONS.items():
        if isinstance(factor, function):
            return _apply("ln" if name == "log" else name, _sum(factor.args[0]))
    if isinstance(factor, Add | Rational):
        return _sum(factor)
    raise unsupported(factor)


def _leaf(tag: str, text: str, **attributes: str) -> xml.Element:
    element = xml.Element(tag, attributes)
    element.text = text
    return element


def _real(value: float) -> xml.Element:
    mantissa, _, exponent = repr(value).partition("e")
    if not exponent:
        return _leaf("cn", mantissa)
    element = _leaf("cn", mantissa, type="e-notation")
    xml.SubElement(element, "sep").tail = str(int(exponent))
    return element
