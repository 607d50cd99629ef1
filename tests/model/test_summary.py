from __future__ import annotations

from hillflow.fields import CandidateEdges
from hillflow.fields.logic import LogicField
from hillflow.interventions import Intervention
from hillflow.model import Fit
from hillflow.model.describe import describe
from hillflow.model.summary import _objective, mean_losses
from hillflow.objectives import METHODS
from hillflow.objectives.match import Match
from hillflow.objectives.stage import Stage
from hillflow.train import train

from ..small_fits import model_of

ABOUT = {"kind": "snapshots", "rows": 9}


def test_what_a_person_wants_to_know(cells):
    model = train("hill", cells, [Stage(Match(), steps=30, cells=64)], seed=7)
    text = model.summary()
    assert "hill: ẋ_i" in text
    assert "custom: 30 training steps (flow matching), seed 7" in text
    assert "180 cells × 3 genes at 0 h, 1 h, 2 h; control" in text
    assert "expression (log1p) per h" in text
    error, still = model.metrics["validation_loss"], model.metrics["no_change_loss"]
    assert (
        f"validation loss {error:.4g}, one time ahead on validation cells (energy distance" in text
    )
    assert f"{1 - error / still:.0%} less than no change" in text
    assert "no perturbations" in text


def test_stages_are_words_and_an_undeclared_scale_is_said(known):
    def stage(steps, **objective):
        return {"steps": steps, "objective": objective}

    stages = [
        stage(1500, kind="Match"), stage(20, kind="WithPrior", objective={"kind": "Rollout"}),
        stage(5, kind="Own"),
    ]  # fmt: skip
    provenance = {
        "method": {"name": "mine", "stages": stages}, "versions": {"hillflow": "1"}, "seed": 11,
        "ensemble": {"seed": 3},
    }  # fmt: skip
    text = Fit((model_of(known.field, provenance=provenance, scale="unknown"),)).summary()
    assert (
        "mine: 1,500 training steps (flow matching), then 20 (simulation of populations with a "
        "prior), then 5 (Own), seed 3, hillflow 1" in text
    )
    assert "11" not in text  # the seed of the member, which nobody gave
    assert "expression (scale not declared) per" in text


def test_the_loss_of_several_members_is_their_mean_and_says_so(known):
    losses = (0.5, 0.25, 0.75)
    members = tuple(
        model_of(known.field, metrics={"validation_loss": loss, "no_change_loss": 1.0})
        for loss in losses
    )
    text = Fit(members).summary()
    assert "validation loss 0.5 (mean of 3 members), one time ahead" in text
    assert "no change 1, 50% less than no change" in text
    assert "3, with validation losses 0.25 to 0.75; predictions are their mean" in text
    assert mean_losses([member.metrics for member in members]) == (0.5, 1.0)
    assert mean_losses([{"validation_loss": 0.5, "no_change_loss": 1.0}, {}]) is None
    assert "mean of" not in Fit(members[:1]).summary()


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


def test_what_a_law_says_nothing_of_though_it_was_fitted(known):
    law = LogicField(("A", "B"), edges=CandidateEdges([0], [1], 2))
    treated = (Intervention.control(), Intervention.knockout("A"), Intervention.knockout("B"))
    found = Fit((model_of(law, conditions=treated),)).findings
    (said,) = [one.text for one in found if one.code == "fit.perturbation-without-effect"]
    assert "B=knockout" in said
    assert "A=knockout" not in said
    codes = [one.code for one in Fit((model_of(known.field, conditions=treated),)).findings]
    assert "fit.perturbation-without-effect" not in codes


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
    assert (
        "snapshots alone cannot detect circular motion that leaves populations unchanged, nor tell "
        "apart genes that change together" in text
    )
    followed = {"setting": {"effort": 1.0}, "data": ABOUT | {"kind": "trajectories"}}
    assert "Warning" not in Fit((model_of(known.field, provenance=followed),)).summary()


def test_a_field_with_gates_says_how_many_are_closed(cells):
    model = train("path-reg", cells, [Stage(Match(), steps=3, cells=64)])
    assert "0% closed" in model.summary()


def test_the_objectives_of_every_method_are_named_in_words():
    described = [describe(stage.objective) for one in METHODS.values() for stage in one.stages]
    for about in described:
        assert about["kind"] not in _objective(about)
