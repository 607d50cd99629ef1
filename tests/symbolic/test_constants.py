"""Tables of constants: what is in them, with which intervals, and when they are shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hillflow.data import Snapshots
from hillflow.model import Fit
from hillflow.show import Table, Text
from hillflow.symbolic import Law, Laws, Parameter, ParetoFront, parse, read_laws
from hillflow.symbolic.constants import constant_text, constants_blocks, constants_tables

from ..logic_laws import GENES, logic_member

X = np.random.default_rng(2).uniform(0.05, 1.4, (90, 4))
CELLS = Snapshots.from_arrays(X, np.repeat([0.0, 1.0, 2.0], 30), GENES, unit="h", scale="log1p")


@pytest.fixture(scope="module")
def laws() -> Laws:
    return read_laws(Fit(tuple(logic_member(seed, 0.2, proteins=True) for seed in range(3))), CELLS)


def searched(**constants: tuple[float, float, float]) -> Laws:
    law = Law(
        "A", parse("0.1 + 0.9/(1 + B**2.0)"), ("B",), 0.5,
        tuple(Parameter(f"{name}[B]", *values, "1/h") for name, values in constants.items()),
        "additive", "template", 1, 0.1, None, None, 0.0, signs=(-1,),
    )  # fmt: skip
    return Laws({"A": ParetoFront("A", [law])}, "h")


def test_a_row_for_each_regulator_and_for_each_gene(laws):
    curves, genes = constants_tables(laws)
    assert curves.columns == ("gene", "regulator", "K", "n", "effect (1/h)")
    assert [row[:2] for row in curves.rows[:3]] == [
        ("GATA1", "GATA1"), ("GATA1", "SPI1"), ("SPI1", "GATA1"),
    ]  # fmt: skip
    assert len(curves.rows) == 7
    assert curves.caption.startswith("in brackets: range of 3 members; K: ")
    assert "95 %" not in curves.caption
    values = {each.name: each for each in laws["GATA1"].best.parameters}
    assert curves.rows[1][2:] == tuple(
        constant_text(values[f"{name}[SPI1]"]) for name in ("K", "n", "effect")
    )
    assert genes.columns == ("gene", "γ (1/h)", "γ_p (1/h)")  # no noise was learned
    assert [row[0] for row in genes.rows] == list(GENES)
    assert genes.rows[3][2] == "2"  # the same in all members


def test_they_are_shown_of_few_genes_or_when_asked_for(laws):
    for shown in (None, True):
        text = str(replace(laws, show_constants=shown))
        assert "Constants of the curves" in text
        assert "Constants of the genes" in replace(laws, show_constants=shown)._repr_html_()
    assert "Constants" not in str(replace(laws, show_constants=False))
    front = laws["targets"]
    many = Laws({f"g{k}": front for k in range(13)}, "h", proteins={}, noise={})
    (text,) = constants_blocks(many)
    assert isinstance(text, Text)
    assert "laws.constants(), or constants=True (--constants)" in text.text
    (table,) = constants_blocks(replace(many, show_constants=True))
    assert isinstance(table, Table)
    assert len(table.rows) == 13


def test_intervals_are_rounded_outward():
    assert constant_text(None) == "–"
    assert constant_text(Parameter("K", 0.35291)) == "0.353"
    assert constant_text(Parameter("K", 5.746, 4.21, 5.746)) == "5.75 [4.2, 5.8]"
    assert constant_text(Parameter("K", -0.44, -0.476, -0.438)) == "-0.44 [-0.48, -0.43]"
    assert constant_text(Parameter("K", 0.3, 0.3, 0.3)) == "0.3"
    assert constant_text(Parameter("K", 1.0, 0.0, float("inf"))) == "1 [0, inf]"
    assert constant_text(Parameter("K", 0.3, 0.2, 0.4)) == "0.3 [0.2, 0.4]"


def test_laws_that_were_searched_for_have_the_strength_of_their_terms():
    found = searched(K=(1.0, 0.8, 1.2), n=(2.0, 1.5, 2.6), strength=(0.9, 0.7, 1.1))
    curves, genes = constants_tables(found)
    assert curves.rows == [("A", "B", "1 [0.8, 1.2]", "2 [1.5, 2.6]", "-0.9 [-1.1, -0.7]")]
    assert "in brackets: 95 % intervals" in curves.caption
    assert "negative if it represses" in curves.caption
    assert genes.rows == [("A", "0.5")]
    (alone,) = constants_tables(searched(strength=(0.9, 0.7, 1.1)))  # no K: a free form
    assert alone.title == "Constants of the genes"


def test_as_a_table(laws):
    table = laws.constants()
    assert list(table.columns) == ["gene", "name", "value", "low", "high", "unit"]
    row = table[(table["gene"] == "GATA1") & (table["name"] == "protein")].iloc[0]
    assert (row["value"], row["unit"]) == (pytest.approx(0.5), "1/h")
    found = searched(K=(1.0, 0.8, 1.2)).constants()
    assert list(found["name"]) == ["K[B]", "decay"]
