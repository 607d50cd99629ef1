"""What the values of the data say before a fit."""

from __future__ import annotations

import anndata
import numpy as np
import pytest

from hillflow.cli import main


@pytest.fixture
def changed(blood, tmp_path):
    """The blood cells with other values, as a file."""

    def write(change):
        cells = anndata.read_h5ad(blood)
        values = np.array(cells.X)
        change(values)
        cells.X = values
        cells.write_h5ad(tmp_path / "cells.h5ad")
        return tmp_path / "cells.h5ad"

    return write


def fit(path, *words: str) -> int:
    out = path.parent / "run"
    line = ["fit", path, "--time", "time", "--out", out, "--field", "linear", "--effort", "0.005"]
    return main([*map(str, line), *words])


def test_cells_that_are_all_alike_are_refused_and_nothing_is_written(changed, capsys):
    path = changed(lambda x: x.fill(1.5))
    assert fit(path) == 2
    assert "Expected cells that differ, found 360 alike" in capsys.readouterr().err
    assert [one.name for one in path.parent.iterdir()] == ["cells.h5ad"]


def test_a_gene_that_is_never_expressed_is_named(changed, capsys):
    def silence(x):
        x[:, [4, 7]] = 0

    path = changed(silence)
    names = [anndata.read_h5ad(path).var_names[k] for k in (4, 7)]
    assert fit(path) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert f"the same value in every cell: '{names[0]}', '{names[1]}'; nothing can" in said
    assert "name the genes to fit with --genes" in said


def test_values_below_zero_are_named(changed, capsys):
    def sink(x):
        x[3, 2] = -2

    assert fit(changed(sink)) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "values down to -2, in 'ZFPM1'" in said


def test_good_values_are_passed_in_silence(blood, tmp_path, capsys):
    out = str(tmp_path / "run")
    words = ["--time", "time", "--out", out, "--field", "linear", "--effort", "0.005"]
    assert main(["fit", str(blood), *words]) == 0
    assert "Note:" not in capsys.readouterr().err
