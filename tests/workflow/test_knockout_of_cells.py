"""``knockout`` of cells without a fit, in Python and on the command line."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import hillflow as hf
from hillflow.cli import main
from hillflow.errors import InputError, InterventionError


@pytest.fixture(scope="module")
def blood(tmp_path_factory):
    path = tmp_path_factory.mktemp("blood") / "cells.h5ad"
    hf.simulate("hematopoiesis", path, cells=60, times=[0, 32, 64], knockouts="GATA1,SPI1", seed=1)
    return path


@pytest.mark.filterwarnings("ignore")
def test_both_faces_give_the_same_guesses(blood, tmp_path, capsys):
    guessed = hf.knockout(blood, "GATA1,KLF1")
    assert set(guessed.ranking["perturbation"]) == {"GATA1=knockout", "KLF1=knockout"}
    out = tmp_path / "guessed.csv"
    assert main(["knockout", str(blood), "--genes", "GATA1,KLF1", "--out", str(out)]) == 0
    pd.testing.assert_frame_equal(pd.read_csv(out), guessed.effects, check_dtype=False)
    assert (tmp_path / "guessed_ranking.csv").is_file()
    capsys.readouterr()
    assert main(["knockout", str(blood), "--genes", "KLF1", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [row["perturbation"] for row in shown["perturbations"]] == ["KLF1=knockout"]
    assert {row["perturbation"] for row in shown["tests"]} == {"GATA1=knockout", "SPI1=knockout"}


@pytest.mark.filterwarnings("ignore")
def test_what_such_guesses_are_worth_is_said(blood):
    guessed = hf.knockout(blood, all=True)
    assert len(guessed) == len(guessed.genes)
    codes = {one.code for one in guessed.findings}
    assert {"knockout.by-association", "knockout.no-intervals"} <= codes
    assert codes & {"knockout.tested", "knockout.no-better-than-no-effect", "knockout.untested"}
    assert {"reproducibility", "ceiling", "verdict"} <= set(guessed.tests.columns)
    assert "each guessed without its own cells" in str(guessed)


@pytest.mark.filterwarnings("ignore")
def test_without_measured_perturbations_nothing_says_how_good_they_are():
    cells = hf.simulate("toggle", cells=30, times=[0, 1, 2])
    guessed = hf.knockout(cells, "A")
    assert "knockout.untested" in {one.code for one in guessed.findings}
    assert np.isnan(guessed.low[..., 1]).all()  # B; that of A is what a knockout means
    assert guessed.tests.empty


def test_options_of_runs_and_of_cells_are_told_apart(blood, tmp_path):
    with pytest.raises(InputError, match="a run for 'pairs'"):
        hf.knockout(blood, "GATA1,SPI1", pairs=True)
    with pytest.raises(InterventionError, match="without a fit"):
        hf.knockout(blood, "GATA1=cut@SPI1")
    with pytest.raises(InterventionError, match="GATA1"):
        hf.knockout(blood, "GATA")
    with pytest.raises(InputError, match="control cells"):
        hf.knockout(blood, "GATA1", control="wild type", perturbation_kind="cut_outgoing")
