"""`hillflow laws`: the file, the blocks, the JSON, and mistakes told on one line."""

from __future__ import annotations

import json

import pytest

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
        assert front.best.error_left_out is not None


def test_laws_of_some_genes_join_those_that_the_run_has(own_run, capsys):
    for gene in ("GATA1", "KLF1"):
        assert main(["laws", str(own_run), "--genes", gene, "--parents", "1"]) == 0
    assert list(Laws.load(own_run / "laws.json")) == ["GATA1", "KLF1"]
    said = " ".join(capsys.readouterr().err.split())
    assert "Note: the run keeps the laws of 1 other gene beside these" in said
    assert f"Wrote {own_run / 'laws.json'}" in said
    assert "settings" not in said
    assert main(["laws", str(own_run), "--genes", "KLF1", "--parents", "2"]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "found with other settings: 'GATA1' with parents 1, not 2" in said
    assert Laws.load(own_run / "laws.json").settings("KLF1")["parents"] == 2


def test_blocks_show_formulas_and_errors(run, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("hillflow.progress.EVERY", 0.0)
    out = tmp_path / "laws.json"
    words = ["laws", str(run), "--genes", "KLF1", "--parents", "1", "--also", "FLI1"]
    assert main([*words, "--out", str(out)]) == 0
    shown = capsys.readouterr()
    assert "dKLF1/dt" in shown.out
    assert "beyond" in shown.out
    assert "on the fitted states" in shown.out
    formulas, _, table = shown.out.partition("Constants of the curves")
    assert max(map(len, formulas.splitlines())) <= 80
    assert "KLF1" in table
    assert "in brackets: 95 % intervals" in " ".join(table.split())
    assert "laws: 1 of 1" in shown.err
    assert "FLI1" in Laws.load(out).about["candidates"]["KLF1"]


def read_json(path):
    values = json.loads(path.read_text())
    assert len(values.pop("sha256")) == 64
    return values


def test_json_is_what_the_file_holds(run, found, capsys):
    words = ["laws", str(run), "--genes", "GATA1,KLF1", "--parents", "2", "--out", str(found)]
    before = read_json(found)
    assert main([*words, "--json", "--overwrite"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed.pop("out") == str(found)
    assert printed == read_json(found) == before  # the same seed, the same laws


@pytest.mark.parametrize(
    ("words", "message"),
    [(["--genes", "GATA"], "did you mean"), (["--engine", "templates"], "name of an engine"),
     (["--also", "x"], "known genes in --also"), (["--out", "laws.txt"], ".json"),
     (["--graph", "nowhere.csv"], "nothing at"), (["--genes", ","], "one gene or more"),
     (["--jobs", "0"], "--jobs"), (["--parents", "-1"], "found --parents -1")],
)  # fmt: skip
def test_mistakes_are_told_before_any_work(run, words, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["laws", str(run), *words]) == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.iterdir())
    assert not (run / "laws.json").exists()
