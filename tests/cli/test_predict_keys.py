"""What the file of ``hillflow predict`` holds beside the cells, and that the command says so."""

from __future__ import annotations

import hashlib
import json

import anndata
import numpy as np

from hillflow.cli import main
from hillflow.data import pooled_control
from hillflow.results import Run


def call(*words: object) -> int:
    return main([str(word) for word in words])


def test_predicted_cells_can_be_traced_to_their_run(run, tmp_path, capsys):
    out = tmp_path / "knockout.h5ad"
    words = ("--perturb", "SPI1=ko", "--start-time", "8 h", "--absolute", "--json")
    assert call("predict", run, "--out", out, *words) == 0
    said = json.loads(capsys.readouterr().out)["keys"]
    written = anndata.read_h5ad(out)
    source = written.uns["hillflow"]["prediction"]
    model = (run / "model" / "member-0" / "model.safetensors").read_bytes()
    assert list(source["models"]) == [hashlib.sha256(model).hexdigest()]
    assert source["data"] == Run.open(run).manifest["request"]["data"]["fingerprint"]
    assert (source["perturbation"], source["start_time"]) == ("SPI1=knockout", 8.0)
    assert source["start_cells"] == 30
    assert source["absolute"]
    assert said[0] == "X"
    assert set(said[1:]) == {
        *(f"obs['{name}']" for name in written.obs),
        *(f"uns['hillflow']['{name}']" for name in written.uns["hillflow"]),
    }


def test_the_keys_are_named_in_words(run, tmp_path, capsys):
    assert call("predict", run, "--out", tmp_path / "cells.h5ad", "--perturb", "SPI1=ko") == 0
    said = " ".join(capsys.readouterr().out.split())
    for key in ("obs['time']", "uns['hillflow']['prediction']", "uns['hillflow']['version']"):
        assert key in said


def test_a_prediction_from_pooled_means_is_noted_with_the_cells_as_they_were(run, tmp_path, capsys):
    plain, pooled = tmp_path / "plain.h5ad", tmp_path / "pooled.h5ad"
    words = ("predict", run, "--perturb", "SPI1=ko", "--out")
    assert call(*words, plain) == 0
    assert call(*words, pooled, "--pooled") == 0
    assert "pooled control" in " ".join(capsys.readouterr().out.split())
    one, other = (anndata.read_h5ad(path) for path in (plain, pooled))
    noted = [each.uns["hillflow"]["prediction"] for each in (one, other)]
    assert [bool(each["pooled"]) for each in noted] == [False, True]
    assert noted[0]["data"] == noted[1]["data"]
    opened = Run.open(run)
    expected = opened.fit.predict(pooled_control(opened.data), "SPI1=ko").x
    np.testing.assert_allclose(other.X, expected)
    assert np.abs(one.X - other.X).max() > 0


def test_a_cautious_prediction_wants_members_and_is_noted(run, ensemble, tmp_path, capsys):
    out = tmp_path / "cells.h5ad"
    words = ("--perturb", "SPI1=ko", "--cautious")
    assert call("predict", run, "--out", out, *words) == 2
    assert "two members or more" in " ".join(capsys.readouterr().err.split())
    assert not out.exists()
    assert call("predict", ensemble, "--out", out, *words) == 0
    assert anndata.read_h5ad(out).uns["hillflow"]["prediction"]["cautious"]
