"""Laws of two or more regulators show their truth table before the formula."""

from __future__ import annotations

import json

import numpy as np
import torch

from hillflow.show import to_html, to_text
from hillflow.symbolic import Law, laws_of_logic
from hillflow.symbolic.truth_table import truth_table

from ..logic_laws import ROWS, logic_field

LAWS = laws_of_logic(logic_field(), "h")


def test_rows_are_those_of_the_field_largest_first():
    table = truth_table(LAWS["NKX2-5"])
    assert [head.split(" > ")[0] for head in table.columns] == [
        "GATA1", "SPI1", "targets", "production (1/h)", "rule",
    ]  # fmt: skip
    made = np.array([row[3] for row in table.rows])
    np.testing.assert_allclose(made, sorted(ROWS[2], reverse=True), rtol=1e-6)
    assert table.rows[0] == ("on", "on", "on", made[0], "on")
    assert [row[-1] for row in table.rows] == ["on"] * 5 + ["–"] * 3
    assert table.title == "NKX2-5: Boolean rule: targets | GATA1 & !SPI1"
    assert table.caption == "on: above K, the level in the heading"


def test_what_makes_next_to_nothing_is_counted_below():
    field = logic_field()
    with_little = [1e-6, 0.9, 1e-6, 0.9, 0.9, 0.95, 1e-6, 0.97]
    field.table.data[2] = field.table.new_tensor(with_little).logit()
    table = truth_table(laws_of_logic(field)["NKX2-5"])
    assert len(table.rows) == 5
    assert table.columns[3] == "production"
    assert table.caption.endswith("; the other 3 combinations make less than 1 % of the largest "
                                  "production")  # fmt: skip


def test_rows_near_the_cut_are_marked():
    field = logic_field()
    field.table.data[0] = field.table.new_tensor(np.repeat([0.02, 0.01, 0.95, 0.5], 2)).logit()
    table = truth_table(laws_of_logic(field)["GATA1"])
    assert [row[-1] for row in table.rows] == ["on", "on, near the cut", "–", "–"]


def test_the_table_comes_first_everywhere_and_short_laws_have_none():
    law = LAWS["NKX2-5"]
    for text in (str(law), to_text(law.blocks()), to_html(law.blocks()).replace("<math", "d")):
        assert text.index("Boolean rule") < text.index("production (1/h)") < text.index("dt")
        assert text.count("Boolean rule") == 1
    assert len(truth_table(LAWS["GATA1"]).rows) == 4
    assert truth_table(LAWS["targets"]) is None
    field = logic_field()
    field.drop_(1, 0, torch.full((9, 4), 0.5, dtype=torch.float64))
    alone = laws_of_logic(field)["SPI1"]
    assert alone.parents == ("SPI1",)
    assert truth_table(alone) is None
    assert "production" not in str(alone)
    again = Law.from_json(json.loads(json.dumps(law.to_json())))
    assert truth_table(again) == truth_table(law)
