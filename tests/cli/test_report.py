import importlib
import json

from hillflow.cli import main

importlib.import_module("hillflow.cli.report")


def call(*words: object) -> int:
    return main([str(word) for word in words])


def test_the_page_lies_in_the_run_and_its_path_is_said(run, capsys):
    assert call("report", run) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert (run / "report.html").is_file()
    assert "report.html (" in said
    assert "open it in a browser" in said


def test_another_file_as_json(run, tmp_path, capsys):
    out = tmp_path / "page.html"
    assert call("report", run, "--out", out, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["out"] == str(out)
    assert 0 < found["megabytes"] < 5
    assert "left out of training it predicts" in out.read_text(encoding="utf-8")


def test_mistakes_take_one_message(run, tmp_path, capsys):
    assert call("report", tmp_path) == 2
    assert "Expected a run directory" in capsys.readouterr().err
    assert call("report", run, "--out", tmp_path / "page.pdf") == 2
    assert "ends in .html" in " ".join(capsys.readouterr().err.split())
