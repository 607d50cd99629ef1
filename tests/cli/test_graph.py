import json
import shutil

import numpy as np
import pandas as pd
import pytest

from hillflow.causal import graph
from hillflow.cli import main
from hillflow.model import Fit
from hillflow.model.member import Member
from hillflow.networks import Network
from hillflow.results import Run
from hillflow.results.subject import subject_of_run
from hillflow.workflow.runs import joined_names


def call(*words: object) -> int:
    return main([str(word) for word in words])


def test_the_graph_lies_in_the_run_and_on_the_screen(own_run, capsys):
    assert call("graph", own_run) == 0
    shown = capsys.readouterr()
    said, noted = " ".join(shown.out.split()), shown.err.replace("\n", "")
    assert f"Wrote {own_run / 'edges.csv'}" in noted
    edges = pd.read_csv(own_run / "edges.csv")
    genes = Run.open(own_run).fit.genes
    assert len(edges) == len(genes) ** 2
    assert list(edges.columns[:5]) == ["source", "target", "weight", "sign", "confidence"]
    assert edges["weight"].abs().is_monotonic_decreasing
    first = edges[edges["source"] != edges["target"]].iloc[0]
    assert f"{first['weight']:+.3g}" in said
    assert first["source"] in said
    assert "101 more edges" in said
    assert "Readout weight: the slopes of a linear law are its weights" in said
    assert "--ensemble" in said
    between = edges[(edges["weight"] != 0) & (edges["source"] != edges["target"])]
    turning = between.head(20)["turns"].any()
    assert ("between groups" in said) == turning


def test_the_strongest_of_another_readout_as_json(run, tmp_path, capsys):
    out = tmp_path / "strong.csv"
    words = ("--readout", "contrast", "--top", 3, "--out", out, "--json")
    assert call("graph", run, *words) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["readout"] == "contrast"
    assert found["members"] == 1
    assert len(found["edges"]) == len(pd.read_csv(out)) == 3
    assert "confidence" not in found["edges"][0]
    assert found["edges"][0]["weight"] == pytest.approx(pd.read_csv(out)["weight"][0])


def test_the_run_keeps_every_pair_whatever_is_shown(own_run, capsys):
    assert call("graph", own_run, "--top", 3) == 0
    shown = capsys.readouterr()
    assert "3 edges by weight" in shown.out
    assert "with every pair, not only those shown" in shown.err.replace("\n", " ")
    assert len(pd.read_csv(own_run / "edges.csv")) == len(Run.open(own_run).fit.genes) ** 2


def test_an_ensemble_says_how_sure_it_is(ensemble, tmp_path, capsys):
    out = tmp_path / "edges.csv"
    assert call("graph", ensemble, "--out", out, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    between = [edge for edge in found["edges"] if edge["source"] != edge["target"]]
    assert all(0 <= edge["confidence"] <= 1 for edge in between)
    assert "2 members" in found["confidence"]
    least = sorted(edge["confidence"] for edge in between)[-5]
    assert call("graph", ensemble, "--out", out, "--confidence", least, "--overwrite") == 0
    kept = pd.read_csv(out, float_precision="round_trip")
    assert len(kept) == 5
    assert (kept["confidence"] >= least).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--readout", "contrasts"], "did you mean 'contrast'?"),
        (["--confidence", "0.9"], "a fit of one member, which has none"),
        (["--confidence", "90"], "between 0 and 1"),
        (["--top", "0"], "--top of 1 or more"),
        (["--out", "edges.tsv"], "ends in .csv"),
    ],
)
def test_mistakes_write_nothing(run, tmp_path, monkeypatch, capsys, options, message):
    monkeypatch.chdir(tmp_path)
    before = sorted(path.name for path in run.iterdir())
    assert call("graph", run, *options) == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert sorted(path.name for path in run.iterdir()) == before
    assert not list(tmp_path.iterdir())


def test_no_edge_past_the_threshold_names_the_surest(ensemble, capsys):
    assert call("graph", ensemble, "--confidence", 1) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "an edge above the threshold" in said
    assert "the largest confidence" in said


def test_a_field_without_weights_names_another_readout(blood, tmp_path, capsys):
    folder = tmp_path / "run"
    words = ("--field", "mlp", "--effort", 0.01)
    assert call("fit", blood, "--time", "time", "--out", folder, *words) == 0
    assert call("graph", folder, "--readout", "weight") == 2
    assert "readout 'jacobian'" in capsys.readouterr().err
    assert not (folder / "edges.csv").exists()


def test_a_fit_that_moves_nothing_is_named_wherever_something_is_read_off_it(
    run, tmp_path, monkeypatch, capsys
):
    said = "no better than no change: do not interpret its network or its knockouts"
    assert call("graph", run, "--out", tmp_path / "edges.csv") == 0
    assert said not in capsys.readouterr().err
    monkeypatch.setattr(Member, "no_better_than_no_change", True)
    genes = ("--genes", "GATA1", "--cells", 20)
    for words in (
        ("graph", run, "--out", tmp_path / "edges.csv", "--overwrite"),
        ("knockout", run, *genes, "--out", tmp_path / "knockouts.csv"),
        ("laws", run, "--genes", "KLF1", "--out", tmp_path / "laws.json"),
        ("predict", run, "--out", tmp_path / "predicted.h5ad"),
        ("velocity", run, "--out", tmp_path / "velocity.h5ad"),
    ):
        assert call(*words) == 0
        assert said in " ".join(capsys.readouterr().err.split())


def test_consensus_is_a_readout_like_any_other(run, tmp_path, capsys):
    out = tmp_path / "edges.csv"
    assert call("graph", run, "--readout", "consensus", "--out", out) == 0
    edges = pd.read_csv(out)
    assert {"fitted", "linear"} <= set(edges)
    assert edges["weight"].abs().max() == 1
    assert "Readout consensus" in " ".join(capsys.readouterr().out.split())


def test_runs_of_two_fields_are_read_by_their_consensus_alone(run, sparse_run, tmp_path, capsys):
    out = tmp_path / "edges.csv"
    words = ("graph", run, "--also", sparse_run, "--out", out)
    assert call(*words) == 2
    assert "pass --readout 'consensus'" in " ".join(capsys.readouterr().err.split())
    assert not out.exists()
    assert call(*words, "--readout", "consensus", "--json") == 0
    assert json.loads(capsys.readouterr().out)["fields"] == ["linear", "sparse"]
    opened = [Run.open(path) for path in (run, sparse_run)]
    expected = graph(Fit.of(*(one.fit for one in opened)), opened[0].data, "consensus")
    np.testing.assert_allclose(pd.read_csv(out)["weight"], expected.edges["weight"])
    assert Network.load(out).about["runs"] == joined_names(opened[0], [sparse_run])


def test_validate_says_which_runs_a_consensus_is_of(own_run, sparse_run):
    words = ("graph", own_run, "--also", sparse_run, "--readout", "consensus")
    assert call(*words) == 0
    opened = Run.open(own_run)
    said = subject_of_run(opened).description
    assert f"a consensus of the runs run and {joined_names(opened, [sparse_run])[1]}" in said
    assert "2 'linear' and 'sparse' fields" in said
    (own_run / "edges.about.json").unlink()
    assert "a consensus that may include other runs" in subject_of_run(opened).description


def test_validate_says_which_runs_of_one_field_were_joined_and_what_was_changed(own_run, ensemble):
    assert call("graph", own_run, "--also", ensemble) == 0
    opened = Run.open(own_run)
    found = subject_of_run(opened)
    joined = joined_names(opened, [ensemble])[1]
    assert f"a mean of the runs run and {joined}, of 3 'linear' fields" in found.description
    assert found.refits == ()
    path = own_run / "edges.csv"
    path.write_text(path.read_text().replace("\n", "\r\n"))
    changed = subject_of_run(opened)
    assert changed.description.endswith("changed since it was written")
    assert changed.refits == ()


def test_a_run_joins_once_under_any_name(run, tmp_path, capsys):
    copy = tmp_path / "copy"
    shutil.copytree(run, copy)
    words = ("graph", run, "--also", copy, "--readout", "consensus")
    assert call(*words, "--out", tmp_path / "edges.csv") == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "fits that differ" in said
    assert not (tmp_path / "edges.csv").exists()


def test_self_edges_are_written_and_not_among_those_on_the_screen(run, tmp_path, capsys):
    out = tmp_path / "edges.csv"
    assert call("graph", run, "--out", out) == 0
    edges = pd.read_csv(out)
    alone = edges[edges["source"] == edges["target"]]
    assert len(alone) == len(Run.open(run).fit.genes)
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    shown = [row for row in rows if len(row) > 5 and row[1] in set(edges["source"])]
    assert shown
    assert all(row[1] != row[5] for row in shown)
