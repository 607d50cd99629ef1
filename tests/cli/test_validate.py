"""``hillflow validate`` on a small run and on other tools' tables."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from hillflow.baselines import NETWORK_BASELINES
from hillflow.cli import main
from hillflow.evaluate import validate

REFERENCE = """source,target,sign,evidence
GATA1,SPI1,-1,11
SPI1,GATA1,-1,12
GATA1,KLF1,1,13
GATA1,FLI1,1,14
KLF1,FLI1,-1,15
FLI1,KLF1,-1,16
"""


def call(*words: object) -> int:
    return main([str(word) for word in words])


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    (tmp_path / "reference.csv").write_text(REFERENCE)
    return tmp_path / "reference.csv"


def test_a_run_beside_its_baselines(run, reference, tmp_path, capsys) -> None:
    figure, out = tmp_path / "page.png", tmp_path / "v.json"
    words = ("validate", run, "--against", reference, "--shuffles", 19, "--figure", figure)
    assert call(*words, "--out", out, "--json") == 0
    result = json.loads(capsys.readouterr().out)
    written = json.loads(out.read_text())
    assert len(written.pop("sha256")) == 64
    assert result == written
    assert set(result["baselines"]) == set(NETWORK_BASELINES)
    assert result["scores"]["edges"] == 6
    assert "regulators of the reference" in result["universe"]["words"]
    assert "fit with ensemble=10 (--ensemble 10)" in result["over_cells"]["words"]
    assert list(result["curves"]["precision"]) == ["this network", *result["baselines"]]
    assert figure.read_bytes().startswith(b"\x89PNG")


def test_a_table_for_a_person(reference, tmp_path, capsys) -> None:
    edges = tmp_path / "adjacencies.tsv"
    edges.write_text("TF\ttarget\timportance\nGATA1\tSPI1\t3\nSPI1\tFLI1\t2\nFLI1\tGATA1\t1\n")
    assert call("validate", edges, "--against", reference) == 0
    shown = capsys.readouterr().out
    assert "Pairs scored" in shown
    assert "too few rewirings to tell" in " ".join(shown.split())
    assert "the network has no signs" in shown  # signs
    assert "a single network does not show the variation between cells" in shown
    assert "PMID 11" in shown
    assert "GATA1" in shown
    expected = validate(edges, reference).scores
    assert f"{expected.ap:.3f}" in shown
    assert not (tmp_path / "validation.json").exists()


def test_case_is_folded_with_one_remark(reference, tmp_path, capsys) -> None:
    edges = tmp_path / "edges.csv"
    edges.write_text("source,target,weight\nGata1,Spi1,-2\nSpi1,Gata1,1\nFli1,Klf1,-0.5\n")
    assert call("validate", edges, "--against", reference) == 2
    assert "--fold-case" in capsys.readouterr().err
    assert call("validate", edges, "--against", reference, "--fold-case") == 0
    shown = capsys.readouterr()
    assert (shown.out + shown.err).count("Case was ignored") == 1


def test_the_run_keeps_its_validation(own_run, reference, capsys) -> None:
    assert call("validate", own_run, "--against", reference, "--shuffles", 9) == 0
    written = json.loads((own_run / "validation.json").read_text())
    assert written["reference"]["name"] == "reference"
    assert f"Wrote {own_run / 'validation.json'}" in capsys.readouterr().err.replace("\n", "")


def test_the_bundled_references_by_name(benchmark_data, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("HILLFLOW_DATA", str(benchmark_data))
    truth = pd.read_csv(benchmark_data / "thp1" / "truth.csv")
    edges = tmp_path / "edges.csv"
    truth.rename(columns={"sign": "weight"}).to_csv(edges, index=False)
    copy = benchmark_data / "collectri" / "collectri.csv"
    for name, extra in (("trrust", ()), ("collectri", ("--prior-file", copy))):
        assert call("validate", edges, "--against", name, *extra, "--json") == 0
        result = json.loads(capsys.readouterr().out)
        assert result["scores"]["edges"] > 20
        assert result["signs"]["edges"] > 0
        if name == "trrust":
            assert any(row["evidence"] for row in result["edges"])


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (("--out", "v.txt"), ".json"),
        (("--figure", "page.gif"), ".png"),
        (("--universe", "all"), "universe"),
        (("--where", "sign"), "COLUMN=VALUE"),
    ],
)
def test_mistakes_are_met_before_any_work(extra, words, reference, tmp_path, capsys) -> None:
    edges = tmp_path / "edges.csv"
    edges.write_text("source,target,weight\nGATA1,SPI1,1\n")
    assert call("validate", edges, "--against", reference, *extra) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "v.txt").exists()


def test_what_is_not_there(reference, tmp_path, capsys) -> None:
    (tmp_path / "edges.csv").write_text("source,target,weight\nGATA1,SPI1,1\n")
    assert call("validate", tmp_path / "edgs.csv", "--against", reference) == 2
    assert "did you mean" in capsys.readouterr().err
    assert call("validate", tmp_path / "edges.csv", "--against", "trust") == 2
    assert "trrust" in capsys.readouterr().err
