"""Laws as presentation MathML (W3C 2014): what a browser draws and a screen reader reads."""

from __future__ import annotations

from sympy import Add, E, Expr, Pow, Rational

from hillflow.page.parts import Html, join, tag
from hillflow.symbolic import Law, symbol
from hillflow.symbolic.arithmetic import FUNCTIONS, fraction, sum_terms, unsupported

DIGITS = 3


def equation(law: Law) -> Html:
    """The law, a ``<math>`` a term, so that long ones break over lines."""
    rate = tag("mfrac", tag("mrow", _word("d"), _word(law.gene)), tag("mrow", _word("dt")))
    written = [_math(rate, tag("mo", "="))]
    for place, (sign, term) in enumerate(_terms(law)):
        written.append(_math(_sign(sign, first=not place), _product(term)))
    return tag("div", join(written, " "), class_="equation")


def _terms(law: Law) -> list[tuple[int, Expr]]:
    """Production as it is written, decay last."""
    terms = list(sum_terms(law.production))
    if law.decay:
        terms.append((-1, law.decay * symbol(law.gene)))
    return terms


def _math(*inside: Html) -> Html:
    """A formula in its line whose fractions are as large as one that stands alone."""
    return tag("math", *inside, displaystyle="true")


def _sign(sign: int, first: bool) -> Html:
    if first and sign > 0:
        return Html("")
    return tag("mo", "−" if sign < 0 else "+", form="prefix" if first else "infix")


def _sum(formula: Expr) -> Html:
    pieces: list[Html] = []
    for place, (sign, term) in enumerate(sum_terms(formula)):
        pieces += [_sign(sign, first=not place), _product(term)]
    return tag("mrow", *pieces)


def _product(term: Expr) -> Html:
    above, below = fraction(term)
    if not below:
        return _times(above)
    # A number in front of a fraction reads better than one above its line.
    front = [one for one in above if one.is_number and one != 1]
    rest = [one for one in above if not one.is_number]
    if front and rest:
        line = tag("mfrac", _times(rest), _times(below))
        return tag("mrow", _times(front), tag("mo", "·"), line)
    return tag("mfrac", _times(above), _times(below))


def _times(factors: list[Expr]) -> Html:
    if len(factors) == 1:
        return _atom(factors[0], alone=True)
    return tag("mrow", join([_atom(one) for one in factors], tag("mo", "·")))


def _atom(factor: Expr, alone: bool = False) -> Html:
    if factor.is_Symbol:
        return _word(factor.name)
    if factor.is_Integer or factor.is_Float:
        return _number(float(factor))
    if factor == E:
        return _word("e")
    if isinstance(factor, Pow):
        base = _atom(factor.base)
        return tag("msup", base, _sum(factor.exp))
    for name, function in FUNCTIONS.items():
        if isinstance(factor, function):
            return tag("mrow", _word(name), _bracketed(factor.args[0]))
    if isinstance(factor, Add | Rational):
        return _sum(factor) if alone else _bracketed(factor)
    if factor.is_Mul:
        return _bracketed(factor)
    raise unsupported(factor)


def _bracketed(formula: Expr) -> Html:
    return tag("mrow", tag("mo", "("), _sum(formula), tag("mo", ")"))


def _word(text: str) -> Html:
    """A name, upright however short."""
    return tag("mi", text, mathvariant="normal" if len(text) == 1 else None)


def _number(value: float) -> Html:
    mantissa, _, exponent = f"{value:.{DIGITS}g}".partition("e")
    if not exponent:
        return tag("mn", mantissa.replace("-", "−"))
    power = tag("msup", tag("mn", "10"), tag("mn", str(int(exponent)).replace("-", "−")))
    return tag("mrow", tag("mn", mantissa.replace("-", "−")), tag("mo", "×"), power)
