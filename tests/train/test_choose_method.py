from __future__ import annotations

import json
import sys
from dataclasses import replace

import pytest
import torch

from hillflow.data import Snapshots, leave_out_time
from hillflow.errors import InputError, UnsupportedError
from hillflow.fields import make_field
from hillflow.model import Choice
from hillflow.objectives.registry import make_method
from hillflow.train import Setting, train
from hillflow.train.choose_method import choose_method
from hillflow.train.comparison import fit_candidate
from hillflow.transport import w1

from ..small_fits import snapshots

SHORT = Setting(effort=0.02)
TWO = ("ot-cfm", "cfm")


@pytest.fixture(scope="module")
def data() -> Snapshots:
    return snapshots(times=(0.0, 1.0, 2.0, 4.0))


@pytest.fixture(scope="module")
def choice(data) -> Choice:
    return choose_method(data, TWO, "linear", by="w1", seeds=(0, 1), setting=SHORT)


def test_the_table_holds_every_candidate_seed_and_inner_time(choice):
    assert list(choice.table["method"]) == ["ot-cfm"] * 4 + ["cfm"] * 4
    assert list(choice.table["seed"]) == [0, 0, 1, 1] * 2
    assert list(choice.table["left_out"]) == ["1 h, control", "2 h, control"] * 4
    assert (choice.table["note"] == "").all()


def test_the_least_mean_over_seeds_and_times_is_chosen(choice):
    mean = choice.table.groupby("method")["w1"].mean()
    assert choice.name == mean.idxmin()
    for method in TWO:
        assert choice.scores["w1"][method] == pytest.approx(mean[method], rel=1e-12)
    assert "; W1: 'ot-cfm'" in repr(choice)


def test_the_scores_are_those_of_the_left_out_cells(choice, data):
    training = leave_out_time(data, 2.0).train
    model = train("linear", training, "cfm", seed=1, setting=SHORT)
    start, truth = (data.x[data.rows(t)] for t in (1.0, 2.0))
    rolled = model.simulate(model.denoise(start), (1.0, 2.0))[-1]
    row = choice.table.set_index(["method", "seed", "left_out"]).loc[("cfm", 1, "2 h, control")]
    assert row["w1"] == pytest.approx(w1(rolled, truth), rel=1e-5)
    assert row["no_change_w1"] == pytest.approx(w1(start, truth), rel=1e-5)


def test_a_time_left_out_beforehand_is_never_seen(data, monkeypatch):
    seen = []
    module = sys.modules["hillflow.train.choose_method"]
    monkeypatch.setattr(module, "fit_candidate", lambda field, training, *a: (
        seen.append(training), fit_candidate(field, training, *a))[1])  # fmt: skip
    training = leave_out_time(data, 1.0).train
    choice = choose_method(training, ("cfm",), "linear", seeds=(0,), setting=SHORT)
    assert [list(cells.times) for cells in seen] == [[0.0, 4.0]]
    moved = data.x.copy()
    moved[data.rows(1.0)] += 100.0
    other = leave_out_time(replace(data, x=moved), 1.0).train
    again = choose_method(other, ("cfm",), "linear", seeds=(0,), setting=SHORT)
    assert again.table.equals(choice.table)


def test_the_inner_times_that_count_leave_the_gap_asked_for(data):
    # Without 1 h, cells go from 0 to 2 h; without 2 h, from 1 to 4 h.
    for gap, counted in ((2.0, "1 h"), (1.0, "1 h"), (3.5, "2 h")):
        choice = choose_method(data, ("cfm",), "linear", seeds=(0,), gap=gap, setting=SHORT)
        assert list(choice.table["left_out"]) == [f"{counted}, control"]


def test_a_method_that_is_wrong_loses():
    # No steps to speak of against enough of them, on a law that a linear field can learn.
    cells = snapshots(cells=80, times=(0.0, 0.5, 1.0, 1.5))
    usual = make_method("ot-cfm")
    hasty = replace(usual, name="hasty", stages=(replace(usual.stages[0], steps=1),))
    enough = replace(usual, stages=(replace(usual.stages[0], steps=300, cells=128),))
    choice = choose_method(cells, (hasty, enough), "linear", seeds=(0,))
    assert choice.name == "ot-cfm"
    assert choice.beats_no_change


def test_fields_are_built_by_method_and_seed(data):
    built = []

    def build(method, seed):
        built.append((method.name, seed))
        name = "mlp" if method.trains == "any" else method.trains
        return make_field(name, data.genes, seed=seed)

    choose_method(data, ("cfm", "action-matching"), build, seeds=(3, 4), folds=1, setting=SHORT)
    assert built == [("cfm", 3), ("cfm", 4), ("action-matching", 3), ("action-matching", 4)]


def test_a_method_that_cannot_says_why_and_the_others_go_on(data):
    choice = choose_method(
        data, ("action-matching", "cfm"), "linear", seeds=(0,), folds=1, setting=SHORT
    )
    assert choice.name == "cfm"
    assert "'potential'" in choice.table["note"][0]
    with pytest.raises(UnsupportedError, match="'potential'"):
        choose_method(data, ("action-matching",), "linear", seeds=(0,), setting=SHORT)


def test_it_reads_back_and_repeats(choice, data):
    again = Choice.from_json(json.loads(json.dumps(choice.to_json(), allow_nan=False)))
    assert (again.name, again.by) == (choice.name, "w1")
    assert again.table.equals(choice.table)
    torch.manual_seed(5)
    twice = choose_method(data, TWO, "linear", by="w1", seeds=(0, 1), setting=SHORT)
    assert twice.table.equals(choice.table)


def test_refusals(data, courses):
    with pytest.raises(UnsupportedError, match="snapshots"):
        choose_method(courses)
    with pytest.raises(InputError, match="'ot-cfm'"):
        choose_method(data, ("ot-cfn",))
    with pytest.raises(InputError, match="different names"):
        choose_method(data, ("ot-cfm", "ot-cfm"))
    with pytest.raises(InputError, match="found none"):
        choose_method(data, ())
    with pytest.raises(InputError, match="'linear'"):
        choose_method(data, field="linaer")
    with pytest.raises(InputError, match="among energy, w1"):
        choose_method(data, by="w2")
    with pytest.raises(InputError, match="one seed or more"):
        choose_method(data, seeds=())
    with pytest.raises(InputError, match="one fold or more"):
        choose_method(data, folds=0)
    with pytest.raises(InputError, match="found 2 times"):
        choose_method(data.take(data.time < 2))
