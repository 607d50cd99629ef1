"""The section on logic laws: their rules, the drawing of them, and no error where there is none."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from hillflow.data import Snapshots
from hillflow.page.laws import laws
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
    assert facts[0] == "the fitted model itself"
    assert facts[1].startswith("Boolean rule: GATA1 & !SPI1 (keeps ")
    long = next(shown for shown in section["shown"] if shown["best"].gene == "NKX2-5")
    assert "Boolean rule: " in long["table"].title  # and not again in the facts
    assert not any("rule" in fact for fact in long["facts"])
    assert section["exact"]
    assert section["rules"]
    assert section["fronts"] is None
    assert laws_sentence(contents).startswith(
        "4 genes have a formula, which is the fitted model itself; 0 carry a warning"
    )
