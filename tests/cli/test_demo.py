"""How ``hillflow demo`` ends; what it does is held in tests/cli/test_app.py."""

from __future__ import annotations

import json
from pathlib import Path

import hillflow.demo
import pandas as pd
import pytest

from hillflow.cli import main


@pytest.fixture
def told(monkeypatch):
    """The demo without its work."""

    def run_demo(out, *, quick, seed, say):
        say("Simulating")
        files = {name: Path(out) / name for name in ("report.html", "network.cx2", "run")}
        cells = pd.DataFrame({"0 h": [1000]}, index=["control"])
        sentences = ("Cells.", "TRRUST.", "Found.", "Predicted.", "How sure.")
        return hillflow.demo.DemoResult(files, cells, {"validation_loss": 0.5}, sentences)

    monkeypatch.setattr(hillflow.demo, "run_demo", run_demo)


def test_it_ends_with_three_sentences_and_where_to_look(told, capsys):
    assert main(["demo", "--out", "there"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line]
    assert lines[-8:-5] == ["Cells.", "TRRUST.", "Wrote there: report.html, network.cx2, run"]
    assert lines[-5:-2] == ["Found.", "Predicted.", "How sure."]
    assert lines[-2].split()[:2] == ["Report", "there/report.html"]
    assert lines[-1].split()[:2] == ["Cytoscape", "there/network.cx2"]


def test_as_json_everything_is_in_the_object(told, capsys):
    assert main(["demo", "--out", "there", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["files"]["network.cx2"] == "there/network.cx2"
    assert found["populations"] == {"control": {"0 h": 1000}}
    assert found["sentences"][1] == "TRRUST."
