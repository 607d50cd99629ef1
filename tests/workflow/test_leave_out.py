"""What is left out of training: one or several times, one or several perturbations."""

from __future__ import annotations

import pytest

import hillflow as hf
from hillflow.data import Snapshots
from hillflow.errors import InputError
from hillflow.workflow._fit import _leave_out
from hillflow.workflow.options.fit import LeftOutOptions


@pytest.fixture(scope="module")
def data() -> Snapshots:
    cells = hf.simulate("toggle", cells=12, times=[0, 1, 2], knockouts="A,B,A+B")
    return Snapshots.from_anndata(cells)


@pytest.mark.parametrize(
    ("given", "left"),
    [("A", ["A=knockout"]), ("A,B", ["A=knockout", "B=knockout"]),
     (["A", "B"], ["A=knockout", "B=knockout"]), (("A",), ["A=knockout"]),
     ("A+B", ["A=knockout,B=knockout"]), ("A=knockout,B=knockout", ["A=knockout,B=knockout"]),
     (["A", "A+B"], ["A=knockout", "A=knockout,B=knockout"])],
)  # fmt: skip
def test_perturbations(data, given, left):
    training, (apart,) = _leave_out(data, LeftOutOptions(leave_out_perturbation=given), "control")
    assert sorted(c.name for c in apart.conditions if not c.is_control) == left
    assert not set(left).intersection(c.name for c in training.conditions)


def test_the_control_cannot_be_left_out(data):
    with pytest.raises(InputError, match="found the control"):
        _leave_out(data, LeftOutOptions(leave_out_perturbation="control"), "control")


def test_times_and_perturbations(data):
    options = LeftOutOptions(leave_out_time=[2], leave_out_perturbation="A")
    training, apart = _leave_out(data, options, "control")
    assert list(training.times) == [0.0, 1.0]
    assert [list(part.times) for part in apart] == [[2.0], [0.0, 1.0]]
