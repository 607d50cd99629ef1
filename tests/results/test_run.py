from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from hillflow.data import Snapshots
from hillflow.errors import FileFormatError, InputError, MissingFileError
from hillflow.model import Fit
from hillflow.objectives.match import Match
from hillflow.objectives.stage import Stage
from hillflow.results import Run, fit_run
from hillflow.train import train

SHORT = [Stage(Match(), steps=12, cells=32)]


@pytest.fixture(scope="module")
def run(cells, tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "run"
    fit_run("hill", cells, SHORT, seed=2, out=path)
    return path


def test_what_is_in_a_run(run, cells):
    names = {"manifest.json", "model", "data.h5ad", "history.csv", "metrics.json"}
    assert {entry.name for entry in run.iterdir()} == names
    manifest = json.loads((run / "manifest.json").read_text())
    assert manifest["genes"] == list(cells.genes)
    request = manifest["request"]
    assert request["seed"] == 2
    assert (request["data"]["time_unit"], request["data"]["scale"]) == ("h", "log1p")
    assert request["field"]["name"] == "hill"
    assert request["method"]["stages"][0]["steps"] == 12
    assert manifest["versions"]["numpy"] == np.__version__
    assert "/" not in manifest["command"].split()[0]


def test_it_opens_again(run, cells):
    opened = Run.open(str(run))
    assert len(opened.fit) == opened.members == 1
    assert opened.fit.seed == 2
    np.testing.assert_array_equal(opened.data.x, cells.x)
    np.testing.assert_array_equal(opened.data.time, cells.time)
    assert (opened.data.genes, opened.data.scale, opened.data.time_unit) == (
        cells.genes, cells.scale, "h",
    )  # fmt: skip
    pd.testing.assert_frame_equal(opened.history, opened.fit.history, check_exact=True)
    assert opened.metrics == opened.fit.metrics | {"members": [opened.fit[0].metrics]}


def test_it_stands_for_itself_elsewhere(run, tmp_path):
    import shutil

    moved = tmp_path / "elsewhere"
    shutil.copytree(run, moved)
    opened = Run.open(moved)
    assert len(opened.data) == 180
    assert opened.add_metrics(mine={"w1": 0.3}, validation_loss=1.0) == opened.metrics
    assert opened.metrics["mine"] == {"w1": 0.3}
    assert opened.metrics["validation_loss"] == 1.0
    assert "no_change_loss" in opened.metrics
    again = train("hill", opened.data, SHORT, seed=2)  # the data suffice to fit it again
    assert (
        again.provenance["data"]["fingerprint"] == opened.manifest["request"]["data"]["fingerprint"]
    )


def test_courses_and_conditions_come_back_too(courses, tmp_path):
    fit_run("linear", courses, SHORT, out=tmp_path / "run")
    back = Run.open(tmp_path / "run").data
    np.testing.assert_array_equal(back.x, courses.x)
    assert (back.names, back.conditions) == (courses.names, courses.conditions)
    random = np.random.default_rng(0)
    treated = Snapshots.from_arrays(
        random.random((8, 2)), [0, 0, 1, 1] * 2, ("A", "B"),
        ["A=clamp:0.25"] * 4 + ["control"] * 4, min_cells=1, weights=random.random(8),
        labels=list("xyxyxyxy"),
    )  # fmt: skip
    fit_run("linear", treated, SHORT, out=tmp_path / "other")
    back = Run.open(tmp_path / "other").data
    assert back.x.dtype == np.float64
    np.testing.assert_array_equal(back.x, treated.x)
    np.testing.assert_array_equal(back.weights, treated.weights)
    assert [back.conditions[k] for k in back.condition] == [
        treated.conditions[k] for k in treated.condition
    ]


def test_what_is_no_run_is_told(run, tmp_path):
    with pytest.raises(MissingFileError, match="nothing at"):
        Run.open(tmp_path / "none")
    with pytest.raises(MissingFileError, match="the file"):
        Run.open(run / "data.h5ad")
    with pytest.raises(MissingFileError, match="with nothing in it"):
        Run.open(tmp_path)
    with pytest.raises(MissingFileError, match=r"did you mean .*/run\?"):
        Run.open(run.parent)
    with pytest.raises(MissingFileError, match=r"manifest\.json"):
        Run.open(run / "model")


def test_other_and_damaged_manifests_are_told(run, tmp_path):
    manifest = json.loads((run / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "format": "hillflow-run-9"}))
    with pytest.raises(FileFormatError, match="hillflow-run-9"):
        Run.open(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(FileFormatError, match="None"):
        Run.open(tmp_path)
    (tmp_path / "manifest.json").write_text("half a")
    with pytest.raises(FileFormatError, match="damaged"):
        Run.open(tmp_path)
    (tmp_path / "manifest.json").unlink()
    (tmp_path / ".building").mkdir()
    with pytest.raises(InputError, match="interrupted"):
        Run.open(tmp_path)


def test_the_plan_is_computed_once(cells, tmp_path, monkeypatch):
    import sys

    fit_run("hill", cells, SHORT, out=tmp_path / "run")
    (plan,) = (tmp_path / "run/model/plans").glob("*.npz")
    monkeypatch.setattr(
        "hillflow.transport.exact.ExactOT._couple", lambda *_: pytest.fail("coupled again")
    )
    prepare = sys.modules["hillflow.train.prepare"].prepare
    from hillflow.fields import make_field
    from hillflow.objectives.registry import make_method

    prepare(make_field("hill", cells.genes), cells, make_method("default"), cache=plan.parent)


def test_a_model_says_where_it_lies(run):
    assert Fit.load(run / "model").provenance["seed"] == 2
