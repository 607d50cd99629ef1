"""``hillflow knockout`` on a small run."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from hillflow.causal import knockout, screen
from hillflow.cli import main
from hillflow.model import Fit
from hillflow.networks.about_file import read_about
from hillflow.results import Run
from hillflow.systems.to_file import simulate_to_file
from hillflow.workflow.runs import joined_names


def call(*words: object) -> int:
    return main([str(word) for word in words])


def test_the_files_are_those_of_the_result(run, tmp_path, capsys):
    out = tmp_path / "knockouts.csv"
    assert call("knockout", run, "--genes", "GATA1,SPI1+KLF1", "--out", out, "--json") == 0
    shown = capsys.readouterr()
    result = json.loads(shown.out)
    opened = Run.open(run)
    expected = knockout(opened.fit, ["GATA1", "SPI1+KLF1"], opened.data, cells=500)
    written = pd.read_csv(out)
    assert list(written.columns) == list(expected.effects.columns)
    np.testing.assert_allclose(written["delta"], expected.effects["delta"])
    assert [row["perturbation"] for row in result["perturbations"]] == list(
        expected.ranking["perturbation"]
    )
    assert result["members"] == 1
    assert result["perturbations"][0]["low"] is None
    assert "a fit of one member gives no intervals" in shown.err
    assert list(pd.read_csv(tmp_path / "ranking.csv")["perturbation"]) == list(
        expected.ranking["perturbation"]
    )


def test_a_screen_goes_into_the_run_and_counts_targets(own_run, capsys):
    table = "source,target,weight,sign,confidence\nGATA1,KLF1,0.5,1,\nGATA1,SPI1,-1,-1,\n"
    (own_run / "edges.csv").write_text(table)
    options = ("--mode", "knockdown=0.5", "--times", "32 h", "--cells", "10")
    assert call("knockout", own_run, "--all", *options) == 0
    shown = capsys.readouterr()
    assert "in standard deviations of the control" in " ".join(shown.out.split())
    said = shown.err.replace("\n", "")
    places = [own_run / f"{name}.csv" for name in ("knockouts", "ranking", "fates")]
    assert "Wrote {}, and {} and {} with more".format(*places) in said
    ranking = pd.read_csv(own_run / "ranking.csv").set_index("perturbation")
    assert ranking.loc["GATA1=knockdown:0.5", "direct_targets"] == 2
    genes = Run.open(own_run).fit.genes
    assert len(ranking) <= len(genes)
    assert set(pd.read_csv(own_run / "knockouts.csv")["time"]) == {32.0}


def test_pairs_of_the_genes_named(run, tmp_path, capsys):
    out = tmp_path / "pairs.csv"
    assert call("knockout", run, "--genes", "GATA1,SPI1,FLI1", "--pairs", "--out", out) == 0
    ranking = pd.read_csv(tmp_path / "pairs_ranking.csv")
    assert len(ranking) == 6
    opened = Run.open(run)
    expected = screen(opened.fit, opened.data, genes=["GATA1", "SPI1", "FLI1"], pairs=True).ranking
    np.testing.assert_allclose(ranking["interaction"], expected["interaction"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "either --genes or --all"),
        (["--genes", "GATA1", "--all"], "found both"),
        (["--genes", "gata1"], "did you mean 'GATA1'?"),
        (["--genes", "GATA1", "--mode", "remove"], "--mode knockout, knockdown=0.5"),
        (["--genes", "GATA1", "--mode", "knockdown=2"], "between 0 and 1"),
        (["--genes", "GATA1", "--mode", "clamp"], "clamp of each gene without one"),
        (["--genes", "GATA1+SPI1", "--pairs"], "leave --pairs out"),
        (["--genes", "GATA1", "--out", "knockouts.txt"], "knockouts.csv"),
        (["--genes", "GATA1", "--times", "16"], "times at which control cells were measured"),
        (["--genes", "GATA1", "--times", "16"], "found 16 h. Fix: name measured times"),
        (["--genes", ","], "one intervention or more"),
    ],
)
def test_mistakes_are_said_and_nothing_is_written(run, words, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = sorted(path.name for path in run.iterdir())
    assert call("knockout", run, *words) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert sorted(path.name for path in run.iterdir()) == before
    assert not list(tmp_path.iterdir())


def test_a_run_of_another_field_joins_in(run, sparse_run, tmp_path, capsys):
    out = tmp_path / "knockouts.csv"
    words = ("--genes", "GATA1", "--out", out, "--also", sparse_run, "--json")
    assert call("knockout", run, *words) == 0
    assert json.loads(capsys.readouterr().out)["members"] == 2
    both = Fit.of(*(Run.open(path).fit for path in (run, sparse_run)))
    expected = knockout(both, ["GATA1"], Run.open(run).data, cells=500).effects
    written = pd.read_csv(out)
    for column in ("delta", "low", "high"):  # two fields disagree: there is an interval
        np.testing.assert_allclose(written[column], expected[column])
    assert (written["low"] < written["high"]).any()
    ranking = tmp_path / "ranking.csv"
    assert read_about(ranking)["runs"] == joined_names(Run.open(run), [sparse_run])
    assert call("knockout", run, *words[:4], "--overwrite") == 0
    assert set(read_about(ranking)) == {"asked", "findings"}


def test_a_run_joins_once_and_other_populations_are_told(run, ensemble, tmp_path, capsys):
    out = tmp_path / "knockouts.csv"
    assert call("knockout", run, "--genes", "GATA1", "--out", out, "--also", run) == 2
    assert "each run once" in " ".join(capsys.readouterr().err.split())
    assert not out.exists()
    assert call("knockout", run, "--genes", "GATA1", "--out", out, "--also", ensemble) == 0
    assert "fitted to other populations" in " ".join(capsys.readouterr().err.split())


def test_a_run_of_other_cells_is_told(run, tmp_path, capsys):
    cells, other = tmp_path / "cells.h5ad", tmp_path / "other"
    times = (0.0, 8.0, 16.0, 32.0)
    simulate_to_file("hematopoiesis", cells, cells=20, times=times, knockouts=["GATA1", "SPI1"])
    words = ("--field", "linear", "--effort", 0.01, "--leave-out-time", 16)
    assert call("fit", cells, "--time", "time", "--out", other, *words) == 0
    capsys.readouterr()
    out = tmp_path / "knockouts.csv"
    assert call("knockout", run, "--genes", "GATA1", "--out", out, "--also", other) == 0
    assert "fitted to other cells" in " ".join(capsys.readouterr().err.split())


def test_no_run_is_said(tmp_path, capsys):
    assert call("knockout", tmp_path / "none", "--all") == 2
    assert "a run directory" in capsys.readouterr().err
