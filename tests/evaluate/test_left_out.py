"""Scores of left-out cells against systems whose answer is known in closed form."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from hillflow.data import Snapshots, leave_out_condition, leave_out_time
from hillflow.errors import TimeError
from hillflow.evaluate.left_out import (
    check_scorable,
    knockouts_established,
    not_scorable,
    score_left_out,
)
from hillflow.fields import make_field
from hillflow.interventions import Intervention
from hillflow.model import Member
from hillflow.objectives.heads import Heads

GENES = ("A", "B")
START = np.array([3.0, 4.0])
SPREAD = 1e-3


@pytest.fixture
def model() -> Member:
    """ẋ = −γ x: no production at all."""
    field = make_field("linear", GENES, seed=0, dtype=torch.float64)
    with torch.no_grad():
        field.strength.zero_()
        field.level.zero_()
    return Member(
        Heads(field), "h", "unknown", (0.0, 2.0), (Intervention.control(),), None, 0, {}, {},
        pd.DataFrame(),
    )  # fmt: skip


def decay(model: Member, time: float) -> np.ndarray:
    return np.exp(-model.field.decay_rate().detach().numpy() * time)


def cells(states: dict[tuple[str, float], np.ndarray], seed: int = 0) -> Snapshots:
    random = np.random.default_rng(seed)
    x = np.concatenate([s + SPREAD * random.normal(size=(40, 2)) for s in states.values()])
    return Snapshots.from_arrays(
        np.abs(x),
        np.repeat([time for _, time in states], 40),
        GENES,
        np.repeat([name for name, _ in states], 40),
        unit="h",
    )


def test_a_left_out_time_is_predicted_from_the_time_before(model):
    data = cells({("control", t): START * decay(model, t) for t in (0.0, 1.0, 2.0)})
    split = leave_out_time(data, 1.0)
    check_scorable(split.train, split.left_out)
    (row,) = score_left_out([model], split.train, split.left_out)
    assert (row["perturbation"], row["time"], row["cells"]) == ("control", 1.0, 40)
    moved = float(np.linalg.norm(START * (1 - decay(model, 1.0))))
    assert row["no_change_w1"] == pytest.approx(moved, rel=1e-3)
    assert row["w1"] < 3 * SPREAD
    assert row["floor_w1"] < 3 * SPREAD
    assert row["energy"] < 1e-2 * row["no_change_energy"]


def test_a_left_out_knockout_stands_beside_the_control_without_its_gene(model):
    # Under ẋ = −γ x nothing regulates anything: a knockout changes nothing but its own gene,
    # and that gene has no production to lose.
    states = {}
    for time in (0.0, 1.0):
        at = START * decay(model, time)
        states |= {("control", time): at, ("A=ko", time): at, ("B=ko", time): at + 1.0}
    split = leave_out_condition(cells(states), "A=ko")
    check_scorable(split.train, split.left_out)
    (row,) = score_left_out([model], split.train, split.left_out)  # at 0 h nothing has happened
    assert (row["perturbation"], row["time"]) == ("A=knockout", 1.0)
    assert row["w1"] < 3 * SPREAD
    assert row["no_change_w1"] == pytest.approx(START[0] * decay(model, 1.0)[0], rel=1e-3)
    assert row["others_w1"] == pytest.approx(np.sqrt(2.0), rel=1e-3)


def test_an_ensemble_has_the_mean_score_of_its_members(model):
    data = cells({("control", t): START * decay(model, t) for t in (0.0, 1.0, 2.0)})
    split = leave_out_time(data, 1.0)
    other = make_field("linear", GENES, seed=1, dtype=torch.float64)
    second = Member(
        Heads(other), "h", "unknown", (0.0, 2.0), (Intervention.control(),), None, 0, {}, {},
        pd.DataFrame(),
    )  # fmt: skip
    alone = [score_left_out([m], split.train, split.left_out)[0]["w1"] for m in (model, second)]
    (both,) = score_left_out([model, second], split.train, split.left_out)
    assert alone[0] != alone[1]
    assert both["w1"] == pytest.approx(np.mean(alone))


def test_what_nothing_comes_before_is_refused_before_any_work(model):
    data = cells({("control", t): START for t in (0.0, 1.0, 2.0)})
    split = leave_out_time(data, 0.0)
    with pytest.raises(TimeError, match="leave out a later time"):
        check_scorable(split.train, split.left_out)
    apart = cells({("control", 0.0): START, ("control", 1.0): START, ("A=ko", 2.0): START})
    split = leave_out_condition(apart, "A=ko")
    with pytest.raises(TimeError, match="whose times the control has too"):
        check_scorable(split.train, split.left_out)


def test_what_cannot_be_scored_is_named():
    names = ("control", "A=ko")
    data = cells({(name, t): START for name in names for t in (0.0, 1.0, 2.0)})
    by_time = leave_out_time(data, 2.0)
    by_condition = leave_out_condition(by_time.train, "A=ko")
    assert not_scorable(by_condition.train, by_time.left_out) == ["A=knockout at 2 h"]
    assert not_scorable(by_condition.train, by_condition.left_out) == ["A=knockout at 0 h"]


def test_a_left_out_time_stands_beside_the_interpolation_of_its_neighbours(model):
    # cells that move in a straight line are met by it, and the last time has no neighbour
    data = cells({("control", t): START - t for t in (0.0, 1.0, 2.0)})
    split = leave_out_time(data, 1.0)
    (row,) = score_left_out([model], split.train, split.left_out)
    assert row["between_w1"] < 3 * SPREAD
    assert row["no_change_w1"] == pytest.approx(np.sqrt(2.0), rel=1e-2)
    last = leave_out_time(data, 2.0)
    (row,) = score_left_out([model], last.train, last.left_out)
    assert "between_w1" not in row


def test_where_trained_knockouts_lack_their_gene_from_the_start_so_does_the_left_out_one(model):
    """B is 0 from the start; made at the start, it would still decay from the control's level."""
    times = (0.0, 1.0)
    wild = {("control", t): START * decay(model, t) for t in times}
    without = {("A", t): np.array([0.0, 1.0]) * START * decay(model, t) for t in times}
    without |= {("B", t): np.array([1.0, 0.0]) * START * decay(model, t) for t in times}
    split = leave_out_condition(cells(wild | without), "B")
    assert knockouts_established(split.train)
    assert score_left_out([model], split.train, split.left_out)[-1]["w1"] < 3 * SPREAD
    alone = leave_out_condition(cells(wild | {k: v for k, v in without.items() if "B" in k}), "B")
    assert not knockouts_established(alone.train)  # nothing to judge by
    left = START[1] * decay(model, 1.0)[1]
    row = score_left_out([model], alone.train, alone.left_out)[-1]
    assert row["w1"] == pytest.approx(left, rel=1e-2)
