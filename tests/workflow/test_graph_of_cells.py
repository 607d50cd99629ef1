"""`hillflow.graph` of cells: a network without a fit, the same from Python and the command line."""

from __future__ import annotations

import json
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest

import hillflow as hf
from hillflow.cli import main
from hillflow.closed_form import closed_form_network
from hillflow.data import Snapshots, Trajectories
from hillflow.errors import InputError
from hillflow.networks import Network
from hillflow.systems import build_system, simulate_trajectories

from .conftest import quiet


def call(*words: object) -> int:
    return main([str(word) for word in words])


@pytest.fixture(scope="module")
def file(toggle: anndata.AnnData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cells") / "cells.h5ad"
    toggle.write_h5ad(path)
    return path


@pytest.fixture
def regulators(tmp_path: Path) -> Path:
    path = tmp_path / "regulators.txt"
    path.write_text("# of this panel\nSPI1\nGATA1\n")
    return path


def test_cells_as_an_object_a_path_or_snapshots_have_one_network(toggle, file) -> None:
    snapshots = Snapshots.from_anndata(toggle)
    table = closed_form_network(snapshots).edges.to_csv()
    for cells in (toggle, file, str(file), snapshots):
        network = hf.graph(cells)
        assert isinstance(network, Network)
        assert network.edges.to_csv() == table
    assert network.edges["sign"].tolist() == [-1, -1]  # each gene represses the other
    assert network.about["readout"] == "closed-form"


def test_invariance_is_a_column_on_request(toggle, file, tmp_path) -> None:
    out = tmp_path / "edges.csv"
    assert call("graph", file, "--out", out, "--invariance", "--bootstraps", 0) == 0
    edges = pd.read_csv(out).set_index("target")
    assert np.isnan(edges.loc["A", "invariance"])  # A itself is perturbed in the other condition
    assert 0 <= edges.loc["B", "invariance"] <= 1
    assert Network.load(out).about["asked"] == {"invariance": True, "bootstraps": 0}
    assert "invariance" not in hf.graph(toggle, bootstraps=0).edges


def test_invariance_needs_two_conditions(toggle, toggle_run) -> None:
    control = toggle[(toggle.obs["perturbation"] == "control").to_numpy()]
    with pytest.raises(InputError, match="cells of two conditions or more for invariance"):
        hf.graph(control, invariance=True)
    with pytest.raises(InputError, match="cells for 'invariance'"):
        hf.graph(toggle_run, invariance=True)


def test_series_are_read_by_their_column() -> None:
    made = simulate_trajectories(build_system("toggle"), np.arange(0, 4, 0.5), cells=8)
    adata = made.to_anndata()
    network = hf.graph(adata, series="series", bootstraps=3)
    known = closed_form_network(Trajectories.from_anndata(adata), bootstraps=3)
    assert network.edges.to_csv() == known.edges.to_csv()


def test_options_of_the_cells_are_read(counts) -> None:
    adata = anndata.read_h5ad(counts)
    options = {"time": "day", "time_unit": "d", "bootstraps": 2}
    plain = quiet(hf.graph, adata, layer="logged", genes=["SPI1", "KLF1", "FLI1"], **options)
    assert plain.genes == ("SPI1", "KLF1", "FLI1")
    perturbed = quiet(
        hf.graph, adata, layer="logged", perturbation="guide", control="ctrl", **options
    )
    scaled = quiet(hf.graph, adata, normalize=True, **options)
    assert len(perturbed.edges) == len(scaled.edges) == 12
    assert "data.few-genes-normalized" in {one.code for one in scaled.findings}


def test_a_file_has_the_edges_and_how_they_were_made(file, tmp_path) -> None:
    out = tmp_path / "edges.csv"
    network = hf.graph(file, out, bootstraps=4, seed=2)
    table = pd.read_csv(out, float_precision="round_trip")
    assert list(table.columns[:5]) == ["source", "target", "weight", "sign", "confidence"]
    np.testing.assert_array_equal(table["weight"], network.edges["weight"])
    assert (tmp_path / "edges.about.json").is_file()
    about = Network.load(out).about
    assert about["bootstraps"] == 4
    assert about["asked"] == {"bootstraps": 4, "seed": 2}
    assert about == network.about
    with pytest.raises(InputError, match="overwrite=True"):
        hf.graph(file, out)
    hf.graph(file, out, overwrite=True)
    again = Network.load(out).about
    assert (again["bootstraps"], again["asked"]) == (20, {})


def test_nothing_is_written_unless_asked(file) -> None:
    before = sorted(file.parent.iterdir())
    hf.graph(file)
    assert call("graph", file) == 0
    assert sorted(file.parent.iterdir()) == before


def test_the_strongest_and_surest_are_kept(blood) -> None:
    every = quiet(hf.graph, blood, bootstraps=5)
    assert len(every.edges) == 11 * 10
    assert quiet(hf.graph, blood, bootstraps=5, top=7).pairs() == every.pairs()[:7]
    least = every.edges["confidence"].nlargest(5).min()
    sure = quiet(hf.graph, blood, bootstraps=5, confidence=least)
    assert set(sure.pairs()) == {
        pair
        for pair, known in zip(every.pairs(), every.edges["confidence"], strict=True)
        if known >= least
    }
    assert len(sure.edges) >= 5


def test_regulators_are_names_or_a_file_with_one_a_line(blood, regulators) -> None:
    by_name = quiet(hf.graph, blood, regulators=["GATA1", "SPI1"], bootstraps=2)
    by_file = quiet(hf.graph, blood, regulators=regulators, bootstraps=2)
    assert set(by_name.edges["source"]) == {"GATA1", "SPI1"}
    assert set(by_name.edges["target"]) == set(blood.var_names)
    assert by_name.edges.to_csv() == by_file.edges.to_csv()
    assert by_name.about == by_file.about


def test_python_and_the_command_line_write_the_same_bytes(blood, regulators, tmp_path) -> None:
    cells = tmp_path / "blood.h5ad"
    blood.write_h5ad(cells)
    python, command = tmp_path / "python.csv", tmp_path / "command.csv"
    genes = ["GATA1", "SPI1"]
    quiet(hf.graph, cells, python, regulators=genes, bootstraps=3, seed=4, top=9)
    options = ("--regulators", regulators, "--bootstraps", 3, "--seed", 4, "--top", 9)
    assert call("graph", cells, "--out", command, *options) == 0
    assert python.read_bytes() == command.read_bytes()
    one, other = (path.with_suffix(".about.json").read_bytes() for path in (python, command))
    assert one == other


def test_without_out_the_command_shows_the_network_alone(file, tmp_path, capsys) -> None:
    assert call("graph", file) == 0
    shown = capsys.readouterr()
    assert "Strongest edges" in shown.out
    assert "Wrote" not in shown.out + shown.err
    out = tmp_path / "edges.csv"
    assert call("graph", file, "--out", out) == 0
    assert f"Wrote {out}" in capsys.readouterr().err.replace("\n", "")


def test_as_json(file, tmp_path, capsys) -> None:
    assert call("graph", file, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["out"] is None
    assert found["readout"] == "closed-form"
    assert [(edge["source"], edge["sign"]) for edge in found["edges"]] == [("A", -1), ("B", -1)]
    out = tmp_path / "edges.csv"
    assert call("graph", file, "--json", "--out", out) == 0
    assert json.loads(capsys.readouterr().out)["out"] == str(out)


@pytest.mark.parametrize(
    ("options", "found", "fix"),
    [
        ({"regulators": ["GATA"]}, "'GATA'", "'A', 'B'"),
        ({"regulators": []}, "found none", "let every gene act"),
        ({"readout": "jacobian"}, "cells without a fit", "fit first: hillflow.fit(cells)"),
        ({"readout": "consensus"}, "cells without a fit", "fit first: hillflow.fit(cells)"),
        ({"confidence": 0.5, "bootstraps": 0}, "0 of them", "leave bootstraps at its default"),
        ({"bootstraps": 1}, "found 1", "leave it at its default"),
        ({"bootstraps": -1}, "found -1", "leave it at its default"),
        ({"seed": -1}, "found -1", "use for example 0"),
        ({"top": 0}, "found 0", "leave it out"),
        ({"time": "day"}, "'day'", "'time'"),
    ],
)
def test_mistakes_say_what_to_do_and_write_nothing(toggle, tmp_path, options, found, fix) -> None:
    with pytest.raises(InputError) as caught:
        hf.graph(toggle, tmp_path / "edges.csv", **options)
    assert found in str(caught.value)
    assert fix in caught.value.fix
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "options",
    [
        {"time": "day"},
        {"genes": ["A"]},
        {"regulators": ["A"]},
        {"bootstraps": 5},
        {"seed": 1},
        {"jobs": 2},
        {"cluster": "local"},
        {"dry_run": True},
    ],
)
def test_options_for_cells_have_no_meaning_for_a_run(run, options) -> None:
    with pytest.raises(InputError, match=f"cells for '{next(iter(options))}'") as caught:
        hf.graph(run, **options)
    assert "hillflow.graph(cells)" in caught.value.fix


def test_a_dry_run_says_what_a_network_costs_and_writes_nothing(file, tmp_path, capsys) -> None:
    cost = hf.graph(file, tmp_path / "edges.csv", dry_run=True)
    assert cost.seconds > 0
    assert set(cost.parts) == {"coupling cells", "truth tables", "halves of the cells"}
    words = ("graph", file, "--out", tmp_path / "edges.csv", "--dry-run")
    assert call(*words) == 0
    shown = capsys.readouterr()
    assert "Memory" in shown.out
    assert "nothing was written" in shown.err
    assert call(*words, "--json") == 0
    assert json.loads(capsys.readouterr().out)["memory_gb"] > 0
    assert not list(tmp_path.iterdir())


def test_a_network_beyond_the_memory_is_refused_before_it_begins(file, monkeypatch) -> None:
    monkeypatch.setattr("hillflow.closed_form.cost.memory_of_machine", lambda: 1e6)
    with pytest.raises(InputError, match=r"a network within the 0\.0 GB of memory"):
        hf.graph(file, progress=lambda *_: None)


def test_progress_counts_the_cells_and_the_tables(file) -> None:
    seen = []
    hf.graph(file, bootstraps=0, progress=lambda *report: seen.append(report))
    of_cells, of_tables = ([one for one in seen if one[0] == what] for what in dict.fromkeys(
        one[0] for one in seen))  # fmt: skip
    for what, reports in (("cells coupled", of_cells), ("truth tables", of_tables)):
        assert reports[-1] == (what, reports[-1][2], reports[-1][2])


def test_jobs_give_the_same_network(file) -> None:
    alone, together = (hf.graph(file, bootstraps=2, jobs=jobs) for jobs in (1, 2))
    assert alone.edges.to_csv() == together.edges.to_csv()


def test_it_says_whether_another_half_of_the_cells_names_the_same_edges(blood) -> None:
    network = quiet(hf.graph, blood, bootstraps=2)
    halves = network.about["halves"]
    assert halves["edges"] == 22
    assert halves["by_chance"] == pytest.approx(22 / 110)
    assert halves["by_chance"] < halves["found_again"] <= 1


def test_a_network_at_chance_says_so_first() -> None:
    random = np.random.default_rng(0)
    noise = Snapshots.from_arrays(
        random.uniform(1, 2, size=(96, 50)), np.repeat([0.0, 1, 2], 32),
        [f"G{k}" for k in range(50)],
    )  # fmt: skip
    codes = [one.code for one in quiet(hf.graph, noise, bootstraps=2).findings]
    assert codes[:2] == ["graph.at-chance", "graph.no-perturbations"]


def test_runs_cannot_be_pooled_with_cells(toggle, run) -> None:
    with pytest.raises(InputError, match="a run for") as caught:
        hf.graph(toggle, also=[run])
    assert "hillflow.fit(cells)" in caught.value.fix


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing.h5ad",), "found nothing"),
        (("cells.h5ad", "--out", "edges.tsv"), "ends in .csv"),
        (("cells.h5ad", "--regulators", "nothing.txt"), "a list of genes"),
        (("cells.h5ad", "--genes", "nothing.txt"), "a list of genes"),
        (("cells.h5ad", "--confidence", 0.5, "--bootstraps", 0), "--bootstraps"),
    ],
)
def test_mistakes_on_the_command_line_write_nothing(
    toggle, tmp_path, monkeypatch, capsys, words, said
) -> None:
    monkeypatch.chdir(tmp_path)
    toggle.write_h5ad(tmp_path / "cells.h5ad")
    assert call("graph", *words) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert [path.name for path in tmp_path.iterdir()] == ["cells.h5ad"]


def test_a_run_keeps_every_edge_whatever_is_shown(own_blood_run) -> None:
    shown = quiet(hf.graph, own_blood_run, top=3)
    assert len(shown.edges) == 3
    kept = hf.Run.open(own_blood_run.path).graph
    assert len(kept.edges) > 3
    assert kept.pairs()[:3] == shown.pairs()


def test_regulators_in_one_text_and_few_of_them_are_a_finding(blood) -> None:
    network = quiet(hf.graph, blood, regulators="GATA1,SPI1", bootstraps=2)
    assert set(network.edges["source"]) == {"GATA1", "SPI1"}
    assert "graph.few-regulators" in {finding.code for finding in network.findings}
    assert "graph.few-regulators" not in {
        finding.code for finding in quiet(hf.graph, blood, bootstraps=2).findings
    }


def test_it_says_which_cells_it_saw(blood) -> None:
    said = quiet(hf.graph, blood, bootstraps=0).about["cells"]
    assert said.startswith(f"{blood.n_obs:,} at 0 h")
    assert "knockout" in said


def test_the_edges_of_a_run_are_not_replaced_by_those_of_cells(file, own_blood_run) -> None:
    quiet(hf.graph, own_blood_run)
    edges = own_blood_run.path / "edges.csv"
    before = edges.read_bytes()
    with pytest.raises(InputError, match="not a file of a run"):
        quiet(hf.graph, file, edges)
    assert edges.read_bytes() == before


def test_shallow_cells_of_a_screen_are_averaged_unless_told_otherwise() -> None:
    adata = hf.simulate("scale-free", genes=24, cells=60, times=[0, 8, 24], knockouts="G1,G2")
    levels = adata.X / adata.X.mean() / 2  # half a molecule a gene and cell
    adata.X = np.random.default_rng(1).poisson(levels).astype(np.float32)
    adata = adata[np.asarray(adata.X.sum(axis=1)).ravel() > 0].copy()
    adata.uns.clear()  # what it says of the levels
    found = quiet(hf.graph, adata, normalize=True, bootstraps=0)
    assert "graph.metacells" in {one.code for one in found.findings}
    raw = quiet(hf.graph, adata, normalize=True, bootstraps=0, metacells=1)
    assert "graph.metacells" not in {one.code for one in raw.findings}
    same = quiet(hf.graph, adata, normalize=True, bootstraps=0, metacells="5")
    assert same.edges["weight"].equals(found.edges["weight"])
    with pytest.raises(InputError, match="whole number from 1 on"):
        hf.graph(adata, metacells=0)
