"""``hillflow export``: every format, what is selected, and what is refused before any work."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import hillflow as hf
from hillflow.cli import main
from hillflow.errors import InputError
from hillflow.networks import FORMATS, annotated
from hillflow.networks.network import Network
from hillflow.symbolic import LAW_FORMATS
from hillflow.workflow._export import TOOLS

GENES = ("GATA1", "SPI1", "FLI1", "ACTB")


def call(*words: object) -> int:
    return main([str(word) for word in words])


@pytest.fixture
def graph() -> Network:
    """Every pair has a weight; GATA1 → SPI1 is by far the strongest, and inhibits."""
    weight = np.random.default_rng(0).normal(0, 0.1, (4, 4))
    weight[1, 0], weight[0, 2] = -3.0, 2.0
    confidence = np.linspace(0, 1, 16).reshape(4, 4)
    return Network.from_matrix(GENES, weight, confidence=confidence)


@pytest.fixture
def edges(graph: Network, tmp_path: Path) -> Path:
    return graph.save(tmp_path / "edges.csv")


@pytest.mark.parametrize(
    ("to", "out", "written"),
    [
        ("graphml", "net.graphml", ["net.graphml"]),
        ("cx2", "net.cx2", ["net.cx2"]),
        ("cyjs", "net.cyjs", ["net.cyjs", "net.style.json"]),
        ("sif", "net.sif", ["net.sif", "net.nodes.tsv", "net.edges.tsv"]),
        ("decoupler", "net.csv", ["net.csv"]),
        ("pyscenic", "adj.tsv", ["adj.tsv", "adj.tfs.txt"]),
        ("celloracle", "tfs.json", ["tfs.json"]),
        ("beeline", "rankedEdges.csv", ["rankedEdges.csv"]),
    ],
)
def test_every_format_says_what_it_wrote(edges, tmp_path, capsys, to, out, written):
    assert call("export", edges, "--to", to, "--out", tmp_path / out, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [Path(path).name for path in found["written"]] == written
    assert all(Path(path).stat().st_size for path in found["written"])
    assert (found["genes"], found["edges"]) == (4, 16)
    assert call("export", edges, "--to", to, "--out", tmp_path / out, "--overwrite") == 0
    assert f"{written[-1]}: 4 genes, 16 edges" in " ".join(capsys.readouterr().out.split())


def drawn(path: Path) -> dict[tuple[str, str], dict]:
    elements = json.loads(path.read_text())["elements"]
    data = [one["data"] for one in elements["edges"]]
    return {(one["source"], one["target"]): one for one in data}


def test_thresholds_and_the_neighbourhood(edges, graph, tmp_path):
    out = tmp_path / "net.cyjs"
    assert call("export", edges, "--to", "cyjs", "--out", out, "--top", 2) == 0
    assert set(drawn(out)) == {("GATA1", "SPI1"), ("FLI1", "GATA1")}
    words = ("export", edges, "--to", "cyjs", "--out", out, "--overwrite")
    assert call(*words, "--confidence", 0.8) == 0
    sure = graph.select(confidence=0.8)
    assert set(drawn(out)) == set(annotated(sure).edges)
    assert call(*words, "--top-per-target", 1) == 0
    assert len(drawn(out)) == 4
    assert call(*words, "--top", 2, "--gene", "SPI1") == 0
    assert set(drawn(out)) == {("GATA1", "SPI1")}
    assert call(*words, "--top", 2, "--gene", "SPI1", "--radius", 2) == 0
    assert len(drawn(out)) == 2


def test_a_prior_is_laid_over(edges, tmp_path, capsys):
    out = tmp_path / "net.cyjs"
    words = ("export", edges, "--to", "cyjs", "--out", out, "--top", 2, "--prior", "hematopoiesis")
    assert call(*words) == 0
    shown = capsys.readouterr()
    assert "Krumsiek" in shown.err
    said = " ".join(shown.out.split())
    assert (
        "Compared with hematopoiesis: 2 edges agree, 0 have the opposite sign, 0 are novel, and "
        in said
    )
    assert "and 4 of the prior are missing here" in said
    status = {pair: one["status"] for pair, one in drawn(out).items()}
    assert status["GATA1", "SPI1"] == status["FLI1", "GATA1"] == "agreement"
    assert status["SPI1", "GATA1"] == "missing"
    assert len(status) == 6
    assert call(*words, "--overwrite", "--json") == 0
    counts = json.loads(capsys.readouterr().out)["prior"]
    assert counts == {"agreement": 2, "opposite": 0, "novel": 0, "missing": 4}


def test_a_run_gives_its_table_or_what_its_model_says(own_run, tmp_path, capsys):
    words = ("export", own_run, "--to", "decoupler", "--json", "--out")
    assert call(*words, tmp_path / "model.csv") == 0
    told = capsys.readouterr()
    assert "no network in run yet: it is inferred from the fit" in " ".join(told.err.split())
    assert json.loads(told.out)["genes"] == 11
    (own_run / "edges.csv").write_text("source,target,weight,sign,confidence\nSPI1,GATA1,-1,-1,\n")
    assert call(*words, tmp_path / "table.csv") == 0
    assert json.loads(capsys.readouterr().out)["genes"] == 11
    assert (tmp_path / "table.csv").read_text() == "source,target,weight\nSPI1,GATA1,-1.0\n"


def test_laws_go_out_as_sbml(own_run, tmp_path, capsys):
    libsbml = pytest.importorskip("libsbml", reason="python-libsbml is not installed")
    from hillflow.symbolic import Law, Laws, ParetoFront, complexity, parse

    production = parse("0.5 + SPI1")
    law = Law(
        gene="SPI1", production=production, parents=("SPI1",), decay=2.0, parameters=(),
        family="single", engine="by hand", complexity=complexity(production), error=0.0,
        error_off=None, error_left_out=None, bic=0.0,
    )  # fmt: skip
    words = ("export", own_run, "--to", "sbml", "--out", tmp_path / "laws.xml")
    assert call(*words) == 2
    assert "hillflow laws" in capsys.readouterr().err
    Laws({"SPI1": ParetoFront("SPI1", [law])}, "h").save(own_run / "laws.json")
    assert call(*words) == 0
    model = libsbml.readSBMLFromFile(str(tmp_path / "laws.xml")).getModel()
    assert model.getNumRules() == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--to", "graphm", "--out", "net.graphml"), "did you mean 'graphml'"),
        (("--to", "graphml", "--out", "net.xml"), "ends in .graphml"),
        (("--to", "cx2", "--out", "none/net.cx2"), "mkdir -p"),
        (("--to", "cx2", "--out", "there.cx2"), "--overwrite"),
        (("--to", "cx2", "--out", "net.cx2", "--gene", "gata1"), "did you mean 'GATA1'"),
        (("--to", "decoupler", "--out", "net.csv", "--prior", "trrust"), "with --prior"),
        (("--to", "cx2", "--out", "net.cx2", "--fold-case"), "--prior with its options"),
        (("--to", "sbml", "--out", "laws.xml", "--top", "3"), "holds laws, with --top"),
        (("--to", "cx2", "--out", "net.cx2", "--prior", "nonsense"), "nonsense"),
        (("--to", "cx2", "--out", "net.cx2", "--confidence", "2"), "--confidence"),
    ],
)
def test_a_mistake_is_one_message_and_leaves_nothing(
    edges, tmp_path, monkeypatch, capsys, words, told
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.cx2").write_text("old")
    before = sorted(tmp_path.iterdir())
    assert call("export", "edges.csv", *words) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert told in " ".join(shown.err.replace("│", " ").split())
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "there.cx2").read_text() == "old"


def test_other_tables_and_absent_sources_are_told(tmp_path, capsys):
    (tmp_path / "edges.csv").write_text("TF,target,importance\nA,B,1\n")
    out = ("--to", "cx2", "--out", tmp_path / "net.cx2")
    assert call("export", tmp_path / "edges.csv", *out) == 2
    assert "source" in capsys.readouterr().err
    (tmp_path / "cells.h5ad").write_bytes(b"\x89HDF\r\n\x1a\n\xff")
    assert call("export", tmp_path / "cells.h5ad", *out) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "found cells in" in said
    assert "Fix: fit them first" in said
    (tmp_path / "none.csv").write_text("source,target,weight,sign,confidence\n")
    assert call("export", tmp_path / "none.csv", *out) == 2
    assert "found only a header" in capsys.readouterr().err
    assert call("export", tmp_path / "edgse.csv", *out) == 2
    assert "did you mean" in capsys.readouterr().err
    assert call("export", tmp_path, *out) == 2
    assert "manifest.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("to", "fix"),
    [
        ("cytoscape", "for Cytoscape: cx2."),
        ("CellRank", "for CellRank: use hillflow.velocity(run, 'velocity.h5ad') "),
        ("scvelo", "for scVelo: use hillflow.velocity"),
        ("copasi", "for COPASI: sbml."),
        ("tex", "for LaTeX: latex."),
        ("SCENIC", "for SCENIC: pyscenic."),
        ("pySCENIC", "did you mean 'pyscenic'?"),
        ("CellOracle", "did you mean 'celloracle'?"),
        ("zzzzz", "choose one of cx2, "),
    ],
)
def test_a_tool_is_answered_with_the_format_it_reads(edges, tmp_path, capsys, to, fix):
    assert call("export", edges, "--to", to, "--out", tmp_path / "net") == 2
    said = " ".join(capsys.readouterr().err.split())
    assert f"Expected the name of a format as --to, found {to!r}. Fix: {fix}" in said
    assert said.count("graphml") == (to == "zzzzz")


def test_every_tool_has_a_format_or_a_command():
    formats = {*FORMATS, *LAW_FORMATS}
    assert all(to in formats or "hillflow velocity" in to for _, to in TOOLS.values())
    assert not set(TOOLS) & formats


def test_arguments_in_the_wrong_order_and_cells_are_told(tmp_path, graph):
    out = tmp_path / "x.cx2"
    with pytest.raises(InputError) as caught:
        hf.export(graph, out, "cx2")
    assert (
        f"name the format first: hillflow.export(source, 'cx2', {str(out)!r})" in caught.value.fix
    )
    adata = hf.simulate("toggle", cells=10, times=[0, 1])
    for to in ("cx2", "sbml"):
        with pytest.raises(InputError) as refused:
            hf.export(adata, to, tmp_path / f"x.{to.replace('sbml', 'xml')}")
        with pytest.raises(InputError) as by_laws:
            hf.laws(adata)
        assert str(refused.value) == str(by_laws.value)
    assert not list(tmp_path.iterdir())


def test_a_run_of_nearly_this_name_is_named(own_run, tmp_path, capsys):
    typo = own_run.with_name("rnu")
    assert call("export", typo, "--to", "cx2", "--out", tmp_path / "x.cx2") == 2
    assert f"did you mean {str(own_run)!r}?" in capsys.readouterr().err
    assert call("graph", typo) == 2
    assert f"did you mean {str(own_run)!r}?" in capsys.readouterr().err
    assert call("graph", own_run.with_name("else")) == 2
    assert "name the folder that `hillflow fit --out` wrote" in capsys.readouterr().err


def test_many_edges_are_remarked_on(tmp_path, capsys):
    names = [f"g{k}" for k in range(24)]
    weight = np.random.default_rng(0).normal(size=(24, 24))
    path = Network.from_matrix(names, weight).save(tmp_path / "edges.csv")
    words = ("export", path, "--to", "sif", "--out", tmp_path / "net.sif")
    assert call(*words) == 0
    assert "576 edges are more than a picture shows" in " ".join(capsys.readouterr().err.split())
