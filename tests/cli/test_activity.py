"""``hillflow activity`` writes what `hf.activity` returns, and says what it wrote."""

from __future__ import annotations

import json

import anndata
import numpy as np

import hillflow as hf
from hillflow.cli import main


def test_the_command_writes_the_tables(blood, tmp_path, capsys) -> None:
    out = tmp_path / "activity.h5ad"
    words = ["activity", str(blood), "--prior", "hematopoiesis", "--tmin", "3", "--out", str(out)]
    assert main(words) == 0
    said = capsys.readouterr()
    assert "Most different between cells" in said.out
    assert f"Wrote {out} with obsm['score_ulm'], obsm['padj_ulm']" in said.err
    expected = hf.activity(blood, prior="hematopoiesis", tmin=3)
    np.testing.assert_allclose(anndata.read_h5ad(out).obsm["score_ulm"], expected.scores)

    assert main([*words, "--json", "--overwrite"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["method"] == "ulm"
    assert {row["regulator"] for row in found["regulators"]} == set(expected.scores)


def test_genes_to_leave_out_come_from_a_file(blood, tmp_path) -> None:
    genes = tmp_path / "genes.txt"
    genes.write_text("KLF1\nSPI1\n")
    out = tmp_path / "activity.h5ad"
    words = ["activity", str(blood), "--prior", "hematopoiesis", "--tmin", "2", "--out", str(out)]
    assert main([*words, "--leave-out", str(genes)]) == 0
    expected = hf.activity(blood, prior="hematopoiesis", tmin=2, leave_out=["KLF1", "SPI1"])
    np.testing.assert_allclose(anndata.read_h5ad(out).obsm["score_ulm"], expected.scores)
