from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.errors import UnsupportedError
from hillflow.symbolic import Law, equation, parse

NAMES = ("A", "NKX2-5", "a&b<c>", "7157")


def law(text: str, decay: float | None = None) -> Law:
    return Law("A", parse(text), NAMES, decay, (), "free", "test", 1, 0.0, None, None, 0.0)


def value(node: ElementTree.Element, levels: dict[str, float]) -> str:
    """Presentation MathML as Python: an independent reading of what is drawn."""
    inside = [value(child, levels) for child in node]
    if node.tag in ("math", "mrow"):
        return f"({''.join(inside)})" if inside else "0"
    if node.tag == "mfrac":
        return f"(({inside[0]})/({inside[1]}))"
    if node.tag == "msup":
        return f"(({inside[0]})**({inside[1]}))"
    if node.tag == "mi":
        name = node.text or ""
        return {"log": "np.log", "exp": "np.exp"}.get(name) or f"({levels[name]!r})"
    return (node.text or "").translate(str.maketrans({"·": "*", "×": "*", "−": "-"}))


def drawn(one: Law, levels: dict[str, float]) -> float:
    lead, *terms = ElementTree.fromstring(equation(one))
    assert "".join(lead.itertext()) == "dAdt="
    text = "".join(value(term, levels)[1:-1] for term in terms)
    return float(eval(text, {"np": np}))


@pytest.mark.parametrize(
    "text",
    [
        "0.25 + 1.5*A**2.0/(0.3 + A**2.0) - 0.5*`NKX2-5`",
        "2.0*(A + `a&b<c>`)*(1.0 - `7157`)/(0.5 + A)",
        "-A/(1.0 + exp(-2.0*`NKX2-5`))",
        "log(1.0 + A*`7157`)**2.0",
        "0.5/(1.0 + A)",
        "(1.0 + A)**(-2.0)",
        "(A*`7157`)**0.5",
        "1e-07*A + 1.5e9",
        "A**(`7157` - 1.0)",
        "(A**2.0)**`7157`",
    ],
)
def test_what_is_drawn_has_the_value_of_the_law(text):
    levels = {"A": 0.7, "NKX2-5": 1.3, "a&b<c>": 0.4, "7157": 2.1}
    one = law(text, decay=0.5)
    expected = one.evaluate(np.array([list(levels.values())]), list(levels))[0] - 0.5 * levels["A"]
    assert drawn(one, levels) == pytest.approx(expected, rel=0.02)


@given(
    st.recursive(
        st.sampled_from(["A", "`NKX2-5`", "2.0", "0.5"]),
        lambda part: st.one_of(
            st.tuples(part, st.sampled_from("+-*/"), part).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            part.map(lambda one: f"exp(-({one})/10.0)"),
            part.map(lambda one: f"({one})**2.0"),
        ),
        max_leaves=6,
    )
)
def test_any_formula_is_drawn_as_it_is_meant(text):
    levels = {"A": 0.7, "NKX2-5": 1.3, "a&b<c>": 0.4, "7157": 2.1}
    try:
        one = law(text)
        found = one.evaluate(np.array([list(levels.values())]), list(levels))[0]
    except (ValueError, UnsupportedError):  # 1/(A − A), and what sympy makes of (A²)²: |A|⁴
        return
    if np.isfinite(found) and 1e-3 < abs(found) < 1e3 and one.production.free_symbols:
        # numbers are drawn with three digits; differences of them may lose one more
        assert drawn(one, levels) == pytest.approx(found, rel=0.05, abs=0.05)
