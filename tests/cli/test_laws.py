"""`hillflow laws`: the file, the table, the JSON, and mistakes told on one line."""

from __future__ import annotations

import json

import pytest

import hillflow.cli.laws  # noqa: F401  (registers the command)
from hillflow.cli import main
from hillflow.symbolic import Laws


@pytest.fixture(scope="module")
def found(run, tmp_path_factory):
    """Laws of two genes of the sketch of a fit."""
    out = tmp_path_factory.mktemp("laws") / "laws.json"
    words = ["laws", str(run), "--genes", "GATA1,KLF1", "--parents", "2", "--out", str(out)]
    assert main(words) == 0
    return out


def test_the_file_holds_a_front_a_gene(found):
    laws = Laws.load(found)
    assert list(laws) == ["GATA1", "KLF1"]
    assert laws.about["field"] == "linear"
    assert all(len(names) <= 2 for names in laws.about["candidates"].values())
    assert laws.time_unit == "h"
    for front in laws.values():
        assert front.best.decay > 0
        assert front.best.error_held is not None


def test_the_table_shows_formulas_and_errors(run, tmp_path, capsys):
    out = tmp_path / "laws.json"
    words = ["laws", str(run), "--genes", "KLF1", "--parents", "1", "--also", "FLI1"]
    assert main([*words, "--out", str(out)]) == 0
    shown = capsys.readouterr()
    assert "dKLF1/dt" in shown.out
    assert "beyond" in shown.out
    assert "laws: 1 of 1" in shown.err
    assert "FLI1" in Laws.load(out).about["candidates"]["KLF1"]


def test_json_is_what_the_file_holds(run, found, capsys):
    words = ["laws", str(run), "--genes", "GATA1,KLF1", "--parents", "2", "--out", str(found)]
    before = json.loads(found.read_text())
    assert main([*words, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed.pop("out") == str(found)
    assert printed == json.loads(found.read_text()) == before  # the same seed, the same laws


@pytest.mark.parametrize(
    ("words", "message"),
    [(["--genes", "GATA"], "did you mean"), (["--engine", "templates"], "name of an engine"),
     (["--also", "x"], "genes of the model"), (["--out", "laws.txt"], ".json"),
     (["--graph", "nowhere.csv"], "nothing at")],
)  # fmt: skip
def test_mistakes_are_told_before_any_work(run, words, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["laws", str(run), *words]) == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.iterdir())
    assert not (run / "laws.json").exists()
