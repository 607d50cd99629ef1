"""``hillflow fit``: what it writes, what it says, how it stops and goes on."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import anndata
import numpy as np
import pytest

from hillflow.cli import main
from hillflow.results import Run
from hillflow.systems import build_system, simulate_trajectories

MODEL = "model/member-0/model.safetensors"
SKETCH = ("--field", "linear", "--effort", "0.02")


def train(data: Path, out: Path, *options: object) -> int:
    words = ["fit", data, "--time", "time", "--out", out, *options]
    return main([str(word) for word in words])


def test_a_run_stands_for_itself(run):
    opened = Run.open(run)
    assert opened.fit.field.name == "linear"
    assert opened.manifest["request"]["method"]["name"] == "default"
    assert list(opened.data.times) == [0.0, 8.0, 32.0]  # what was left out is not there
    names = {path.name for path in run.iterdir()}
    assert {"manifest.json", "model", "data.h5ad", "history.csv", "metrics.json"} <= names


def test_what_was_left_out_is_scored_beside_no_change(run):
    rows = Run.open(run).metrics["left_out"]
    assert [row["perturbation"] for row in rows] == ["control", "GATA1=knockout", "SPI1=knockout"]
    assert all(row["time"] == 16.0 and row["cells"] == 30 for row in rows)
    for row in rows:
        assert min(row["w1"], row["energy"], row["no_change_w1"], row["no_change_energy"]) > 0
        assert row["floor_w1"] > 0


def test_the_result_as_json_and_the_same_bytes_again(blood, tmp_path, capsys):
    results = []
    for name in ("one", "two"):
        assert train(blood, tmp_path / name, *SKETCH, "--seed", 3, "--json") == 0
        results.append(json.loads(capsys.readouterr().out))
    assert results[0]["metrics"] == results[1]["metrics"]
    assert results[0]["metrics"]["validation_loss"] > 0
    assert "model" in results[0]["files"]
    one, two = ((tmp_path / n / MODEL).read_bytes() for n in ("one", "two"))
    assert one == two


def test_a_perturbation_is_left_out_and_predicted(blood, tmp_path, capsys):
    out = tmp_path / "run"
    assert train(blood, out, *SKETCH, "--leave-out-perturbation", "GATA1") == 0
    shown = capsys.readouterr()
    assert "Left out    GATA1=knockout at 32 h: W1" in shown.out
    assert "other perturbations" in shown.out
    said = " ".join(shown.err.split())
    assert f"Wrote {out}: data.h5ad, history.csv, manifest.json, metrics.json, model" in said
    opened = Run.open(out)
    assert [c.name for c in opened.data.conditions] == ["control", "SPI1=knockout"]
    assert len(opened.metrics["left_out"]) == 3


def test_left_out_cells_that_cannot_be_scored_are_named(blood, tmp_path, capsys):
    out = tmp_path / "run"
    words = ("--leave-out-time", 32, "--leave-out-perturbation", "GATA1")
    assert train(blood, out, *SKETCH, *words) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Not scored GATA1=knockout at 0 h: 0 h is the starting time" in shown
    assert "GATA1=knockout at 32 h: the cells to predict them from are missing" in shown


def test_a_run_that_is_no_better_than_doing_nothing_says_where(run, monkeypatch):
    scores = [
        {"perturbation": "control", "time": 16.0, "w1": 2.0, "no_change_w1": 1.0, "floor_w1": 0.5},
        {"perturbation": "KLF1=knockout", "time": 32.0, "w1": 1.0, "no_change_w1": 3.0},
    ]
    monkeypatch.setattr(Run, "metrics", {"left_out": scores})
    text = str(Run.open(run))
    assert "control at 16 h: W1 2, not better than no change (no change 1, two samples 0.5)" in text
    assert "KLF1=knockout at 32 h: W1 1, better than no effect (no effect 3)" in text
    assert (
        "no better (W1) than predicting no change for 1 of the 2 left-out populations: control"
        in text
    )


def test_a_prior_is_a_mask(blood, tmp_path, capsys):
    out = tmp_path / "run"
    assert train(blood, out, "--prior", "hematopoiesis", "--field", "hill", "--effort", "0.01") == 0
    field = Run.open(out).fit.field
    assert (field.name, len(field.edges)) == ("hill", 30)
    assert "Krumsiek" in capsys.readouterr().err


def test_an_ensemble(blood, tmp_path, capsys):
    out = tmp_path / "run"
    assert train(blood, out, *SKETCH, "--ensemble", 2, "--leave-out-time", 16) == 0
    opened = Run.open(out)
    assert opened.members == len(opened.fit.members) == 2
    assert len(opened.metrics["left_out"]) == 3
    assert "Members     2, with" in capsys.readouterr().out


def test_series_are_fitted_along_their_courses(tmp_path, capsys):
    simulated = simulate_trajectories(build_system("toggle"), [0.0, 1.0, 2.0, 4.0], cells=12)
    simulated.to_anndata().write_h5ad(tmp_path / "toggle.h5ad")
    out = tmp_path / "run"
    assert train(tmp_path / "toggle.h5ad", out, "--series", "series", "--effort", "0.01") == 0
    request = Run.open(out).manifest["request"]
    assert (request["field"]["name"], request["method"]["name"]) == ("hill-dense", "phoenix")
    assert request["data"]["kind"] == "trajectories"
    assert main(["predict", str(out), "--out", str(tmp_path / "p.h5ad")]) == 2
    assert "a run on snapshots" in capsys.readouterr().err
    assert train(tmp_path / "toggle.h5ad", tmp_path / "other", "--series", "series",
               "--leave-out-time", 1) == 2  # fmt: skip
    assert "leave these rows out" in capsys.readouterr().err


def test_an_interrupted_fit_goes_on_to_the_same_result(blood, tmp_path, capsys, monkeypatch):
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    assert train(blood, whole, *SKETCH) == 0
    from hillflow.train.checkpoint import CheckpointWriter

    after_step, steps = CheckpointWriter.after_step, []

    def stop_at_step_20(self, loop, stage, loss):
        after_step(self, loop, stage, loss)
        steps.append(loss)
        if len(steps) == 20:
            raise KeyboardInterrupt

    monkeypatch.setattr(CheckpointWriter, "after_step", stop_at_step_20)
    assert train(blood, stopped, *SKETCH) == 130
    said = " ".join(capsys.readouterr().err.split())
    assert f"{stopped} keeps what was done" in said
    assert "--resume" in said
    monkeypatch.undo()
    assert main(["info", str(stopped)]) == 2
    assert "interrupted" in capsys.readouterr().err
    assert train(blood, stopped, *SKETCH, "--resume") == 0
    one, two = ((p / MODEL).read_bytes() for p in (whole, stopped))
    assert one == two


def test_resuming_nothing_begins(blood, tmp_path):
    assert train(blood, tmp_path / "run", *SKETCH, "--resume") == 0
    assert Run.open(tmp_path / "run").fit.field.name == "linear"


def test_a_finished_run_is_left_as_it_is_and_it_is_said(blood, tmp_path, capsys):
    run = tmp_path / "run"
    assert train(blood, run, *SKETCH) == 0
    assert "Wrote" in capsys.readouterr().err
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    assert train(blood, run, *SKETCH, "--resume") == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "is already finished, and was not fitted again" in said
    assert "Wrote" not in said
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
    assert "fit.already-finished" not in [one.code for one in Run.open(run).findings]


def test_a_score_is_made_once(blood, run, monkeypatch):
    def scored_again(*_):
        raise AssertionError("the left-out cells were looked at twice")

    monkeypatch.setattr("hillflow.workflow._fit.score_left_out", scored_again)
    options = ("--field", "linear", "--effort", "0.05", "--leave-out-time", 16, "--resume")
    before = (run / "metrics.json").read_bytes()
    assert train(blood, run, *options) == 0
    assert (run / "metrics.json").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--field", "hil"], "did you mean 'hill'"),
        (["--method", "ot-cmf"], "did you mean 'ot-cfm'"),
        (["--method", "foo"], "`hillflow methods methods` lists all"),
        (["--field", "foo"], "`hillflow methods fields` lists all"),
        (["--field", "linear", "--method", "phoenix"], "trajectories"),
        (["--perturbation", "pertubation"], "did you mean 'perturbation'"),
        (["--layer", "protien"], "did you mean 'protein'"),
        (["--leave-out-time", "9"], "one of the times 0 h, 8 h, 16 h, 32 h"),
        (["--leave-out-time", "0"], "leave out a later time"),
        (["--leave-out-perturbation", "GATA2"], "did you mean"),
        (["--prior", "hematopoesis"], "did you mean 'hematopoiesis'"),
        (["--prior", "hematopoiesis", "--field", "auto"], "add --field hill"),
        (["--prior", "hematopoiesis", "--field", "mlp"], "can use a prior"),
        (["--free-edges", "all"], "no --prior"),
        (["--resume", "--overwrite"], "either resume or overwrite"),
        (["--effort", "0"], "effort above 0"),
        (["--threads", "0"], "threads of at least 1"),
        (["--ensemble", "0"], "ensemble"),
        (["--normalize"], "leave --normalize out"),
        (["--efficacy", "1.5"], "an efficacy above 0 and at most 1"),
        (["--efficacy", "lern"], "write --efficacy 0.8, for example, or --efficacy 'learn'"),
        (["--leave-out-time", "soon"], "times as numbers or labels"),
    ],
)
def test_mistakes_are_one_message_and_write_nothing(blood, tmp_path, capsys, options, message):
    assert train(blood, tmp_path / "run", *options) == 2
    error = " ".join(capsys.readouterr().err.split())
    assert message in error
    assert "Traceback" not in error
    assert not list(tmp_path.iterdir())


def test_missing_data_and_folders_that_hold_something(blood, run, tmp_path, capsys):
    assert train(tmp_path / "blod.h5ad", tmp_path / "run") == 2
    assert "nothing there" in capsys.readouterr().err
    assert train(blood, run, *SKETCH) == 2
    assert "--overwrite" in capsys.readouterr().err
    (tmp_path / "mine.txt").write_text("mine")
    assert train(blood, tmp_path, *SKETCH) == 2
    assert "a new or empty folder" in capsys.readouterr().err
    assert train(blood, tmp_path, *SKETCH, "--resume") == 2
    assert "which is no run" in " ".join(capsys.readouterr().err.split())
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_resuming_with_something_else_is_refused(blood, run, capsys):
    assert train(blood, run, *SKETCH, "--leave-out-time", 16, "--resume") == 2
    assert "the inputs with which the run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--leave-out-time", "8"], "data"),
        (["--leave-out-time", "16", "--seed", "1"], "seed"),
        (["--leave-out-time", "16", "--ensemble", "3"], "members"),
    ],
)
def test_another_request_is_refused_before_a_field_is_chosen(
    blood, run, capsys, monkeypatch, options, named
):
    def chosen(*_: object) -> None:
        raise AssertionError("the fields were tried first")

    monkeypatch.setattr(
        importlib.import_module("hillflow.train.training_plan"), "choose_field", chosen
    )
    assert train(blood, run, "--field", "auto", *options, "--resume") == 2
    said = " ".join(capsys.readouterr().err.split())
    assert named in said.partition("found another ")[2].partition(".")[0].split(", ")
    assert "pass the same data, field, method, seed and setting" in said


def test_knockouts_that_hide_a_share_of_the_gene_and_the_unit_of_time(blood, tmp_path, capsys):
    plain = anndata.read_h5ad(blood)
    del plain.uns["hillflow"]
    plain.write_h5ad(tmp_path / "plain.h5ad")
    words = (*SKETCH, "--time-unit", "min", "--efficacy", 0.7)
    assert train(tmp_path / "plain.h5ad", tmp_path / "run", *words) == 0
    said = capsys.readouterr().out
    assert "hide 70% of a gene from its targets, as given" in said
    assert "per min" in said
    assert Run.open(tmp_path / "run").fit.efficacy == 0.7


def test_a_field_that_cannot_use_a_prior_is_all_that_is_said(blood, tmp_path, capsys):
    words = ("--prior", "hematopoiesis", "--field", "mlp")
    assert train(blood, tmp_path / "run", *words) == 2
    assert capsys.readouterr().err.startswith("Error: Expected a field that can use a prior")


def test_counts_are_fitted_as_they_are_unless_asked(blood, tmp_path, capsys):
    counts = anndata.read_h5ad(blood)
    counts.X = np.round(counts.X * 50)
    del counts.uns["hillflow"]["scale"]
    counts.write_h5ad(tmp_path / "counts.h5ad")
    assert train(tmp_path / "counts.h5ad", tmp_path / "run", *SKETCH, "--normalize") == 0
    assert Run.open(tmp_path / "run").fit.scale == "log1p"
    capsys.readouterr()
    assert train(tmp_path / "counts.h5ad", tmp_path / "raw", *SKETCH) == 0
    assert "--normalize" in capsys.readouterr().err


def test_help_shows_an_example_and_loads_nothing_heavy(capsys):
    for name in ("fit", "predict", "velocity", "info", "methods"):
        assert main([name, "--help"]) == 0
        assert "Example: hillflow" in capsys.readouterr().out
    code = (
        "import sys; from hillflow.cli import main; main(['fit', '--help']); "
        "print([m for m in ('torch', 'anndata', 'pandas', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
