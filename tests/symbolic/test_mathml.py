from __future__ import annotations

import math
from xml.etree import ElementTree as xml

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from hillflow.errors import UnsupportedError
from hillflow.symbolic import parse, symbol
from hillflow.symbolic.mathml import NAMESPACE, to_mathml

LEVELS = {"NKX2-5": 0.7, "a&b<c>": 1.3, "7157": 0.2, "E": 2.0}


def _value(node: xml.Element) -> float:
    """MathML by its own rules, independent of sympy."""
    tag = node.tag.removeprefix(f"{{{NAMESPACE}}}")
    if tag == "math":
        return _value(node[0])
    if tag == "ci":
        return LEVELS[str(node.text)]
    if tag == "cn":
        if node.get("type") == "e-notation":
            return float(f"{node.text}e{node[0].tail}")
        return float(str(node.text))
    operator = node[0].tag.removeprefix(f"{{{NAMESPACE}}}")
    values = [_value(child) for child in node[1:]]
    return {
        "plus": lambda: sum(values),
        "minus": lambda: -values[0] if len(values) == 1 else values[0] - values[1],
        "times": lambda: math.prod(values),
        "divide": lambda: values[0] / values[1],
        "power": lambda: values[0] ** values[1],
        "exp": lambda: math.exp(values[0]),
        "ln": lambda: math.log(values[0]),
    }[operator]()


@pytest.mark.parametrize(
    "text",
    [
        "0.1 + 0.8*`NKX2-5`**2.5/(0.3 + `NKX2-5`**2.5)",
        "1/3*E - `7157`/E/(1 + `a&b<c>`)",
        "exp(-E)*log(2 + `a&b<c>`) - exp(1)",
        "1.5e-12*E + 2.5e+20*`7157`",
        "-E**-2 + E**`7157`",
    ],
)
def test_it_means_what_the_formula_means(text: str) -> None:
    formula = parse(text)
    expected = float(formula.subs({symbol(name): level for name, level in LEVELS.items()}))
    assert _value(xml.fromstring(to_mathml(formula))) == pytest.approx(expected, rel=1e-13)


@given(st.text(min_size=1, max_size=8), st.floats(1e-300, 1e300))
def test_it_is_well_formed_whatever_the_names_and_numbers(name: str, number: float) -> None:
    level = symbol(name)
    formula = sympy.Float(number) * level**2.5 / (1 + level) - sympy.log(2 + level)
    root = xml.fromstring(to_mathml(formula))
    names = {node.text for node in root.iter(f"{{{NAMESPACE}}}ci")}
    assert len(names) == 1
    if name.isprintable():
        assert names == {name}


def test_other_functions_are_refused() -> None:
    with pytest.raises(UnsupportedError):
        to_mathml(sympy.sin(symbol("E")))
