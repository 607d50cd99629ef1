"""The logic field's formulas give the logic field's numbers, in as few terms as its table has."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.symbolic import Law, Laws, ParetoFront, laws_of_logic, parse, to_text

from ..logic_laws import GENES, logic_field, production

X = np.random.default_rng(1).uniform(0.01, 1.5, (50, 4))


def set_rows(field, gene: int, rows) -> None:
    a = torch.tensor(rows, dtype=torch.float64).clamp(1e-12, 1 - 1e-12)
    with torch.no_grad():
        field.table[gene] = a.logit().repeat_interleave(8 // len(rows))


def test_production_decay_and_signs_are_the_fields():
    field = logic_field(spread=0.5)
    laws = laws_of_logic(field, "h")
    expected = production(field, X)
    for i, gene in enumerate(GENES):
        law = laws[gene]
        np.testing.assert_allclose(law.evaluate(X, GENES), expected[:, i], rtol=1e-10)
        assert law.decay == pytest.approx(0.9)
        assert (law.family, law.error) == ("logic", 0.0)
    assert laws["GATA1"].signs == (1, -1)
    assert laws["targets"].parents == ()
    assert parse(to_text(laws["NKX2-5"].production)) == laws["NKX2-5"].production


def test_parameters_have_names_and_units():
    field = logic_field()
    values = {p.name: p for p in laws_of_logic(field, "h")["NKX2-5"].parameters}
    names = ["max", "decay", "basal", "K[GATA1]", "K[SPI1]", "K[targets]", "n[GATA1]", "n[SPI1]",
             "n[targets]", "production[targets]", "production[SPI1]", "production[SPI1,targets]",
             "production[GATA1]", "production[GATA1,targets]", "production[GATA1,SPI1]",
             "production[GATA1,SPI1,targets]"]  # fmt: skip
    assert list(values) == names
    assert values["max"].value == pytest.approx(1.0)
    assert values["production[GATA1]"].value == pytest.approx(0.9)
    assert values["basal"].value == pytest.approx(0.02)
    assert values["K[SPI1]"].value == pytest.approx(field.threshold()[2, 1].item())
    assert (values["basal"].unit, values["n[SPI1]"].unit) == ("1/h", "")


@pytest.mark.parametrize(
    ("rows", "terms", "curves"),
    [([0, 0, 1, 0], 1, 2), ([0, 0, 0, 1], 1, 2), ([1, 0, 0, 0], 1, 2), ([0, 1, 0, 1], 1, 1),
     ([0, 1, 1, 0], 2, 4), ([0.5, 0.5, 0.5, 0.5], 1, 0)],
)  # fmt: skip
def test_a_rule_is_as_short_as_it_can_be(rows, terms, curves):
    field = logic_field()
    set_rows(field, 0, rows)
    law = laws_of_logic(field)["GATA1"]
    assert len(law.production.as_ordered_terms()) == terms
    assert to_text(law.production).count("(") >= curves
    assert law.production.count(lambda node: node.is_Pow and node.exp == -1) == curves
    np.testing.assert_allclose(law.evaluate(X, GENES), production(field, X)[:, 0], atol=2e-6)


def test_a_dropped_regulator_is_not_in_the_law():
    field = logic_field()
    field.drop_(2, 1, torch.from_numpy(X))
    law = laws_of_logic(field)["NKX2-5"]
    assert law.parents == ("GATA1", "targets")
    assert not any("SPI1" in each.name for each in law.parameters)
    np.testing.assert_allclose(law.evaluate(X, GENES), production(field, X)[:, 2], rtol=1e-9)


def test_laws_as_a_field_have_the_floor_of_the_curves(tmp_path):
    field = logic_field()
    with torch.no_grad():
        field.top.mul_(300)  # floors of 0.24 to 0.36
    laws = laws_of_logic(field)
    floor = dict(zip(GENES, (1e-3 * field.top).tolist(), strict=True))
    whole = Laws({gene: ParetoFront(gene, [law]) for gene, law in laws.items()}, floor=floor)
    states = torch.from_numpy(X / 3)
    expected = production(field, X / 3)
    np.testing.assert_allclose(whole.field().production(states), expected, rtol=1e-9)
    read = Laws.load(whole.save(tmp_path / "laws.json"))
    assert read.floor == floor
    assert read.best == whole.best or read["GATA1"].best.rule == laws["GATA1"].rule
    assert Law.from_json(laws["GATA1"].to_json()).rule == laws["GATA1"].rule
