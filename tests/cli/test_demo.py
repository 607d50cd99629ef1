"""``hillflow demo``: the story that it tells, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from hillflow.cli import main
from hillflow.train import settle
from hillflow.workflow import _demo
from hillflow.workflow._demo import DemoResult, DemoSize

from ..page_blocks import few_cells

SMALL = DemoSize(40, 2, 0.02, jobs=1)


@pytest.mark.usefixtures("unrendered")
def test_it_tells_its_story(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(settle, "validation_loss", few_cells(settle.validation_loss))
    smaller = {"QUICK": SMALL, "KNOCKOUTS": ("GATA1",), "TIMES": (0.0, 16.0, 64.0)}
    for name, value in smaller.items():
        monkeypatch.setattr(_demo, name, value)
    assert main(["demo", "--quick", "--out", str(tmp_path / "demo"), "--json"]) == 0
    shown = capsys.readouterr()
    result = json.loads(shown.out)
    assert {"data.h5ad", "populations.png", "run", "velocity.h5ad"} <= set(result["files"])
    assert all((tmp_path / "demo" / name).stat().st_size for name in result["files"])
    assert "30 signed edges" in result["sentences"][0]
    assert result["metrics"]["validation_loss"] < result["metrics"]["no_change_loss"]
    assert "The fit takes" in result["sentences"][-1]
    assert any("The law's own cells at 64 h" in sentence for sentence in result["sentences"])
    assert "laws" in result["sentences"][-3]
    assert "Of FLI1=knockout, which was kept back" in result["sentences"][-2]
    assert "Fitting 2 laws to them, with the knockout of FLI1 kept back" in shown.err
    assert "Warning: a sketch, with 0.02 of the method's steps" in shown.err


@pytest.fixture
def told(monkeypatch):
    """The demo without its work."""

    def demo(out, *, quick, seed, say):
        say("Simulating")
        files = {name: Path(out) / name for name in ("report.html", "network.cx2", "run")}
        cells = pd.DataFrame({"0 h": [1000]}, index=["control"])
        sentences = ("Cells.", "TRRUST.", "Found.", "Predicted.", "How sure.")
        return DemoResult(files, cells, {"validation_loss": 0.5}, sentences)

    monkeypatch.setattr(_demo, "demo", demo)


def test_it_ends_with_three_sentences_and_where_to_look(told, capsys):
    assert main(["demo", "--out", "there"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line]
    assert lines[-8:-5] == ["Cells.", "TRRUST.", "Wrote there: report.html, network.cx2, run"]
    assert lines[-5:-2] == ["Found.", "Predicted.", "How sure."]
    assert lines[-2].split()[:2] == ["Report", "there/report.html"]
    assert lines[-1].split()[:2] == ["Cytoscape", "there/network.cx2"]
    assert "1,000" in lines[-10]


def test_as_json_everything_is_in_the_object(told, capsys):
    assert main(["demo", "--out", "there", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["files"]["network.cx2"] == "there/network.cx2"
    assert found["populations"] == {"control": {"0 h": 1000}}
    assert found["sentences"][1] == "TRRUST."


def test_files_of_the_user_are_not_replaced(tmp_path, capsys):
    (tmp_path / "data.h5ad").write_text("mine")
    assert main(["demo", "--quick", "--out", str(tmp_path)]) == 2
    assert "a new folder for the demo" in capsys.readouterr().err
    assert (tmp_path / "data.h5ad").read_text() == "mine"
