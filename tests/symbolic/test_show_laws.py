"""Laws in lines of text: formulas that are broken at their terms, and what is said below them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hillflow.show import to_text
from hillflow.symbolic import Law, parse
from hillflow.symbolic.show_laws import law_formula


def _block(law: Law) -> list[str]:
    return to_text([law_formula(law)]).splitlines()


def test_a_long_law_is_broken_at_its_terms():
    """A term a line, decay last; the lines together are the formula."""
    law = _law(
        "0.02 + 1.2*GATA1**4.1/(0.03 + GATA1**4.1) + 1.5*SPI1**2.2/(0.44 + SPI1**2.2)"
        " + 0.75*`NKX2-5`**2.2/(0.44 + `NKX2-5`**2.2)",
        ("GATA1", "SPI1", "NKX2-5"), (1, 1, -1),
    )  # fmt: skip
    lines = _block(law)
    formula = [line for line in lines if not line.startswith("    ")]
    assert len(formula) == 5
    assert formula[0].startswith("dKLF1/dt = 0.02")
    assert formula[-1] == "  - 0.35*KLF1"
    read = parse(" ".join(formula).removeprefix("dKLF1/dt = "))
    assert float((read - law.rate()).subs(dict.fromkeys(read.free_symbols, 1.3))) == 0
    below = " ".join(" ".join(lines[5:]).split())
    assert below == (
        "additive: GATA1 activates, SPI1 activates, NKX2-5 represses "
        "error against the fitted field 3.1 % on the fitted states, 145 % beyond the cells (0 % is "
        "perfect); the same structure in 80 % of the members Flag: strength not determined: 0 to 2"
    )


@given(st.lists(st.sampled_from(["A", "LONGNAME", "`a b`", "NKX2"]), min_size=1, max_size=9))
def test_no_line_is_wider_than_a_terminal(names):
    terms = (f"{k + 1.125}*{name}**2.5/(0.5 + {name}**2.5)" for k, name in enumerate(names))
    law = _law(" + ".join(terms), tuple({name.strip("`") for name in names}), ())
    assert max(map(len, _block(law))) <= 80


def _law(formula: str, parents: tuple[str, ...], signs: tuple[int, ...]) -> Law:
    return Law(
        gene="KLF1", production=parse(formula), parents=parents, decay=0.35, parameters=(),
        family="additive", engine="template", complexity=1, error=0.031, error_off=1.45,
        error_left_out=None, bic=0.0, agreement=0.8, flags=("strength not determined: 0 to 2",),
        signs=signs,
    )  # fmt: skip
