from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch

from hillflow.data import Snapshots
from hillflow.errors import GeneNameError, HillflowError, InputError, UnsupportedError
from hillflow.fields import VectorField, make_field
from hillflow.interventions import Intervention
from hillflow.model import Fit
from hillflow.objectives.match import Match
from hillflow.objectives.stage import Stage
from hillflow.results import Run, fit_run
from hillflow.results.building import BUILDING, HOLDER, LOCK, run_lock
from hillflow.train import Setting, train
from hillflow.train.checkpoint import load_checkpoint
from hillflow.train.choose_field import choose_field
from hillflow.train.training_plan import plan_training

from ..small_fits import GENES, Stopped, content, snapshots, stages_of_a_fit, stopping_at

SHORT = [Stage(Match(), steps=15, cells=32)]
CHECKPOINT = f"{BUILDING}/model/member-0.training/checkpoint.safetensors"


# Interruption ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def unbroken(cells, tmp_path_factory):
    """The run of `fit_run("hill", cells, stages, seed=1)`."""
    whole = tmp_path_factory.mktemp("unbroken") / "whole"
    fit_run("hill", cells, stages_of_a_fit(), seed=1, out=whole)
    return whole


@pytest.mark.parametrize("step", [1, 30, 61, 90])
def test_an_interrupted_fit_ends_as_an_unbroken_one(cells, stages, unbroken, tmp_path, step):
    with pytest.raises(Stopped):
        fit_run("hill", cells, stages, seed=1, out=tmp_path / "run", progress=stopping_at(step))
    with pytest.raises(InputError, match=r"interrupted.*--resume"):
        Run.open(tmp_path / "run")
    fit_run("hill", cells, stages, seed=1, out=tmp_path / "run", resume=True)
    assert content(tmp_path / "run") == content(unbroken)
    for name in ("history.csv", "metrics.json"):
        assert (tmp_path / "run" / name).read_bytes() == (unbroken / name).read_bytes()
    assert not (tmp_path / "run" / BUILDING).exists()


def test_control_c_leaves_a_checkpoint_and_passes_on(cells, stages, tmp_path):
    setting = Setting(checkpoint_seconds=1e9)
    with pytest.raises(KeyboardInterrupt):
        fit_run("hill", cells, stages, out=tmp_path / "run", setting=setting,
            progress=stopping_at(55, KeyboardInterrupt))  # fmt: skip
    (request,) = plan_training("hill", cells, stages, setting=setting).requests
    assert load_checkpoint(tmp_path / "run" / CHECKPOINT, request.digest).step == 50


def test_interrupted_again_and_again(cells, stages, tmp_path):
    fit_run("linear", cells, stages, out=tmp_path / "whole")
    for resume in (False, True, True):
        with pytest.raises(Stopped):
            fit_run("linear", cells, stages, out=tmp_path / "run", resume=resume,
                progress=stopping_at(27))  # fmt: skip
    fit_run("linear", cells, stages, out=tmp_path / "run", resume=True)
    assert content(tmp_path / "run") == content(tmp_path / "whole")


def test_interrupted_while_cells_are_coupled(cells, stages, tmp_path):
    def stop(what, done, total):
        raise Stopped

    with pytest.raises(Stopped):
        fit_run("linear", cells, stages, out=tmp_path / "run", progress=stop)
    again = fit_run("linear", cells, stages, out=tmp_path / "run", resume=True)
    alone = train("linear", cells, stages)
    assert torch.equal(again.fit.field.edge_weights(), alone.field.edge_weights())


def test_killed_and_resumed(cells, tmp_path):
    cells.to_anndata().write_h5ad(tmp_path / "cells.h5ad")
    script = textwrap.dedent("""
        from hillflow.data import Snapshots
        from hillflow.train import Setting
        from hillflow.results import fit_run
        from hillflow.objectives.match import Match
        from hillflow.objectives.stage import Stage

        def tell(what, done, total):
            if what.startswith("stage") and done in (1, 30):
                print(done, flush=True)

        cells = Snapshots.from_anndata("cells.h5ad")
        fit_run("linear", cells, [Stage(Match(), steps=90, cells=64)], out="run",
            setting=Setting(checkpoint_seconds=0.0), progress=tell)
        """)
    call = [sys.executable, "-c", script]
    with subprocess.Popen(call, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().strip() == "1"
        assert process.stdout.readline().strip() == "30"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert (tmp_path / "run" / CHECKPOINT).is_file()
    assert not (tmp_path / "run/model").exists()
    read = Snapshots.from_anndata(tmp_path / "cells.h5ad")
    stages = [Stage(Match(), steps=90, cells=64)]
    fit_run("linear", read, stages, out=tmp_path / "run", resume=True)
    train("linear", read, stages).save(tmp_path / "whole")
    assert content(tmp_path / "run") == content(tmp_path / "whole")


def test_resuming_something_else_is_refused(cells, stages, tmp_path):
    run = tmp_path / "run"
    with pytest.raises(Stopped):
        fit_run("linear", cells, stages, out=run, progress=stopping_at(30))
    kept = (run / CHECKPOINT).read_bytes()
    other = dataclasses.replace(cells, x=cells.x + 1e-3)
    for named, arguments in {
        "field": ("hill", cells, stages),
        "data": ("linear", other, stages),
        "method": ("linear", cells, stages[:1]),
    }.items():
        with pytest.raises(InputError, match=f"another {named}\\."):
            fit_run(*arguments, out=run, resume=True)
    with pytest.raises(InputError, match="another seed"):
        fit_run("linear", cells, stages, seed=1, out=run, resume=True)
    with pytest.raises(InputError, match="another setting"):
        fit_run("linear", cells, stages, setting=Setting(check_every=10), out=run, resume=True)
    assert (run / CHECKPOINT).read_bytes() == kept
    # what changes no number may differ
    fit_run("linear", cells, stages, setting=Setting(checkpoint_seconds=3), out=run, resume=True)


def test_resuming_nothing_begins(cells, stages, tmp_path):
    with pytest.raises(InputError, match="out="):
        fit_run("linear", cells, stages, resume=True)
    fit_run("linear", cells, stages, out=tmp_path / "plain")
    (tmp_path / "empty").mkdir()
    for name in ("new", "empty"):
        fit_run("linear", cells, stages, out=tmp_path / name, resume=True)
        assert content(tmp_path / name) == content(tmp_path / "plain")


def test_a_finished_run_is_kept_unless_asked(cells, stages, tmp_path):
    run = tmp_path / "run"
    fit_run("linear", cells, stages, out=run)
    (run / "notes.txt").write_text("mine")
    (run / "edges.csv").write_text("of the old model")
    before = content(run)
    with pytest.raises(InputError, match=r"a finished run.*overwrite"):
        fit_run("linear", cells, stages, seed=1, out=run)
    again = fit_run("linear", cells, stages, out=run, resume=True, progress=stopping_at(1))
    there = Fit.load(run / "model")
    assert torch.equal(again.fit.field.edge_weights(), there.field.edge_weights())
    assert content(run) == before
    fit_run("linear", cells, stages, seed=1, out=run, overwrite=True)
    assert content(run) != before
    assert (run / "notes.txt").read_text() == "mine"
    assert not (run / "edges.csv").exists()


def test_an_old_run_stays_whole_until_the_new_one_is_finished(cells, stages, tmp_path):
    run = tmp_path / "run"
    fit_run("linear", cells, SHORT, members=3, out=run)
    (run / "edges.csv").write_text("of the old fit")
    (run / "checkpoint_notes.md").write_text("mine")
    (run / "model/notes.md").write_text("mine")
    before = {p: p.read_bytes() for p in sorted(run.rglob("*")) if p.is_file()}
    with pytest.raises(Stopped):
        fit_run("linear", cells, stages, seed=1, out=run, overwrite=True, progress=stopping_at(70))
    assert {p: p.read_bytes() for p in before} == before
    assert len(Run.open(run).fit) == 3
    fit_run("linear", cells, stages, seed=1, out=run, resume=True)
    assert len(Run.open(run).fit) == 1
    assert content(run) != before[run / "model/member-0/model.safetensors"]
    names = {str(p.relative_to(run)) for p in run.rglob("*") if p.is_file()}
    assert {"checkpoint_notes.md", "model/notes.md"} < names
    assert not any("edges" in name or "member-1" in name for name in names)


def test_publishing_that_was_cut_short_is_finished_on_opening(cells, tmp_path, monkeypatch):
    run = tmp_path / "run"
    fit_run("linear", cells, SHORT, out=run)
    import os

    real, moves = os.replace, []

    def replace_some(source, target):
        if BUILDING in str(source) and "part" not in str(source):
            moves.append(target)
            if len(moves) == 3:
                raise Stopped
        real(source, target)

    monkeypatch.setattr("hillflow.results.building.os.replace", replace_some)
    with pytest.raises(Stopped):
        fit_run("linear", cells, SHORT, seed=1, out=run, overwrite=True)
    monkeypatch.undo()
    fit_run("linear", cells, SHORT, seed=1, out=tmp_path / "whole")
    assert Run.open(run).manifest["asked"]["seed"] == 1
    assert content(run) == content(tmp_path / "whole")
    assert not (run / BUILDING).exists()


def test_two_fits_into_one_folder_are_refused(cells, stages, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    with run_lock(run):
        with pytest.raises(InputError, match=r"found process \d+ on .*, since"):
            fit_run("linear", cells, stages, out=run)
        assert {entry.name for entry in run.iterdir()} == {LOCK, HOLDER}
    fit_run("linear", cells, stages, out=run)


def test_a_contest_that_was_interrupted_goes_on(tmp_path, monkeypatch):
    data = snapshots(times=(0.0, 1.0, 2.0, 4.0))
    short = Setting(effort=0.5)
    fit_run("auto", data, SHORT, out=tmp_path / "whole", setting=short)
    with pytest.raises(Stopped):
        fit_run("auto", data, SHORT, out=tmp_path / "run", setting=short, progress=stopping_at(20))
    kept = sorted((tmp_path / "run" / BUILDING / "contest").glob("*/model.json"))
    assert kept
    times = [path.stat().st_mtime_ns for path in kept]

    def interrupted_at_the_end(*args, **options):
        choice = choose_field(*args, **options)
        assert [path.stat().st_mtime_ns for path in kept] == times
        return choice

    monkeypatch.setattr(
        sys.modules["hillflow.train.training_plan"], "choose_field", interrupted_at_the_end
    )
    fit_run("auto", data, SHORT, out=tmp_path / "run", setting=short, resume=True)
    assert content(tmp_path / "run") == content(tmp_path / "whole")
    assert Run.open(tmp_path / "run").manifest == Run.open(tmp_path / "whole").manifest


def test_the_run_of_several_members(cells, tmp_path):
    def same(one, other):
        one, other = (m.heads.state_dict() for m in (one, other))
        return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)

    ensemble = train("linear", cells, SHORT, members=3, seed=4)
    run = tmp_path / "run"
    seen = []

    def stop(what, done, total):
        if what == "members":
            seen.append((what, done, total))
            if done == 2:
                raise Stopped

    with pytest.raises(Stopped):
        fit_run("linear", cells, SHORT, members=3, seed=4, out=run, progress=stop)
    assert seen == [("members", 1, 3), ("members", 2, 3)]
    with pytest.raises(InputError, match="interrupted"):
        Run.open(run)
    kept = (run / BUILDING / "model/member-0/model.json").stat().st_mtime_ns
    with pytest.raises(InputError, match="another members"):
        fit_run("linear", cells, SHORT, members=4, seed=4, out=run, resume=True)
    with pytest.raises(InputError, match="another"):
        fit_run("linear", cells, SHORT, seed=4, out=run, resume=True)
    fit_run("linear", cells, SHORT, members=3, seed=4, out=run, resume=True)
    assert (run / "model/member-0/model.json").stat().st_mtime_ns == kept
    opened = Run.open(run)
    assert opened.members == len(opened.fit) == 3
    assert all(same(one, other) for one, other in zip(opened.fit.members, ensemble, strict=True))
    assert list(opened.history["member"]) == [0, 1, 2]
    assert len(opened.metrics["members"]) == 3
    assert sorted(path.name for path in (run / "model").iterdir()) == [
        "member-0", "member-1", "member-2",
    ]  # fmt: skip
    again = fit_run("linear", cells, SHORT, members=3, seed=4, out=run, resume=True)
    assert all(same(one, other) for one, other in zip(again.fit, ensemble, strict=True))


# Refusals ----------------------------------------------------------------------------------


class Odd(VectorField):
    def forward(self, t, x):
        return -x


def refusals(cells, courses):
    negative = dataclasses.replace(cells, x=cells.x - 1)
    lines = Intervention.overexpression("A", factor=2.0)
    treated = dataclasses.replace(
        cells, conditions=(lines,), condition=np.zeros(len(cells), dtype=np.int32)
    )
    return {
        "negative data": (("hill", negative), InputError, "at least 0"),
        "other genes": ((make_field("linear", ("A", "B", "X")), cells), GeneNameError, "'X'"),
        "other order": ((make_field("linear", GENES[::-1]), cells), GeneNameError, "in its order"),
        "method and field": (("hill", cells, "action-matching"), UnsupportedError, "potential"),
        "method and data": (("linear", courses, "ot-cfm"), UnsupportedError, "trajectories"),
        "no such field": (("hil", cells), InputError, "did you mean 'hill'"),
        "no such method": (("hill", cells, "ot-cmf"), InputError, "ot-cfm"),
        "no stages": (("hill", cells, []), InputError, "an empty list"),
        "no stage": (("hill", cells, [Match()]), InputError, "a list with Match"),
        "no such head": (
            ("hill", cells, [Stage(Match(), train=("score",))]), InputError, "'score'"),
        "velocities": (("sparse-second-order", cells), UnsupportedError, "velocities"),
        "impossible": (("mlp", treated), UnsupportedError, "production/decay split"),
        "unknown to loading": ((Odd(GENES), cells), UnsupportedError, "register"),
    }  # fmt: skip


@pytest.mark.parametrize("which", list(refusals(snapshots(), None)))
def test_refused_before_any_work_and_any_writing(cells, courses, tmp_path, which, monkeypatch):
    def worked(*_, **__):
        raise AssertionError("work was begun")

    module = sys.modules["hillflow.train.prepare"]
    monkeypatch.setattr(module, "fit_plan", worked)
    monkeypatch.setattr(module, "leave_out_cells", worked)
    arguments, error, words = refusals(cells, courses)[which]
    with pytest.raises(error, match=words) as caught:
        fit_run(*arguments, out=tmp_path / "run")
    assert isinstance(caught.value, HillflowError)
    assert not list(tmp_path.iterdir())


def test_a_folder_of_something_else_is_left_alone(cells, stages, tmp_path):
    (tmp_path / "thesis.tex").write_text("…")
    with pytest.raises(InputError, match=r"thesis\.tex.*no run"):
        fit_run("linear", cells, stages, out=tmp_path, overwrite=True)
    with pytest.raises(InputError, match="the file"):
        fit_run("linear", cells, stages, out=tmp_path / "thesis.tex")
    with pytest.raises(FileNotFoundError, match="mkdir -p"):
        fit_run("linear", cells, stages, out=tmp_path / "no" / "run")
    with pytest.raises(InputError, match="either resume or overwrite"):
        fit_run("linear", cells, stages, out=tmp_path / "run", resume=True, overwrite=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.tex"]
