"""``hillflow priors``: what is printed, what is JSON, and how it leaves."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest

from hillflow.cli import main


@pytest.fixture
def save(tmp_path: Path):
    def save_panel(*genes: str) -> str:
        table = pd.DataFrame(index=list(genes))
        path = tmp_path / "cells.h5ad"
        anndata.AnnData(np.zeros((2, len(genes)), dtype="float32"), var=table).write_h5ad(path)
        return str(path)

    return save_panel


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    status = main(["priors", *arguments])
    shown = capsys.readouterr()
    return status, shown.out, shown.err


def test_list(capsys) -> None:
    status, out, _ = run(capsys, "list")
    assert status == 0
    assert all(word in out for word in ("trrust-mouse", "8,427", "CC BY-SA 4.0", "included"))
    entries = json.loads(run(capsys, "list", "--json")[1])
    assert {"name", "url", "sha256", "licence"} <= set(entries[0])


def test_fetch_of_an_included_network(capsys) -> None:
    status, out, err = run(capsys, "fetch", "hematopoiesis")
    assert status == 0
    assert Path(out.strip()).name == "hematopoiesis.csv"
    assert "Krumsiek" in err


def test_align(capsys, save) -> None:
    data = save("GATA1", "SPI1", "FLI1", "ACTB")
    status, out, _ = run(capsys, "align", "hematopoiesis", data)
    assert status == 0
    assert "6 of 30 edges" in out
    assert "Krumsiek" in out
    found = json.loads(run(capsys, "align", "hematopoiesis", data, "--json")[1])
    edges = {(edge["source"], edge["target"], edge["sign"]) for edge in found["edges"]}
    assert edges == {
        ("GATA1", "GATA1", 1), ("SPI1", "GATA1", -1), ("FLI1", "GATA1", 1),
        ("GATA1", "FLI1", 1), ("GATA1", "SPI1", -1), ("SPI1", "SPI1", 1),
    }  # fmt: skip
    assert found["panel"]["without_edges"] == ["ACTB"]
    assert found["edges_by_match"]["exact"] == 6


def test_zero_overlap_is_a_users_mistake(capsys, save, tmp_path: Path) -> None:
    copy = tmp_path / "trrust.tsv"
    copy.write_text("Gata1\tSpi1\tRepression\t1\n")
    options = ("align", "trrust", save("GATA1", "SPI1"), "--organism", "mouse")
    options += ("--prior-file", str(copy))
    status, out, err = run(capsys, *options)
    assert (status, out) == (2, "")
    assert "1 edge would match with case folded" in err
    assert "--fold-case" in err
    status, out, _ = run(capsys, *options, "--fold-case")
    assert status == 0
    assert "one species" in out


def test_aliases(capsys, save, tmp_path: Path) -> None:
    table = tmp_path / "orthologs.csv"
    table.write_text("human,mouse\nGATA1,Gata1\nSPI1,Spi1\n")
    data = save("Gata1", "Spi1")
    assert run(capsys, "align", "hematopoiesis", data)[0] == 2
    status, out, _ = run(capsys, "align", "hematopoiesis", data, "--aliases", str(table), "--json")
    assert status == 0
    assert json.loads(out)["edges_by_match"] == {"exact": 0, "case-folded": 0, "alias": 4}


def test_rows_of_a_file_are_chosen(capsys, save, tmp_path: Path) -> None:
    table = tmp_path / "several.csv"
    table.write_text("level,source,target\na,A,B\nb,A,B\nb,B,A\nc,B,B\n")
    options = ("align", str(table), save("A", "B"), "--json")
    assert "--where level=c" in run(capsys, *options)[2]
    status, out, _ = run(capsys, *options, "--where", "level=b", "--where", "level=c")
    assert status == 0
    assert len(json.loads(out)["edges"]) == 3
    assert "write --where COLUMN=VALUE" in run(capsys, *options, "--where", "level")[2]
    status, _, err = run(capsys, *options, "--where", "level=b", "--format", "beeline")
    assert (status, "'gene1'" in err) == (2, True)


def test_what_the_catalogue_notes_is_told(capsys, save) -> None:
    data = save("GATA1", "SPI1")
    assert "Note: hematopoiesis: Boolean model" in run(capsys, "align", "hematopoiesis", data)[2]
    found = json.loads(run(capsys, "align", "hematopoiesis", data, "--json")[1])
    assert found["note"].startswith("hematopoiesis: Boolean model")


def test_missing_data_is_said_before_anything_else(capsys, tmp_path: Path) -> None:
    status, _, err = run(capsys, "align", "nonsense", str(tmp_path / "no.h5ad"))
    assert status == 2
    assert "no.h5ad" in err


@pytest.mark.parametrize(("prior", "edges"), [("trrust", 38), ("collectri", 155)])
def test_thp1(capsys, benchmark_data: Path, monkeypatch, prior: str, edges: int) -> None:
    monkeypatch.setenv("HILLFLOW_DATA", str(benchmark_data))
    data = str(benchmark_data / "thp1" / "expression.h5ad")
    status, out, _ = run(capsys, "align", prior, data, "--json")
    assert status == 0
    assert len(json.loads(out)["edges"]) == edges


def test_help_needs_no_heavy_library() -> None:
    import subprocess

    program = (
        "import sys, hillflow.cli.commands;"
        "print([m for m in ('torch', 'anndata', 'pandas', 'pooch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
