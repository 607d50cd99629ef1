"""What a fit will cost: measured steps, no formula of them; and what does not fit is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hillflow.cost import Cost
from hillflow.errors import InputError
from hillflow.fields import CandidateEdges, make_field
from hillflow.objectives import Match, Stage
from hillflow.train import Setting, cost
from hillflow.train.cost import estimate, stand_in_edges

from ..small_fits import GENES, snapshots

STAGES = [Stage(Match(), steps=1000, cells=64)]


@pytest.fixture
def steps_of_a_second(monkeypatch):
    """Every step takes one second and keeps 5 GB; all else takes two seconds."""
    monkeypatch.setattr(cost.Loop, "measure", lambda loop, stage: (1.0, 5e9))
    monkeypatch.setattr(cost, "_seconds", lambda work: 2.0)


def test_time_is_that_of_a_step_times_the_steps(steps_of_a_second):
    data = snapshots()
    found = estimate("linear", data, STAGES, Setting(effort=0.5))
    stage = "stage 1 of 1: matching velocities between times"
    assert found.parts[stage] == 500 + 2.0 * 500 / 50
    assert found.seconds == sum(found.parts.values())
    twice = estimate("linear", data, STAGES, Setting(effort=0.5), members=4, jobs=2)
    assert twice.parts[stage] == 2 * found.parts[stage]
    assert 9.9e9 < twice.memory < 12e9
    contest = estimate("auto", data, STAGES, Setting(effort=0.5))
    assert contest.parts["choosing a field"] == pytest.approx(3 * found.parts[stage])


def test_a_measured_step_takes_time_and_memory_and_trains_nothing():
    field = make_field("hill", GENES, seed=1)
    before = {name: tensor.clone() for name, tensor in field.state_dict().items()}
    found = estimate(field, snapshots(), "default", Setting())
    assert len(found.parts) == 3
    assert all(seconds > 0 for seconds in found.parts.values())
    assert all((field.state_dict()[name] == tensor).all() for name, tensor in before.items())


def test_what_exceeds_the_memory_is_refused_with_what_to_do():
    small = Cost({"stage 1": 200.0}, 3e9, 4e9)
    small.check()
    replace(small, machine=None).check()
    with pytest.raises(InputError, match=r"4\.0 GB.*about 8\.0 GB.*regulators"):
        replace(small, memory=8e9).check()
    assert str(small) == "about 3 min and 3.0 GB of memory"
    assert small.to_json() == {"seconds": 200.0, "memory_gb": 3.0, "parts": {"stage 1": 200.0}}


def test_stand_in_edges_are_as_many_as_will_be_chosen():
    genes = [f"g{k}" for k in range(50)]
    assert stand_in_edges("mlp", genes, None, None) is None
    assert stand_in_edges("hill", genes[:9], None, None) is None
    assert len(stand_in_edges("hill", genes[:9], genes[:2], None)) == 18
    assert len(stand_in_edges("hill", genes, None, None)) == 500
    assert len(stand_in_edges("logic", genes, genes[:3], None)) == 150
    prior = CandidateEdges([0, 1], [2, 3], 50)
    assert len(stand_in_edges("hill", genes, None, prior)) == 2
    assert len(stand_in_edges("logic", genes, None, prior)) == 200
