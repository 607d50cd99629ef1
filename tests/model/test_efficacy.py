from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.linalg import expm

from hillflow.data import Snapshots, Trajectories
from hillflow.errors import InputError
from hillflow.fields import make_field
from hillflow.interventions import Intervention
from hillflow.model import Fit, Member
from hillflow.model.efficacy import START, apply_efficacy, knockouts_as_cuts, learned_efficacies
from hillflow.objectives.match import Match, Shooting
from hillflow.objectives.registry import make_method
from hillflow.objectives.stage import Stage
from hillflow.results import fit_run
from hillflow.train import Setting, train
from hillflow.train.prepare import prepare

from ..small_fits import GENES, MATRIX, OFFSET, TIMES

KNOCKOUTS = {"A=ko": {"A": 0.7}, "B=ko": {"B": 0.4}}
STAGES = [Stage(Match(Shooting()), steps=200, cells=128, rate=3e-2)]


def cut_flow(x0: np.ndarray, time: float, shares: dict[str, float]) -> np.ndarray:
    """Targets see 1 − share of a cut gene; its own equation stands (SciPy)."""
    matrix = MATRIX.copy()
    for gene, share in shares.items():
        k = GENES.index(gene)
        others = np.arange(3) != k
        matrix[others, k] *= 1 - share
    fixed = -np.linalg.solve(matrix, OFFSET)
    return fixed + (x0 - fixed) @ expm(time * matrix).T


def conditions(knockouts: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    return {"control": {}, **knockouts}


def courses(knockouts=KNOCKOUTS, units: int = 25) -> Trajectories:
    random = np.random.default_rng(0)
    times = (0.0, 0.5, 1.0, 2.0)
    x, time, names, named = [], [], [], []
    for name, shares in conditions(knockouts).items():
        start = 2 + 0.8 * random.normal(size=(units, 3))
        for t in times:
            x.append(cut_flow(start, t, shares))
            time += [t] * units
            names += [name] * units
            named += [f"{name}{k}" for k in range(units)]
    return Trajectories.from_rows(np.concatenate(x), time, GENES, named, names)


def cells(knockouts=KNOCKOUTS, count: int = 60) -> Snapshots:
    random = np.random.default_rng(0)
    x, time, names = [], [], []
    for name, shares in conditions(knockouts).items():
        for t in TIMES:
            x.append(cut_flow(2 + 0.3 * random.normal(size=(count, 3)), t, shares))
            time += [t] * count
            names += [name] * count
    return Snapshots.from_arrays(np.concatenate(x), time, GENES, names)


def found(model: Member) -> dict[str, float]:
    return {gene: share for (_, gene), share in learned_efficacies(model).items()}


@pytest.fixture(scope="module")
def model() -> Member:
    return train("linear", courses(), STAGES, setting=Setting(efficacy="learn"))


def test_the_efficacy_of_each_knockout_is_learnt(model):
    assert found(model)["A"] == pytest.approx(0.7, abs=0.05)
    assert found(model)["B"] == pytest.approx(0.4, abs=0.1)
    assert model.efficacy == pytest.approx(sum(found(model).values()) / 2)
    # the data's own words for the conditions are kept
    assert Intervention.knockout("A") in model.conditions
    assert model.metrics["validation_loss"] < 0.01 * model.metrics["no_change_loss"]
    # taken for a loss of production, the same cells cannot be explained
    clamped = train("linear", courses(), STAGES)
    assert clamped.metrics["validation_loss"] > 3 * model.metrics["validation_loss"]
    assert clamped.efficacy is None


def test_from_snapshots_it_is_told_apart_too():
    stages = [Stage(Match(Shooting()), steps=150, cells=256, rate=3e-2)]
    model = train("linear", cells(), stages, setting=Setting(efficacy="learn"))
    assert found(model)["A"] == pytest.approx(0.7, abs=0.2)
    assert found(model)["A"] > found(model)["B"] + 0.1


def test_a_knockout_means_in_prediction_what_it_meant_in_training(model):
    x0 = 2 + 0.3 * np.random.default_rng(3).normal(size=(20, 3))
    rolled = model.simulate(x0, (0.0, 1.0), Intervention.knockout("A"))[1]
    np.testing.assert_allclose(rolled, cut_flow(x0, 1.0, {"A": 0.7}), atol=0.1)
    both = model.as_fitted(Intervention.parse("A=ko,C=ko"))  # not seen: the mean efficacy
    assert {action.gene: 1 - action.visible_share for action in both} == pytest.approx(
        {"A": model.efficacy, "C": model.efficacy}
    )
    seen = model.as_fitted(Intervention.knockout("A"))
    assert seen == Intervention.cut_outgoing("A", fraction=found(model)["A"])
    kept = Intervention.parse("A=clamp:1,B=kd:0.5")
    assert model.as_fitted(kept) == kept


def test_it_is_saved_with_the_model_and_told(tmp_path):
    setting = Setting(efficacy="learn")
    short = [Stage(Match(), steps=20, cells=64)]
    model = train("hill", cells(), short, setting=setting)
    again = Fit.load(model.save(tmp_path / "model"))
    assert learned_efficacies(again[0]) == learned_efficacies(model[0])
    assert again.efficacy == model.efficacy
    assert f"as learned: {found(model)['A']:.0%} of A" in again.summary()
    given = train("hill", cells(), short, setting=Setting(efficacy=0.5))
    assert "hide 50% of a gene" in given.summary()


def test_a_given_efficacy_is_the_same_as_a_label():
    labelled = cells({"A=cut:0.6": {"A": 0.7}})
    named = cells({"A=ko": {"A": 0.7}})
    short = [Stage(Match(), steps=20, cells=64)]
    one = train("linear", labelled, short)
    two = train("linear", named, short, setting=Setting(efficacy=0.6))
    assert torch.equal(one.field.edge_weights(), two.field.edge_weights())
    assert two.as_fitted(Intervention.knockout("A")) == Intervention.parse("A=cut:0.6")
    x = named.x[:5]
    np.testing.assert_array_equal(
        one.velocity(x, intervention=Intervention.parse("A=cut:0.6")),
        two.velocity(x, intervention=Intervention.knockout("A")),
    )


def test_its_own_level_is_left_free_and_gradients_flow():
    setting = Setting(efficacy="learn")
    prepared = prepare(make_field("linear", GENES), cells(), make_method("ot-cfm"), setting=setting)
    training = prepared.training
    assert (training.kept == 1).all()
    head = training.heads.efficacy
    assert head.shares().tolist() == pytest.approx([START, START])
    terms = Match().loss(training, 64, torch.Generator().manual_seed(0))
    terms["velocity"].backward()
    assert (head.raw.grad != 0).all()


def test_a_cut_that_is_labelled_is_left_as_given():
    data = cells({"A=ko": {"A": 0.7}, "B=cut:0.4": {"B": 0.4}})
    told, cuts = apply_efficacy(data, "learn")
    assert cuts == (("A=cut_outgoing:0.8", "A"),)
    setting = Setting(efficacy="learn")
    prepared = prepare(make_field("linear", GENES), data, make_method("ot-cfm"), setting=setting)
    visible = prepared.training.acting.visible[:, 0].detach().numpy()
    rows = [c.name for c in told.conditions]
    np.testing.assert_allclose(visible[rows.index("A=cut_outgoing:0.8")], [0.2, 1, 1], atol=1e-6)
    np.testing.assert_allclose(visible[rows.index("B=cut_outgoing:0.4")], [1, 0.6, 1], atol=1e-6)


def test_resumed_to_the_same_bytes(tmp_path):
    from ..small_fits import Stopped, content, stopping_at

    setting = Setting(efficacy="learn")
    stages = [Stage(Match(), steps=40, cells=64)]
    fit_run("linear", cells(), stages, setting=setting, out=tmp_path / "whole")
    with pytest.raises(Stopped):
        fit_run("linear", cells(), stages, setting=setting, out=tmp_path / "run",
            progress=stopping_at(30))  # fmt: skip
    fit_run("linear", cells(), stages, setting=setting, out=tmp_path / "run", resume=True)
    assert content(tmp_path / "run") == content(tmp_path / "whole")


def test_words():
    assert knockouts_as_cuts(Intervention.parse("A=ko,B=oe:2"), 0.5) == Intervention.parse(
        "A=cut:0.5,B=oe:2"
    )
    data = cells()
    assert apply_efficacy(data, None) == (data, ())
    for wrong in ("lern", 0.0, 1.5, -1.0):
        with pytest.raises(InputError, match="efficacy"):
            Setting(efficacy=wrong)
    with pytest.raises(InputError, match="knockouts, whose efficacy"):
        train("linear", cells({}), STAGES, setting=Setting(efficacy="learn"))
    twice = cells({"A=ko": {"A": 0.7}, "A=cut:0.5": {"A": 0.5}})
    with pytest.raises(InputError, match="one way"):
        train("linear", twice, STAGES, setting=Setting(efficacy=0.5))
