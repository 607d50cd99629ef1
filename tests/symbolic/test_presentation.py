"""Laws drawn as mathematics: what is drawn has the value of the law, whatever the names."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.errors import UnsupportedError
from hillflow.symbolic import Law, equation, parse
from hillflow.symbolic.presentation import protein_equation

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


def test_proteins_and_namespaces():
    made = equation(law("2*A/(1 + A)", 0.5), proteins=True, xmlns=True)
    (rate, production, decay) = ElementTree.fromstring(made)
    space = "{http://www.w3.org/1998/Math/MathML}"
    assert rate.tag == f"{space}math"
    assert len(production.findall(f".//{space}msub")) == 2
    assert not decay.findall(f".//{space}msub")  # the mRNA itself decays
    protein = protein_equation("A", 0.25)
    assert "".join(ElementTree.fromstring(protein).itertext()).replace(" ", "") == (
        "dpAdt=0.25·(A−pA)"
    )


def drawn(law: Law, levels: dict[str, float]) -> float:
    lead, *terms = ElementTree.fromstring(equation(law))
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
    decaying = law(text, decay=0.5)
    production = decaying.evaluate(np.array([list(levels.values())]), list(levels))[0]
    expected = production - 0.5 * levels["A"]
    assert drawn(decaying, levels) == pytest.approx(expected, rel=0.02)


@given(
    st.recursive(
        st.sampled_from(["A", "`NKX2-5`", "2.0", "0.5"]),
        lambda part: st.one_of(
            st.tuples(part, st.sampled_from("+-*/"), part).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            part.map(lambda inner: f"exp(-({inner})/10.0)"),
            part.map(lambda inner: f"({inner})**2.0"),
        ),
        max_leaves=6,
    )
)
def test_any_formula_is_drawn_as_it_is_meant(text):
    levels = {"A": 0.7, "NKX2-5": 1.3, "a&b<c>": 0.4, "7157": 2.1}
    try:
        drawing = law(text)
        expected = drawing.evaluate(np.array([list(levels.values())]), list(levels))[0]
    except (ValueError, UnsupportedError):  # 1/(2.0 - 2.0)
        return
    if np.isfinite(expected) and 1e-3 < abs(expected) < 1e3 and drawing.production.free_symbols:
        # numbers are drawn with three digits; differences of them may lose one more
        assert drawn(drawing, levels) == pytest.approx(expected, rel=0.05, abs=0.05)


def test_a_term_is_a_formula_of_its_own_and_decay_is_the_last():
    drawing = equation(law("0.5 + 2.0*`NKX2-5`/(1.0 + `NKX2-5`)", decay=0.25))
    root = ElementTree.fromstring(drawing)
    assert root.tag == "div"
    assert root.get("class") == "equation"
    assert [term.tag for term in root] == ["math"] * 4
    assert "".join(root[2].itertext()) == "+2·NKX2-51+NKX2-5"
    assert "".join(root[3].itertext()) == "−0.25·A"


@given(st.text(min_size=1, max_size=8))
def test_no_name_breaks_out_of_its_element(name):
    quoted = "`" + name.replace("`", "``") + "`"
    hostile = Law(name, parse(f"0.1 + {quoted}**2.5/(1 + {quoted})"), (name,), 0.5, (), "free",
                  "test", 1, 0.0, None, None, 0.0)  # fmt: skip
    root = ElementTree.fromstring(equation(hostile))
    assert {node.tag for node in root.iter()} <= {
        "div", "math", "mrow", "mfrac", "msup", "mi", "mo", "mn",
    }  # fmt: skip
    if name.isprintable():
        assert name in {node.text for node in root.iter("mi")}


def test_it_is_what_a_notebook_shows():
    shown = law("0.5*A")
    assert equation(shown) in shown._repr_html_()
