from __future__ import annotations

import pytest
import sympy

from hillflow.errors import UnsupportedError
from hillflow.symbolic import complexity, parse, symbol
from hillflow.symbolic.expression import checked, replaced


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("x", 1), ("2.5", 1), ("x + y", 3), ("x - y", 3), ("-x", 2), ("x*y/z", 5), ("1/x", 3),
        ("x**2", 3), ("exp(x)", 2), ("0.1 + 0.8*x**4/(0.5 + x**4)", 13),
    ],
)  # fmt: skip
def test_complexity_counts_what_is_written(text: str, nodes: int) -> None:
    assert complexity(parse(text)) == nodes


@pytest.mark.parametrize(
    "formula",
    [sympy.sin(symbol("x")), sympy.pi * symbol("x"), sympy.Float(1e301), sympy.oo, sympy.I],
)
def test_what_no_law_may_hold_is_refused(formula: sympy.Expr) -> None:
    with pytest.raises(UnsupportedError, match="exp and log"):
        checked(formula)


def test_fractions_of_whole_numbers_become_floats() -> None:
    formula = checked(symbol("x") / 3 + 2)
    assert formula == sympy.Float(1 / 3) * symbol("x") + 2
    assert checked(formula) is formula


def test_replacing_evaluates_nothing() -> None:
    formula = (symbol("x") + symbol("y")) ** sympy.Integer(10**9)
    changed = replaced(formula, {symbol("x"): sympy.Integer(7), symbol("y"): sympy.Integer(1)})
    assert changed.func is sympy.Pow
    assert changed.args[0].args == (7, 1)
