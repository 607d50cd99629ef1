"""``hillflow knockout`` on a small run."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hillflow.cli.knockout import _notes, _table, read_mode, short_name
from hillflow.cli.runs import run_names
from hillflow.fit import Fit
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from hillflow.causal import knockout, screen
from hillflow.cli import knockout as command  # noqa: F401 (registers the command)
from hillflow.cli import main
from hillflow.interventions import Action, Intervention
from hillflow.networks.about_file import read_about
from hillflow.results import Run
from hillflow.systems.to_file import simulate_to_file

LEVELS = st.floats(0, 1e6)


def call(*words: object) -> int:
    return main([str(word) for word in words])


def test_the_files_are_those_of_the_result(run, tmp_path, capsys):
    out = tmp_path / "knockouts.csv"
    assert call("knockout", run, "--genes", "GATA1,SPI1+KLF1", "--out", out, "--json") == 0
    shown = capsys.readouterr()
    result = json.loads(shown.out)
    opened = Run.open(run)
    expected = knockout(opened, ["GATA1", "SPI1+KLF1"], cells=500)
    written = pd.read_csv(out)
    assert list(written.columns) == list(expected.effects.columns)
    np.testing.assert_allclose(written["delta"], expected.effects["delta"])
    assert [row["perturbation"] for row in result["perturbations"]] == list(
        expected.ranking["perturbation"]
    )
    assert result["members"] == 1
    assert result["perturbations"][0]["low"] is None
    assert "cannot say how sure" in shown.err
    assert list(pd.read_csv(tmp_path / "ranking.csv")["perturbation"]) == list(
        expected.ranking["perturbation"]
    )


def test_a_screen_goes_into_the_run_and_counts_targets(run, capsys):
    edges = run / "edges.csv"
    edges.write_text("source,target,weight,sign,confidence\nGATA1,KLF1,0.5,1,\nGATA1,SPI1,-1,-1,\n")
    try:
        options = ("--mode", "knockdown=0.5", "--times", "32 h", "--cells", "10")
        assert call("knockout", run, "--all", *options) == 0
        shown = " ".join(capsys.readouterr().out.split())
        assert "in standard deviations of the control" in shown
        ranking = pd.read_csv(run / "ranking.csv").set_index("perturbation")
        assert ranking.loc["GATA1=knockdown:0.5", "direct_targets"] == 2
        genes = Run.open(run).fit.genes
        assert len(ranking) <= len(genes)
        assert set(pd.read_csv(run / "knockouts.csv")["time"]) == {32.0}
    finally:
        for name in ("edges.csv", "knockouts.csv", "ranking.csv"):
            (run / name).unlink(missing_ok=True)


def test_pairs_of_the_genes_named(run, tmp_path, capsys):
    out = tmp_path / "pairs.csv"
    assert call("knockout", run, "--genes", "GATA1,SPI1,FLI1", "--pairs", "--out", out) == 0
    ranking = pd.read_csv(tmp_path / "pairs_ranking.csv")
    assert len(ranking) == 6
    expected = screen(Run.open(run), genes=["GATA1", "SPI1", "FLI1"], pairs=True).ranking
    np.testing.assert_allclose(ranking["interaction"], expected["interaction"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("knockout", ("knockout", None)), ("ko", ("knockout", None)),
        ("knockdown=0.5", ("knockdown", 0.5)), ("overexpress=2", ("overexpression", 2.0)),
        ("clamp:1.5", ("clamp", 1.5)), ("cut_outgoing", ("cut_outgoing", None)),
    ],
)  # fmt: skip
def test_modes(text, expected):
    assert read_mode(text) == expected


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
    both = Fit.of(*(Run.open(path) for path in (run, sparse_run)))
    expected = knockout(both, ["GATA1"], Run.open(run).data, cells=500).effects
    written = pd.read_csv(out)
    for column in ("delta", "low", "high"):  # two fields disagree: there is an interval
        np.testing.assert_allclose(written[column], expected[column])
    assert (written["low"] < written["high"]).any()
    ranking = tmp_path / "ranking.csv"
    assert read_about(ranking) == {"runs": run_names(run, [sparse_run])}
    assert call("knockout", run, *words[:4]) == 0
    assert read_about(ranking) == {}


def test_a_run_joins_once_and_other_populations_are_told(run, blood, tmp_path, capsys):
    out = tmp_path / "knockouts.csv"
    assert call("knockout", run, "--genes", "GATA1", "--out", out, "--also", run) == 2
    assert "each run once" in " ".join(capsys.readouterr().err.split())
    assert not out.exists()
    other = tmp_path / "other"
    words = ("--field", "linear", "--effort", 0.01)
    assert call("fit", blood, "--time", "time", "--out", other, *words) == 0
    capsys.readouterr()
    assert call("knockout", run, "--genes", "GATA1", "--out", out, "--also", other) == 0
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


def test_nothing_is_cut_on_a_narrow_screen(run, tmp_path):
    single = Run.open(run)
    wanted = ["GATA1+SPI1", "FLI1=clamp:0.25,SPI1=clamp:2.125", "KLF1"]
    twins = Fit((single.fit, single.fit))
    result = knockout(twins, wanted, single.data)
    stream = io.StringIO()
    Console(file=stream, width=80).print(_table(result, (tmp_path, tmp_path)))
    shown = stream.getvalue()
    assert "…" not in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    words = " ".join(shown.replace("│", " ").split())
    assert "GATA1=ko, SPI1=ko" in words
    assert {"FLI1=clamp:0.25,", "SPI1=clamp:2.125"} <= set(words.split())  # over two lines
    ranking = result.ranking.set_index("perturbation")
    assert f"{ranking.loc['KLF1=knockout', 'fate_shift']:.0%}" in words


@given(
    st.lists(
        st.one_of(
            st.just(("knockout", None)),
            st.tuples(st.just("knockdown"), st.floats(0, 1)),
            st.tuples(st.sampled_from(["clamp", "degradation", "overexpression"]), LEVELS),
            st.tuples(st.just("cut_outgoing"), st.none() | st.floats(0, 1)),
        ),
        min_size=1, max_size=3,
    )
)  # fmt: skip
def test_short_names_mean_the_same(actions):
    full = Intervention(
        tuple(Action(gene, *one) for gene, one in zip(("A1", "B2", "C3"), actions, strict=False))
    )
    assert Intervention.parse(short_name(full)) == full


def test_a_model_that_strays_by_itself_is_told(run):
    opened = Run.open(run)
    result = knockout(opened, ["GATA1"], cells=20)
    for share, told in ((0.25, "unperturbed, the model already takes 75%"), (1.0, "1 of 1")):
        shifts = replace(
            result.shifts, control_in_support=np.full(3, share), in_support=np.zeros((1, 3))
        )
        (note,) = [one for one in _notes(replace(result, shifts=shifts)) if "in_support" in one]
        assert told in note


def test_no_run_is_said(tmp_path, capsys):
    assert call("knockout", tmp_path / "none", "--all") == 2
    assert "a run directory" in capsys.readouterr().err
