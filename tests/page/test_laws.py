"""The section on logic laws: their rules, the drawing of them, and no error where there is none."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from hillflow.data import Snapshots
from hillflow.model import Fit
from hillflow.page.laws import laws
from hillflow.page.page import environment
from hillflow.page.sentences import laws_sentence
from hillflow.symbolic import read_laws

from ..logic_laws import GENES, logic_member

X = np.random.default_rng(2).uniform(0.05, 1.4, (90, 4))
CELLS = Snapshots.from_arrays(X, np.repeat([0.0, 1.0, 2.0], 30), GENES, unit="h", scale="log1p")


def test_logic_laws_are_the_model():
    contents = SimpleNamespace(
        laws=read_laws(logic_member(), CELLS), run=SimpleNamespace(members=1), graph=None
    )
    section = laws(contents)
    facts = section["shown"][0]["facts"]
    assert facts == ["the fitted model itself"]
    assert "Boolean rule: GATA1 & !SPI1; keeps " in section["shown"][0]["table"].title
    long = next(shown for shown in section["shown"] if shown["best"].gene == "NKX2-5")
    assert "Boolean rule: " in long["table"].title  # and not again in the facts
    assert not any("rule" in fact for fact in long["facts"])
    constant = next(shown for shown in section["shown"] if shown["best"].gene == "targets")
    assert constant["table"] is None
    assert section["exact"]
    assert not section["first"]
    assert section["about"] == []
    assert section["rules"]
    assert section["fronts"] is None
    assert laws_sentence(contents).startswith(
        "4 genes have a formula, which is the fitted model itself; 0 carry a warning"
    )


def test_laws_of_an_ensemble_are_said_to_be_the_first_members():
    found = read_laws(Fit(tuple(logic_member(k, 0.1, proteins=True) for k in range(3))), CELLS)
    run = SimpleNamespace(members=3)
    contents = SimpleNamespace(laws=found, run=run, graph=None)
    section = laws(contents)
    assert section["first"]
    assert section["about"][0].startswith("The laws are those of the first of 3 members; predict")
    assert section["about"][1].startswith("Regulators act through their proteins p")
    assert section["about"][2] == (
        "These constants are of the first member; the ranges in the summary are over the genes of "
        "all 3 members."
    )
    shown = section["shown"][0]
    assert shown["facts"] == [
        "the law of the first of 3 members",
        "members with each regulator: GATA1 3 of 3, SPI1 3 of 3",
        "same regulators and signs in 100% of members",
    ]
    assert shown["intervals"] == "range of 3 members"
    assert "protein" in [row[0] for row in shown["constants"]]
    assert laws_sentence(contents).startswith(
        "4 genes have a formula, that of the first of 3 members (predictions are of all); "
    )
    page = environment().get_template("laws.html").render(laws=section, command=str)
    assert "fitted model itself" not in page
    assert "95" not in page.partition("<svg")[0].split("Constants of GATA1")[1][:60]
    assert "Constants of GATA1 (low to high: range of 3 members)" in page
