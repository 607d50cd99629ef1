"""Writing formulas: text that reads back, few digits for people, LaTeX."""

from __future__ import annotations

import pytest
import sympy
from hypothesis import assume, given
from hypothesis import strategies as st

from hillflow.errors import UnsupportedError
from hillflow.symbolic import parse, symbol, to_text
from hillflow.symbolic.printing import to_latex

ODD = ["NKX2-5", "HLA-DRA", "7157", "a&b<c>", "two words", "S", "N", "E", "I", "E2F1", "Q", "pi",
       "exp", "log", "lambda", "a`b", "`", "π", "__import__"]  # fmt: skip
genes = st.sampled_from(ODD) | st.text(min_size=1, max_size=6).filter(lambda s: s == s.strip())
numbers = st.floats(1e-6, 1e6).map(sympy.Float) | st.integers(-99, 99).map(sympy.Integer)


def _combined(inner: st.SearchStrategy) -> st.SearchStrategy:
    power = st.floats(0.5, 9.0).map(sympy.Float) | st.integers(-4, 4).map(sympy.Integer)
    return (
        st.tuples(inner, inner).map(lambda two: two[0] + two[1])
        | st.tuples(inner, inner).map(lambda two: two[0] - two[1])
        | st.tuples(inner, inner).map(lambda two: two[0] * two[1])
        | st.tuples(inner, inner).map(lambda two: two[0] / (two[1] ** 2 + 1))
        | st.tuples(genes.map(symbol), power).map(lambda two: two[0] ** two[1])
        | genes.map(lambda gene: sympy.exp(-symbol(gene)))
        | genes.map(lambda gene: sympy.log(1 + symbol(gene)))
    )


formulas = st.recursive(genes.map(symbol) | numbers, _combined, max_leaves=8)


def _with_floats(formula: sympy.Expr, digits: int | None = None) -> sympy.Expr:
    """The formula with its fractions as floats; with digits, all floats as they are printed."""
    kinds = {part for part in formula.atoms(sympy.Rational) if not part.is_Integer}
    if digits is None:
        return formula.xreplace({part: sympy.Float(part) for part in kinds})
    floats = {*kinds, *formula.atoms(sympy.Float)}
    return formula.xreplace(
        {part: sympy.Float(float(f"{float(part):.{digits}g}")) for part in floats}
    )


def _is_usual(formula: sympy.Expr) -> bool:
    return all(1e-250 < abs(part) < 1e250 for part in formula.atoms(sympy.Number) if part != 0)


@given(formulas)
def test_what_is_written_is_read_back(formula: sympy.Expr) -> None:
    assume(_is_usual(formula))
    text = to_text(formula)
    again = parse(text)
    assert again == _with_floats(formula)
    assert to_text(again) == text


@given(formulas, st.integers(1, 17))
def test_up_to_the_digits_written_it_is_read_back(formula: sympy.Expr, digits: int) -> None:
    assume(_is_usual(formula))
    again = parse(to_text(formula, digits))
    assert {level.name for level in again.free_symbols} <= {x.name for x in formula.free_symbols}
    levels = {level: sympy.Float(0.5 + k / 7) for k, level in enumerate(formula.free_symbols)}
    expected = complex(_with_floats(formula, digits).subs(levels))
    assume(abs(expected.imag) == 0)
    assert complex(again.subs(levels)) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    "formula", [sympy.sin(symbol("x")), sympy.pi * symbol("x"), sympy.exp(sympy.Float(2000))]
)
def test_other_functions_and_what_is_no_number_are_not_written(formula: sympy.Expr) -> None:
    with pytest.raises(UnsupportedError, match="exp and log"):
        to_text(formula)
    with pytest.raises(UnsupportedError, match="exp and log"):
        to_latex(formula, 3)


def test_people_get_few_digits() -> None:
    assert to_text(0.123456789 * symbol("S") - sympy.Float(2.0), digits=3) == "-2 + 0.123*S"


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("0.1 + 0.8123*A**2.5/(0.3 + A**2.5)",
         r"0.1 + \frac{0.812 \mathrm{A}^{2.5}}{0.3 + \mathrm{A}^{2.5}}"),
        ("1.5 - 0.5*A - 1e-05*`a b`", r"1.5 - 0.5 \mathrm{A} - 1.0 \cdot 10^{-5} \mathrm{a\ b}"),
        ("-A/(1 + B)/(2 + B)", r"- \frac{\mathrm{A}}{\left(1 + \mathrm{B}\right) "
         r"\left(2 + \mathrm{B}\right)}"),
        ("2*3.0**`x_1`", r"2 \cdot {3.0}^{\mathrm{x\_1}}"),
        ("exp(-A)*log(1 + A)", r"e^{- \mathrm{A}} \log{\left(1 + \mathrm{A} \right)}"),
    ],
)  # fmt: skip
def test_latex_is_in_the_order_of_the_text(text: str, latex: str) -> None:
    assert to_latex(parse(text), 3) == latex
