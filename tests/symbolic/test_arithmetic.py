from __future__ import annotations

import pytest
import sympy
from hypothesis import assume, given
from hypothesis import strategies as st

from hillflow.errors import FileFormatError, UnsupportedError
from hillflow.symbolic import complexity, parse, symbol, to_text

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


@given(formulas)
def test_what_is_written_is_read_back(formula: sympy.Expr) -> None:
    assume(all(1e-250 < abs(one) < 1e250 for one in formula.atoms(sympy.Number) if one != 0))
    text = to_text(formula)
    again = parse(text)
    fractions = {one for one in formula.atoms(sympy.Rational) if not one.is_Integer}
    assert again == formula.xreplace({one: sympy.Float(one) for one in fractions})
    assert to_text(again) == text


@pytest.mark.parametrize("name", ODD)
def test_odd_names_survive(name: str) -> None:
    formula = 0.5 * symbol(name) ** 2.5 / (symbol(name) ** 2.5 + 1.25) + sympy.exp(-symbol("x"))
    again = parse(to_text(formula))
    assert again == formula
    assert {one.name for one in again.free_symbols} == {name, "x"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2*3", 7),
        ("2*3**2", 18),
        ("-2**2", -4),
        ("8/4/2", 1),
        ("2 - 3 - 4", -5),
        ("2*-3", -6),
        ("(1 + 2)*3", 9),
        ("2**(-1)", 0.5),
        ("2**-1", 0.5),
        ("exp(0) + log(1)", 1),
        ("1e-3*1E3", 1),
        (".5 + 1.", 1.5),
    ],
)
def test_arithmetic_is_as_on_paper(text: str, value: float) -> None:
    assert float(parse(text)) == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "x y", "x +", "(x", "x)", "x..y", "x.y", "sin(x)", "f(x)", "x[0]", "x; y", "x = 1",
        "__import__('os').system('true')", "lambda: 0", "`x", "``", "1/0", "log(0)", "log(-1)",
        "(-2)**0.5", "9**9**9", "2**(3**400)", "(2*x)**2000", "((2.0*x)**900)**900",
        "exp(exp(1000))", "1e400", "(" * 1000 + "x" + ")" * 1000, "x" * 200_000, "0**-1",
    ],
)  # fmt: skip
def test_all_else_is_refused(text: str) -> None:
    with pytest.raises(FileFormatError, match="Expected a formula"):
        parse(text)


def test_a_thousand_signs_are_no_deep_recursion() -> None:
    assert parse("-" * 1001 + "x") == -symbol("x")


def test_what_is_not_text_is_refused() -> None:
    with pytest.raises(FileFormatError, match="as text"):
        parse(3.0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "formula", [sympy.sin(symbol("x")), sympy.pi * symbol("x"), sympy.exp(sympy.Float(2000))]
)
def test_other_functions_and_what_is_no_number_are_not_written(formula: sympy.Expr) -> None:
    with pytest.raises(UnsupportedError, match="exp and log"):
        to_text(formula)


def test_people_get_few_digits() -> None:
    assert to_text(0.123456789 * symbol("S") - sympy.Float(2.0), digits=3) == "-2 + 0.123*S"


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("x", 1), ("2.5", 1), ("x + y", 3), ("x - y", 3), ("-x", 2), ("x*y/z", 5), ("1/x", 3),
        ("x**2", 3), ("exp(x)", 2), ("0.1 + 0.8*x**4/(0.5 + x**4)", 13),
    ],
)  # fmt: skip
def test_complexity_counts_what_is_written(text: str, nodes: int) -> None:
    assert complexity(parse(text)) == nodes


@pytest.mark.parametrize("text", ["(A*A)**2.0", "(A**2)**1.5"])
def test_a_power_of_a_power_is_one_power_since_levels_are_not_negative(text: str) -> None:
    found = parse(text)
    assert parse(to_text(found)) == found
    assert float(found.subs(symbol("A"), 1.7)) == pytest.approx(eval(text, {"A": 1.7}))
