import json

import anndata
import pytest

from hillflow.cli import main


def call(*words: object) -> int:
    return main([str(word) for word in words])


@pytest.mark.usefixtures("unrendered")
def test_the_page_lies_in_the_run_and_its_path_is_said(own_run, capsys):
    assert call("report", own_run) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert (own_run / "report.html").is_file()
    assert "report.html (" in said
    assert "open it in a browser" in said


def test_another_file_as_json(run, tmp_path, capsys):
    out = tmp_path / "page.html"
    assert call("report", run, "--out", out, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["out"] == str(out)
    assert 0 < found["megabytes"] < 5
    assert "left out of training, it predicts" in out.read_text(encoding="utf-8")


def test_mistakes_take_one_message(run, tmp_path, capsys):
    assert call("report", tmp_path) == 2
    assert "Expected a run directory" in capsys.readouterr().err
    assert call("report", run, "--out", tmp_path / "page.pdf") == 2
    assert "ends in .html" in " ".join(capsys.readouterr().err.split())


@pytest.mark.usefixtures("unrendered")
def test_a_run_without_untouched_cells_has_its_laws_and_its_page(blood, tmp_path):
    cells = anndata.read_h5ad(blood)
    cells[cells.obs["perturbation"] != "control"].copy().write_h5ad(tmp_path / "cells.h5ad")
    run = tmp_path / "run"
    words = ("--field", "linear", "--effort", 0.01)
    assert call("fit", tmp_path / "cells.h5ad", "--time", "time", "--out", run, *words) == 0
    assert call("laws", run, "--genes", "GATA1", "--parents", 1) == 0
    assert call("report", run) == 0
    assert (run / "report.html").is_file()


def test_long_work_says_what_it_is_at(run, tmp_path, capsys):
    assert main(["report", str(run), "--out", str(tmp_path / "page.html")]) == 0
    assert "drawing the figures of the report" in capsys.readouterr().err
    assert main(["graph", str(run), "--out", str(tmp_path / "edges.csv")]) == 0
    assert "inferring the network of 11 genes from the fit" in capsys.readouterr().err
