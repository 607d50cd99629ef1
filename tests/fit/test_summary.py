from __future__ import annotations

from hillflow.fit import fit
from hillflow.interventions import Intervention
from hillflow.objectives.match import Match
from hillflow.objectives.stage import Stage

from .conftest import model_of


def test_what_a_person_wants_to_know(cells):
    model = fit("hill", cells, [Stage(Match(), steps=30, cells=64)], seed=7)
    text = model.summary()
    assert "hill: ẋ_i" in text
    assert "custom (30 × Match), seed 7" in text
    assert "180 cells × 3 genes at 0 h, 1 h, 2 h; control" in text
    assert "expression (log1p) per h" in text
    error, still = model.metrics["landing_error"], model.metrics["standstill_error"]
    assert f"lands {error:.4g} from cells held back" in text
    assert f"{1 - error / still:.0%} less than no motion" in text
    assert "no interventions" in text


def test_what_to_be_careful_with(known):
    changes = {"metrics": {"landing_error": 2.0, "standstill_error": 1.5}, "times": (0.0, 1.0)}
    text = model_of(known.field, time_unit="", **changes).summary()
    assert "no better than no motion" in text
    assert "two times" in text
    assert "unit of time is not known" in text
    assert "Law: a field of your own" in text
    treated = (Intervention.control(), Intervention.knockout("A"))
    text = model_of(known.field, conditions=treated).summary()
    assert "Note" not in text
    assert "control, A=knockout" in text
    assert "not scored" in text
