from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from hillflow.data import Snapshots, leave_out_time
from hillflow.errors import InputError, UnsupportedError
from hillflow.fields import make_field
from hillflow.findings import collect_findings
from hillflow.interventions import Intervention
from hillflow.model import Choice, Fit
from hillflow.objectives.match import Match
from hillflow.objectives.stage import Stage
from hillflow.results import Run, fit_run
from hillflow.train import Setting, choose_field, train
from hillflow.train.choose_field import compared_fields
from hillflow.train.cost import estimate
from hillflow.transport import w1

from ..small_fits import GENES, snapshots

SHORT = [Stage(Match(), steps=40, cells=64, rate=1e-2)]
WHOLE = Setting(effort=2.0)  # `choose_field` halves it


@pytest.fixture(scope="module")
def data() -> Snapshots:
    return snapshots(times=(0.0, 1.0, 2.0, 4.0))


@pytest.fixture(scope="module")
def choice(data) -> Choice:
    return choose_field(data, ("linear", "mlp"), SHORT, setting=WHOLE)


def treated(data: Snapshots, *names: str) -> Snapshots:
    """The control, and each name with cells where its gene is gone."""
    parts, conditions = [data.x], ["control"] * len(data)
    for name in names:
        x = data.x.copy()
        x[:, GENES.index(name[0])] *= np.exp(-3 * data.time)
        parts.append(x)
        conditions += [name] * len(data)
    time = np.tile(data.time, len(parts))
    return Snapshots.from_arrays(np.concatenate(parts), time, GENES, conditions, unit="h")


def test_the_table_holds_every_candidate_and_population(choice):
    assert list(choice.table["field"]) == ["linear"] * 2 + ["mlp"] * 2
    assert list(choice.table["left_out"]) == ["1 h, control", "2 h, control"] * 2
    assert (choice.table["note"] == "").all()
    mean = choice.table.groupby("field")["energy"].mean()
    assert choice.name == mean.idxmin()


def test_the_scores_are_those_of_the_left_out_cells(choice, data):
    training = leave_out_time(data, 2.0).train
    model = train("linear", training, SHORT)
    start, truth = (data.x[data.rows(t)] for t in (1.0, 2.0))
    rolled = model.simulate(model.denoise(start), (1.0, 2.0))[-1]
    row = choice.table.set_index(["field", "left_out"]).loc[("linear", "2 h, control")]
    assert row["w1"] == pytest.approx(w1(rolled, truth), rel=1e-5)
    assert row["no_change_w1"] == pytest.approx(w1(start, truth), rel=1e-5)


def test_left_out_cells_are_never_trained_on(data, monkeypatch):
    seen = []
    module = sys.modules["hillflow.train.choose_field"]
    real = module.fit_candidate
    monkeypatch.setattr(module, "fit_candidate", lambda name, training, *a, **k: (
        seen.append(training), real(name, training, *a, **k))[1])  # fmt: skip
    choose_field(data, ("linear",), SHORT, setting=WHOLE)
    assert [list(training.times) for training in seen] == [[0.0, 2.0, 4.0], [0.0, 1.0, 4.0]]
    seen.clear()
    choose_field(treated(data, "A=ko", "B=ko"), ("linear",), SHORT, setting=WHOLE)
    left = [{c.name for c in training.conditions} for training in seen]
    assert len(left) == 2
    assert {"control"} < left[0] < {"control", "A=knockout", "B=knockout"}
    assert left[0] != left[1]


def test_a_field_that_is_wrong_loses(data):
    # A field whose network is switched off can only relax; the free one is ahead.
    from hillflow.fields import CandidateEdges

    def build(name, genes, **options):
        if name == "linear":
            options["edges"] = CandidateEdges([0], [0], 3)
        return make_field(name, genes, **options)

    # B first rises, driven by A, and then falls: no relaxation on its own does
    module = sys.modules["hillflow.train.choose_field"]
    before = module.make_field
    module.make_field = build
    try:
        choice = choose_field(
            data, ("linear", "mlp"), [Stage(Match(), steps=300, cells=128, rate=1e-2)],
            setting=WHOLE,
        )  # fmt: skip
    finally:
        module.make_field = before
    assert choice.name == "mlp"


def test_a_condition_is_left_out_where_there_are_three(data):
    three = treated(data, "A=ko", "B=ko")
    choice = choose_field(three, ("linear",), SHORT, folds=1, setting=WHOLE)
    assert list(choice.table["left_out"]) == ["B=knockout at 4 h"]  # of the larger effect
    row = choice.table.iloc[0]
    control, knocked = (
        three.x[three.rows(4.0, c)] for c in (Intervention.control(), Intervention.knockout("B"))
    )
    assert row["no_change_w1"] == pytest.approx(w1(control, knocked), rel=1e-5)
    by_time = choose_field(three, ("linear",), SHORT, "time", folds=1, setting=WHOLE)
    assert list(by_time.table["left_out"]) == [
        f"1 h, {name}" for name in ("control", "A=knockout", "B=knockout")
    ]


def test_a_candidate_that_cannot_says_why_and_the_others_go_on(data):
    negative = replace(data, x=data.x - 1)
    choice = choose_field(negative, ("hill", "linear"), SHORT, folds=1, setting=WHOLE)
    assert choice.name == "linear"
    assert "at least 0" in choice.table["note"][0]
    assert np.isnan(choice.table["energy"][0])
    with pytest.raises(UnsupportedError, match="at least 0"):
        choose_field(negative, ("hill",), SHORT, setting=WHOLE)


def test_it_reads_back(choice):
    import json

    again = Choice.from_json(json.loads(json.dumps(choice.to_json(), allow_nan=False)))
    assert again.name == choice.name
    assert again.table.equals(choice.table)


def test_auto(data, tmp_path, monkeypatch):
    run = tmp_path / "run"
    model = fit_run("auto", data, SHORT, out=run, setting=Setting(effort=0.5)).fit
    table = model.provenance["choice"]["table"]
    assert {row["field"] for row in table} == {"linear", "hill", "sparse"}
    assert model.field.name == model.provenance["choice"]["name"]
    assert (
        f"{model.field.name}, by prediction of left-out cells (energy distance)" in model.summary()
    )
    assert model.summary().count("no change") >= len(table)
    assert Fit.load(run / "model").provenance == model.provenance
    assert Run.open(run).manifest["choice"] == model.provenance["choice"]
    named = train(model.field.name, data, SHORT, setting=Setting(effort=0.5))
    assert torch.equal(named.field.edge_weights(), model.field.edge_weights())
    # the choice of a run that is resumed is read, not made again
    module = sys.modules["hillflow.train.training_plan"]
    monkeypatch.setattr(module, "choose_field", lambda *_, **__: pytest.fail("chosen again"))
    assert fit_run("auto", data, SHORT, out=run, resume=True, setting=Setting(effort=0.5))


def test_refusals(data, courses):
    with pytest.raises(UnsupportedError, match="snapshots"):
        choose_field(courses)
    with pytest.raises(InputError, match="'linear'"):
        choose_field(data, ("linaer",))
    with pytest.raises(InputError, match="among auto, time, condition"):
        choose_field(data, left_out="tyme")
    two = data.take(data.time < 2)
    with pytest.raises(InputError, match="2 times and 1 conditions"):
        choose_field(two)
    with pytest.raises(InputError, match="three times"):
        choose_field(data, left_out="condition")


def test_a_chosen_field_that_is_no_better_than_no_change_is_reported():
    row = {
        "left_out": "1 h, control",
        "w1": 1.0,
        "no_change_w1": 1.0,
        "no_change_energy": 1.0,
        "note": "",
    }
    refused = {"field": "hill", "energy": np.nan, "note": "no"}
    for energy, wins in ((0.5, True), (2.0, False)):
        table = pd.DataFrame([row | {"field": "linear", "energy": energy}, row | refused])
        chosen = Choice("linear", table)
        assert chosen.beats_no_change is wins
        assert repr(chosen) == (
            f"Choice('linear'; energy distance: 'linear' {energy:.4g}, 'hill' not tried; "
            "no change 1)"
        )


def test_fields_are_not_compared_where_left_out_cells_cannot_tell(data):
    def few(cells):
        return cells.take(np.concatenate([p.rows[:10] for p in cells.populations()]))

    for cells in (few(data), data.take(np.flatnonzero(data.time < 2))):
        with collect_findings() as said:
            fitted = train("auto", cells, SHORT)
        assert fitted[0].field.name == "linear"
        assert "fit.no-comparison" in {finding.code for finding in said}


def test_without_every_pair_only_fields_of_edges_are_compared(data):
    setting = replace(WHOLE, regulators=(GENES[0],), effort=0.1)
    fitted = choose_field(data, stages=SHORT, setting=setting)
    assert list(fitted.scores.index) == ["linear", "hill"]


@pytest.mark.parametrize("regulators", [None, (GENES[0],)])
def test_fields_that_need_positive_levels_are_left_out_of_the_choice(data, regulators):
    negative = replace(data, x=data.x - 1)
    setting = replace(WHOLE, regulators=regulators, effort=0.1)
    assert compared_fields(negative, setting) == ["linear"]
    assert "choosing a field" not in estimate("auto", negative, SHORT, setting).parts
    with collect_findings() as said:
        fitted = train("auto", negative, SHORT, setting=setting)
    assert fitted[0].field.name == "linear"
    (text,) = [finding.text for finding in said if finding.code == "fit.no-comparison"]
    assert "values below 0" in text
    assert "'hill'" in text
