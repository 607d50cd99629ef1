from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
import torch

from hillflow.errors import FileFormatError, InputError
from hillflow.symbolic import Law, Parameter, complexity, parse


@pytest.fixture
def law() -> Law:
    production = parse("0.1 + 0.8*`NKX2-5`**4.0/(0.0625 + `NKX2-5`**4.0)*0.25/(0.25 + S**2.0)")
    return Law(
        gene="E2F1", production=production, parents=("NKX2-5", "S"), decay=0.5,
        parameters=(Parameter("K[S]", 0.5, 0.4, 0.6, "counts"), Parameter("basal", 0.1)),
        family="multiplicative", engine="template", complexity=complexity(production), error=0.05,
        error_off=0.1, error_left_out=None, bic=-1234.5, agreement=0.8, flags=("a flag",),
        signs=(1, -1),
    )  # fmt: skip


def test_it_evaluates_by_gene_name(law: Law) -> None:
    x = np.random.default_rng(0).uniform(0, 2, (6, 3))
    s, nkx = x[:, 0], x[:, 2]
    expected = 0.1 + 0.8 * nkx**4 / (0.0625 + nkx**4) * 0.25 / (0.25 + s**2)
    np.testing.assert_allclose(law.evaluate(x, ["S", "other", "NKX2-5"]), expected, rtol=1e-12)
    parents = x[:, [2, 0]]
    np.testing.assert_allclose(law.callable()(parents), expected, rtol=1e-12)
    np.testing.assert_allclose(
        law.callable("torch")(torch.from_numpy(parents)).numpy(), expected, rtol=1e-12
    )


def test_json_keeps_everything(law: Law) -> None:
    again = Law.from_json(json.loads(json.dumps(law.to_json(), allow_nan=False)))
    assert again.production == law.production
    assert again.parameters[0] == law.parameters[0]
    assert math.isnan(again.parameters[1].low)
    same = dataclasses.replace(again, parameters=law.parameters)
    assert same == law


def test_it_is_written_for_people_and_for_papers(law: Law) -> None:
    assert law.text().startswith("dE2F1/dt = 0.1 - 0.5*E2F1 + ")
    assert "`NKX2-5`**4" in law.text()
    assert str(law) == f"{law.text()}\n    Flag: a flag"
    assert r"\mathrm{NKX2-5}" in law.latex()
    assert "<ci>NKX2-5</ci>" in law.mathml()
    odd = Law("a_b&c", parse("1 + 2*`x%y`"), ("x%y",), None, (), "f", "e", 1, 0, None, None, 0)
    assert r"\mathrm{a\_b\&c}" in odd.latex()
    assert r"\mathrm{x\%y}" in odd.latex()


@pytest.mark.parametrize(
    ("production", "decay", "text"),
    [
        ("0.7", 0.5, "dS/dt = 0.7 - 0.5*S"), ("0.7", None, "dS/dt = 0.7"),
        ("E", 0.5, "dS/dt = E - 0.5*S"), ("1 - E", 2.0, "dS/dt = 1 - E - 2*S"),
        ("0", 1.0, "dS/dt = -1*S"), ("0.25*S", 0.5, "dS/dt = 0.25*S - 0.5*S"),
    ],
)  # fmt: skip
def test_decay_stands_beside_production(production: str, decay: float, text: str) -> None:
    law = Law("S", parse(production), ("S", "E"), decay, (), "f", "e", 1, 0.0, None, None, 0.0)
    assert sorted(law.text()) == sorted(text)
    assert law.text().startswith("dS/dt = ")
    assert [sign for sign, _ in law.terms()][-1] == (-1 if decay else 1)


def test_structure_names_family_and_signed_parents(law: Law) -> None:
    assert law.structure == "multiplicative +NKX2-5 -S"
    assert dataclasses.replace(law, signs=()).structure == "multiplicative NKX2-5 S"


def test_a_formula_of_strangers_is_refused(law: Law) -> None:
    with pytest.raises(InputError, match="'S' in it"):
        dataclasses.replace(law, parents=("NKX2-5",), signs=())
    with pytest.raises(InputError, match="one sign per parent"):
        dataclasses.replace(law, signs=(1,))


def test_files_can_only_calculate(law: Law) -> None:
    data = law.to_json()
    with pytest.raises(FileFormatError, match="formula"):
        Law.from_json(data | {"formula": "__import__('os').system('true')"})
