"""``hillflow predict``, ``velocity`` and ``info`` on a small run."""

from __future__ import annotations

import json
import shutil

import anndata
import numpy as np
import pytest

from hillflow.cli import main
from hillflow.data import Snapshots
from hillflow.interventions import Intervention
from hillflow.results import Run
from hillflow.systems.hematopoiesis import RULES

GENES = tuple(RULES)


def call(*words: object) -> int:
    return main([str(word) for word in words])


def test_a_prediction_is_that_of_the_model(run, tmp_path, capsys):
    out = tmp_path / "knockout.h5ad"
    assert call("predict", run, "--out", out, "--perturb", "SPI1=ko", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["perturbation"] == "SPI1=knockout"
    assert [row["time"] for row in result["populations"]] == [8.0, 32.0]
    opened = Run.open(run)
    expected = opened.fit.predict(opened.data, Intervention.knockout("SPI1"))
    written = Snapshots.from_anndata(out)
    np.testing.assert_array_equal(written.x, expected.x)
    assert [c.name for c in written.conditions] == ["SPI1=knockout"]
    control = opened.data.x[opened.data.rows(32.0, Intervention.control())].mean(axis=0)
    shift = dict(zip(GENES, expected.x[expected.time == 32.0].mean(0) - control, strict=True))
    named = result["populations"][1]["changes"]
    assert next(iter(named)) == max(shift, key=lambda gene: abs(shift[gene]))
    assert named == pytest.approx({gene: shift[gene] for gene in named}, abs=1e-3)


def test_other_starts_and_times(run, tmp_path, capsys):
    out = tmp_path / "later.h5ad"
    options = ("--perturb", "GATA1=oe:2", "--start-time", "8 h", "--times", "10,20", "--absolute")
    assert call("predict", run, "--out", out, *options) == 0
    assert "GATA1=overexpression:2" in capsys.readouterr().out
    written = anndata.read_h5ad(out)
    assert sorted(set(written.obs["time"])) == [10.0, 20.0]
    assert call("predict", run, "--out", out, "--overwrite") == 0
    assert set(anndata.read_h5ad(out).obs["perturbation"]) == {"control"}


def test_a_plain_rollout_is_compared_with_that_of_the_control(run, tmp_path, capsys):
    options = ("--perturb", "GATA1=ko", "--times", "32,40", "--absolute", "--json")
    assert call("predict", run, "--out", tmp_path / "far.h5ad", *options) == 0
    shown = capsys.readouterr()
    assert "40 h: later than anything this run was fitted on (32 h)" in shown.err
    result = json.loads(shown.out)
    assert result["against"] == "rolled-out control"
    opened = Run.open(run)
    control, knockout = (
        opened.fit.predict(opened.data, done, [32.0, 40.0], absolute=True).x
        for done in (Intervention.control(), Intervention.knockout("GATA1"))
    )
    count = len(control) // 2
    shift = dict(zip(GENES, knockout[count:].mean(0) - control[count:].mean(0), strict=True))
    named = result["populations"][1]["changes"]
    assert named == pytest.approx({gene: shift[gene] for gene in named}, abs=1e-3)


@pytest.mark.parametrize(
    ("times", "against"),
    [("8", "measured control"), ("40", "measured control at 0 h, the start"),
     ("8,40", "measured control; where there is none, that at 0 h, the start")],
)  # fmt: skip
def test_later_cells_are_compared_with_those_that_were_measured(
    run, tmp_path, capsys, times, against
):
    options = ("--times", times, "--absolute", "--json")
    assert call("predict", run, "--out", tmp_path / "later.h5ad", *options) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["against"] == against
    opened = Run.open(run)
    control = opened.data.take(opened.data.rows(condition=Intervention.control()))
    predicted = anndata.read_h5ad(tmp_path / "later.h5ad")
    for row in result["populations"]:
        time = row["time"] if row["time"] in control.times else 0.0
        mean = predicted.X[predicted.obs["time"] == row["time"]].mean(0)
        shift = mean - control.x[control.time == time].mean(0)
        expected = dict(zip(GENES, shift, strict=True))
        assert row["changes"] == pytest.approx(
            {gene: expected[gene] for gene in row["changes"]}, abs=1e-3
        )


def test_velocities_name_the_keys_that_were_written(run, tmp_path, capsys):
    out = tmp_path / "velocity.h5ad"
    assert call("velocity", run, "--out", out) == 0
    said = " ".join(capsys.readouterr().out.split())
    written = anndata.read_h5ad(out)
    for key in ("velocity", "Ms"):
        assert f"layers['{key}']" in said
        assert np.isfinite(written.layers[key]).all()
    opened = Run.open(run)
    rows = opened.data.rows(condition=Intervention.knockout("GATA1"))
    expected = opened.fit.velocity(
        opened.fit.denoise(opened.data.x[rows]), intervention=Intervention.knockout("GATA1")
    )
    np.testing.assert_allclose(written.layers["velocity"][rows], expected, rtol=1e-5)


def test_an_ensemble_speaks_with_one_voice(ensemble, tmp_path, capsys):
    assert call("velocity", ensemble, "--out", tmp_path / "v.h5ad") == 0
    assert call("predict", ensemble, "--out", tmp_path / "p.h5ad", "--perturb", "GATA1=ko") == 0
    opened = Run.open(ensemble)
    each = [m.predict(opened.data, Intervention.knockout("GATA1")).x for m in opened.fit.members]
    assert not np.allclose(each[0], each[1])
    np.testing.assert_allclose(
        anndata.read_h5ad(tmp_path / "p.h5ad").X, np.mean(each, axis=0), atol=1e-6
    )
    capsys.readouterr()
    assert call("info", ensemble) == 0
    assert "Members     2, with validation losses" in capsys.readouterr().out


def test_runs_of_two_fields_predict_their_mean(run, sparse_run, tmp_path):
    out = tmp_path / "mean.h5ad"
    options = ("--perturb", "GATA1=ko", "--also", str(sparse_run))
    assert main(["predict", str(run), "--out", str(out), *options]) == 0
    both = [Run.open(path) for path in (run, sparse_run)]
    each = [one.fit.predict(both[0].data, "GATA1=ko").x for one in both]
    written = anndata.read_h5ad(out)
    np.testing.assert_allclose(written.X, np.mean(each, axis=0), rtol=1e-5)
    about = written.uns["hillflow"]
    assert len(about["prediction"]["models"]) == about["params"]["members"] == 2
    assert about["params"]["field"] == "linear, sparse"


def test_info_in_words_and_as_json(run, capsys):
    assert call("info", run) == 0
    said = capsys.readouterr().out
    assert "validation loss" in said
    assert "Left out    control at 16 h" in said
    assert "Command     " in said
    assert call("info", run, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["manifest"]["request"]["seed"] == 0
    assert found["metrics"] == Run.open(run).metrics


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--perturb", "GATA=ko"], "or 'GATA1'?"),
        (["--perturb", "GATA1=explode"], "one of knockout"),
        (["--perturb", "GATA1=kd"], "write GATA1=knockdown:0.5"),
        (["--perturb", "GATA1=ko", "--times", "9"], "times at which control cells"),
        (["--times", "soon"], "times as numbers or labels"),
        (["--start-time", "16"], "one of the times 0 h, 8 h, 32 h"),
        (["--start-time", "32"], "times after the start"),
    ],
)
def test_mistakes_in_a_prediction_write_nothing(run, tmp_path, capsys, options, message):
    assert call("predict", run, "--out", tmp_path / "out.h5ad", *options) == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["predict", "velocity"])
def test_files_are_not_overwritten_unless_asked(run, tmp_path, capsys, name):
    out = tmp_path / "out.h5ad"
    out.write_text("mine")
    assert call(name, run, "--out", out) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert out.read_text() == "mine"
    assert call(name, run, "--out", tmp_path / "out.csv") == 2
    assert "write out.h5ad" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["predict", "velocity"])
def test_the_cells_of_the_run_are_never_written_over(run, capsys, name):
    cells = run / "data.h5ad"
    before = cells.read_bytes()
    assert call(name, run, "--out", cells, "--overwrite") == 2
    assert "not a file of a fit, found data.h5ad of the run" in capsys.readouterr().err
    assert cells.read_bytes() == before


def test_a_damaged_run_names_the_file_and_what_to_do(run, tmp_path, capsys):
    def damaged(part):
        copy = tmp_path / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(run, copy)
        return copy, copy / part

    copy, tensors = damaged("model/member-0/model.safetensors")
    tensors.write_bytes(tensors.read_bytes()[:100])
    assert call("info", copy) == 2
    said = capsys.readouterr().err
    assert str(tensors) in said
    assert "damaged run: model/member-0/model.safetensors: changed since it was written" in said
    assert "copy the run again, or fit again" in said
    copy, cells = damaged("data.h5ad")
    cells.unlink()
    assert call("graph", copy) == 2
    assert "found damaged run: data.h5ad: missing" in capsys.readouterr().err
    copy, model = damaged("model")
    shutil.rmtree(model)
    assert call("knockout", copy, "--all") == 2
    assert "copy the run again" in capsys.readouterr().err


def test_what_is_no_run_is_said(run, blood, tmp_path, capsys):
    for path, message in (
        (tmp_path / "no", "nothing at"),
        (tmp_path, "nothing in it"),
        (blood, "the file"),
        (run.parent, "did you mean"),
    ):
        assert call("info", path) == 2
        assert message in " ".join(capsys.readouterr().err.split())
