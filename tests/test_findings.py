from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hillflow.data import Snapshots, parse_times
from hillflow.errors import HillflowWarning
from hillflow.findings import (
    Finding,
    collect_findings,
    note,
    report_at_the_end,
    unique_findings,
    warn,
    warnings_at_the_end,
)

MIXED = ["24h", "day 2"] * 10
WHOLE = np.arange(20.0)[:, None]


@pytest.mark.parametrize(
    "call",
    [lambda: warn("here"),
     lambda: parse_times(MIXED),
     lambda: Snapshots.from_arrays(WHOLE, MIXED, ["A"], scale="counts"),
     lambda: Snapshots.from_frame(pd.DataFrame({"time": MIXED, "A": WHOLE[:, 0]})),
     lambda: Snapshots.from_arrays(WHOLE, [0, 1] * 10, ["A"], scale="log1p")],
)  # fmt: skip
def test_a_warning_points_at_the_line_of_the_caller(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    assert [(w.category, Path(w.filename).name) for w in caught] == [
        (HillflowWarning, "test_findings.py")
    ]
    assert caught[0].lineno == call.__code__.co_firstlineno


def test_nested_collections_each_receive_a_finding_once():
    with warnings.catch_warnings(record=True) as caught, collect_findings() as outer:
        warnings.simplefilter("always")
        with collect_findings() as inner:
            warn("twice", "room.what")
            warn("twice", "room.what")
        note("aside", "room.aside")
    assert [str(warning.message) for warning in caught] == ["twice"]
    assert inner == [Finding("room.what", "twice")]
    assert outer == [Finding("room.what", "twice"), Finding("room.aside", "aside", "note")]


def test_a_note_is_no_python_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        note("aside")


def test_a_finding_reported_after_the_block_is_not_collected():
    with collect_findings() as collected:
        pass
    with pytest.warns(HillflowWarning):
        warn("late")
    assert collected == []


def test_unique_findings_come_warnings_first():
    aside, grave = Finding("a", "aside", "note"), Finding("b", "grave")
    assert unique_findings([aside, grave, aside]) == (grave, aside)
    assert str(grave) == "Warning: grave"
    assert str(aside) == "Note: aside"
    assert grave.to_json() == {"code": "b", "severity": "warning", "text": "grave"}


def test_what_is_known_before_the_work_is_said_at_its_end_and_once():
    grave = Finding("run.grave", "grave")
    with warnings.catch_warnings(record=True) as caught, collect_findings() as collected:
        warnings.simplefilter("always")
        with warnings_at_the_end():
            report_at_the_end(grave)
            report_at_the_end(grave, Finding("run.aside", "aside", "note"))
            warn("at work")
            assert collected[0] == grave
    assert [str(one.message) for one in caught] == ["at work", "grave"]
    assert {Path(one.filename).name for one in caught} == {"test_findings.py"}
    assert [one.code for one in collected] == ["run.grave", "run.aside", "general"]
    with pytest.warns(HillflowWarning, match="grave"):  # nothing waits for an end
        report_at_the_end(grave)


def test_an_error_is_all_that_is_said():
    def refused():
        with warnings_at_the_end():
            report_at_the_end(Finding("run.grave", "grave"))
            raise ValueError("option")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="option"):
            refused()
