from __future__ import annotations

from hillflow.interventions import Intervention
from hillflow.model import Fit
from hillflow.objectives.match import Match
from hillflow.objectives.stage import Stage
from hillflow.train import train

from ..small_fits import model_of

ABOUT = {"kind": "snapshots", "rows": 9}


def test_what_a_person_wants_to_know(cells):
    model = train("hill", cells, [Stage(Match(), steps=30, cells=64)], seed=7)
    text = model.summary()
    assert "hill: ẋ_i" in text
    assert "custom (30 × Match), seed 7" in text
    assert "180 cells × 3 genes at 0 h, 1 h, 2 h; control" in text
    assert "expression (log1p) per h" in text
    error, still = model.metrics["validation_loss"], model.metrics["no_change_loss"]
    assert (
        f"validation loss {error:.4g}, one time ahead on validation cells (energy distance" in text
    )
    assert f"{1 - error / still:.0%} less than no change" in text
    assert "no perturbations" in text


def test_what_to_be_careful_with(known):
    changes = {"metrics": {"validation_loss": 2.0, "no_change_loss": 1.5}, "times": (0.0, 1.0)}
    text = Fit((model_of(known.field, time_unit="", **changes),)).summary()
    assert "no better than no change" in text
    assert "two times" in text
    assert "unit of time is not known" in text
    assert "Law: a field of your own" in text
    treated = (Intervention.control(), Intervention.knockout("A"))
    text = Fit((model_of(known.field, conditions=treated),)).summary()
    assert "Warning" not in text
    assert "control, A=knockout" in text
    assert "not scored" in text


def test_a_contest_is_told_with_what_could_not_be_tried_once(known):
    scored = {"energy": 2.0, "w1": 1.5, "no_change_energy": 1.0, "no_change_w1": 1.0, "note": ""}
    refused = dict.fromkeys(("energy", "w1", "no_change_energy", "no_change_w1")) | {
        "note": "x below 0"
    }
    table = [
        {"field": name, "left_out": left_out} | row
        for name, row in (("linear", scored), ("hill", refused))
        for left_out in ("1 h, control", "2 h, control")
    ]
    choice = {"name": "linear", "table": table}
    text = Fit((model_of(known.field, provenance={"choice": choice}),)).summary()
    assert "left-out cells best of all candidates, but no better than no change" in text
    assert text.count("cannot be tried: x below 0") == 1
    assert text.count("(no change 1; W1 1.5, no change 1)") == 2


def test_a_sketch_is_called_one_and_courses_are_no_snapshots(known):
    sketch = {"setting": {"effort": 0.05}, "data": ABOUT}
    text = Fit((model_of(known.field, provenance=sketch),)).summary()
    assert "a sketch, with 0.05 of the method's steps" in text
    assert "snapshots alone cannot determine rotations" in text
    followed = {"setting": {"effort": 1.0}, "data": ABOUT | {"kind": "trajectories"}}
    assert "Warning" not in Fit((model_of(known.field, provenance=followed),)).summary()
