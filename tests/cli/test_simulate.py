import json

import anndata
import pytest

from hillflow import keys
from hillflow.cli.app import main


def run(*arguments) -> int:
    return main(["simulate", *map(str, arguments)])


def test_cells_are_written_and_counted(tmp_path, capsys):
    out = tmp_path / "toggle.h5ad"
    options = ("--cells", 5, "--times", "0,1", "--knockouts", "A", "--counts", "--json")
    status = run("toggle", "--out", out, *options)
    result = json.loads(capsys.readouterr().out)
    assert status == 0
    assert (result["cells"], result["genes"], result["edges"]) == (20, 2, 2)
    assert (result["system"], result["seed"], result["out"]) == ("toggle", 0, str(out))
    assert result["populations"][2] == {
        "perturbation": "A=knockout", "time": 0.0, "cells": 5,
        "labels": result["populations"][2]["labels"],
    }  # fmt: skip
    assert sum(result["populations"][2]["labels"].values()) == 5
    adata = anndata.read_h5ad(out)
    assert adata.n_obs == 20
    assert adata.uns[keys.UNS][keys.SCALE] == "counts"


def test_a_person_sees_a_table(tmp_path, capsys):
    out = tmp_path / "blood.h5ad"
    assert run("hematopoiesis", "--out", out, "--cells", 4, "--times", "0,1") == 0
    shown = capsys.readouterr().out
    assert "11 genes, 30 edges" in shown
    assert "4 progenitor" in shown


def test_help_shows_an_example_and_every_system(capsys):
    assert run("--help") == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "hillflow simulate hematopoiesis --out blood.h5ad" in shown
    for name in ("hematopoiesis", "toggle", "repressilator", "linear", "scale-free", "six-gene"):
        assert f"{name}:" in shown
    assert "at 0, 6, 12, 24, 48 h" in shown
    assert "SYSTEM" in shown.partition("Simulate cells")[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["togle"], "did you mean 'toggle'"),
        (["toggle", "--knockouts", "C"], "found 'C' in 'C=knockout'"),
        (["toggle", "--times", "0,x"], "write --times 0,1,2,4"),
        (["toggle", "--times", "0,-1"], "times of 0 or later"),
        (["toggle", "--times", "2,1"], "Fix: write 1, 2."),
        (["toggle", "--times", "1"], "two times or more"),
        (["toggle", "--cells", "-3"], "a number of cells of 1 or more, found -3"),
        (["toggle", "--noise", "-1"], "noise of 0 or more"),
        (["toggle", "--dropout", "2"], "a dropout probability"),
        (["toggle", "--genes", "9"], "for random networks only"),
        (["scale-free", "--genes", "0"], "write --genes 100"),
        (["linear", "--genes", "0"], "use for example --genes 10"),
        (["linear", "--counts"], "cannot be negative"),
        (["toggle", "--seed", "-1"], "as seed"),
        (["toggle", "--seed", "99999999999999999999"], "as seed"),
        (["toggle", "--times", "0,1e9"], "at most 5,000,000 steps"),
    ],
)
def test_mistakes_end_with_one_message_and_no_file(tmp_path, capsys, arguments, message):
    assert run(*arguments, "--out", tmp_path / "out.h5ad") == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("out", "message"),
    [("out.csv", "write out.h5ad"), ("missing/out.h5ad", "an existing output folder")],
)
def test_bad_outputs_end_with_one_message(tmp_path, capsys, out, message):
    assert run("toggle", "--out", tmp_path / out) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_cells_that_are_there_are_not_lost_unless_given_up(tmp_path, capsys):
    out = tmp_path / "cells.h5ad"
    out.write_text("mine")
    assert run("toggle", "--cells", "20", "--out", out) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert out.read_text() == "mine"
    assert run("toggle", "--cells", "20", "--out", out, "--overwrite") == 0
    assert out.stat().st_size > 1000
