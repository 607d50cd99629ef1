"""Runs, whichever way they are given, and runs that are asked together."""

from __future__ import annotations

import shutil

import pytest

import hillflow as hf
from hillflow.errors import HillflowWarning, InputError, MissingFileError, UnsupportedError
from hillflow.model.member import Member
from hillflow.systems import build_system, simulate_trajectories
from hillflow.workflow.runs import joined, joined_names, open_run, open_snapshots

from .conftest import quiet


@pytest.fixture(scope="module")
def other(toggle) -> hf.Run:
    """Another field on the same cells, in memory."""
    return quiet(hf.fit, toggle, field="hill", effort=0.02)


def test_a_run_is_itself_and_a_folder_is_opened(toggle_run, blood_run):
    assert open_run(toggle_run) is toggle_run
    assert open_run(str(blood_run.path)).manifest == blood_run.manifest


@pytest.mark.parametrize("given", [None, 3, {"a": 1}])
def test_what_is_no_run_is_refused(given):
    with pytest.raises(InputError, match=r"a run, or the folder of one.*hillflow.fit\(cells\)"):
        open_run(given)


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(MissingFileError, match="a run directory"):
        open_run(tmp_path)


def test_a_fit_no_better_than_no_change_is_warned_of(toggle_run, monkeypatch):
    monkeypatch.setattr(Member, "no_better_than_no_change", True)
    with pytest.warns(HillflowWarning, match="no better than no change"):
        open_run(toggle_run)


def test_a_run_on_series_has_no_cells_to_start_from():
    simulated = simulate_trajectories(build_system("toggle"), [0.0, 1.0, 2.0], cells=6)
    run = quiet(hf.fit, simulated, series="series", field="linear", effort=0.01)
    with pytest.raises(UnsupportedError, match="one on series of 6 units"):
        open_snapshots(run)


def test_runs_join_by_their_members(toggle_run, other):
    assert [one.field.name for one in joined(toggle_run, other)] == ["linear", "hill"]
    assert [one.field.name for one in joined(toggle_run, [other])] == ["linear", "hill"]
    assert list(joined(toggle_run, None)) == list(toggle_run.fit)


def test_a_run_joins_once(blood_run):
    with pytest.raises(InputError, match="each run once"):
        joined(blood_run, [blood_run.path])


def test_runs_of_other_populations_and_of_other_cells_are_warned_of(toggle, toggle_run):
    fewer = quiet(hf.fit, toggle, field="hill", effort=0.01, leave_out_time=2)
    with pytest.warns(HillflowWarning, match="fitted to other populations"):
        joined(toggle_run, fewer)
    again = hf.simulate("toggle", cells=20, times=[0, 1, 2, 4], knockouts="A", seed=1)
    others = quiet(hf.fit, again, field="hill", effort=0.01)
    with pytest.warns(HillflowWarning, match="fitted to other cells"):
        joined(toggle_run, others)


def test_joined_runs_are_named_from_where_the_first_lies(toggle_run, other, own_blood_run):
    assert joined_names(toggle_run, None) == []
    assert joined_names(toggle_run, [other]) == ["run", "run"]
    assert joined_names(own_blood_run, [toggle_run]) == ["run", "run"]
    elsewhere = own_blood_run.path.parent / "elsewhere" / "sibling"
    sibling = shutil.copytree(own_blood_run.path, elsewhere)
    assert joined_names(own_blood_run, [sibling]) == ["run", "elsewhere/sibling"]
