"""Every command in two statements of Python."""

from __future__ import annotations

import ast

import pytest

import hillflow as hf

from .conftest import quiet

STATEMENTS = {
    "simulate": (
        "cells = hf.simulate('toggle', cells=5, times=[0, 1, 2], knockouts='A')\nprint(cells)",
        "n_obs × n_vars = 30 × 2",
    ),
    "fit": ("run = hf.fit(cells, field='linear', effort=0.02)\nprint(run)", "Field       linear"),
    "graph": ("network = hf.graph(run)\nprint(network)", "Strongest edges"),
    "check": ("found = hf.check(blood)\nprint(found)", "What these data can answer"),
    "activity": (
        "found = hf.activity(cells, prior=prior, tmin=1)\nprint(found)", "Most different between",
    ),
    "laws": ("laws = hf.laws(run, parents=1, members=0)\nprint(laws)", "dB/dt = "),
    "knockout": ("result = hf.knockout(run, 'A,B')\nprint(result)", "Predicted effects at 4 h"),
    "predict": ("prediction = hf.predict(run, 'A=ko')\nprint(prediction)", "Predicted: A=knockout"),
    "velocity": ("adata = hf.velocity(run)\nprint(adata.layers['velocity'].shape)", "(160, 2)"),
    "validate": (
        "result = hf.validate(blood, 'hematopoiesis', shuffles=9)\nprint(result)",
        "Rankings of the same pairs",
    ),
    "export": (
        "exported = hf.export(run, 'graphml', folder / 'network.graphml')\nprint(exported)",
        "network.graphml: 2 genes",
    ),
    "report": ("page = hf.report(run, folder / 'report.html')\nprint(page)", "report.html"),
    "priors": ("network = hf.priors.load('hematopoiesis')\nprint(hf.priors())", "trrust-mouse"),
    "methods": ("tables = hf.methods()\nprint(tables['fields'])", "locally-linear"),
    "info": ("run = hf.Run.open(folder / 'run')\nprint(run)", "Versions    hillflow"),
}  # fmt: skip


@pytest.mark.parametrize("command", STATEMENTS)
@pytest.mark.filterwarnings("ignore::hillflow.errors.HillflowWarning")
@pytest.mark.usefixtures("unrendered")
def test_a_command_is_two_statements(command, toggle, run, own_blood_run, tmp_path, capsys) -> None:
    code, shown = STATEMENTS[command]
    assert len(ast.parse(code).body) == 2
    if command == "info":
        run.save(tmp_path / "run")
    names = {"hf": hf, "cells": toggle, "run": run, "blood": own_blood_run, "folder": tmp_path,
             "prior": hf.Network.from_columns(["B"], ["A"])}  # fmt: skip
    exec(code, names)
    assert shown in capsys.readouterr().out


def test_what_is_left_out_is_scored_and_shown(toggle) -> None:
    options = {"leave_out_time": 2, "leave_out_perturbation": "A"}
    run = quiet(hf.fit, toggle, field="linear", effort=0.02, **options)
    rows = {(row["perturbation"], row["time"]): row for row in run.metrics["left_out"]}
    assert set(rows) == {("control", 2.0), ("A=knockout", 1.0), ("A=knockout", 4.0)}
    assert all(row["w1"] > 0 < row["no_change_w1"] for row in rows.values())
    assert list(run.data.times) == [0.0, 1.0, 4.0]
    assert [one.name for one in run.data.conditions] == ["control"]
    for (perturbation, time), row in rows.items():
        better = "better" if row["w1"] < row["no_change_w1"] else "not better"
        shown = f"{perturbation} at {time:g} h: W1 {row['w1']:.4g}, {better} than"
        assert shown in str(run)
