"""Fits whose state is principal components: what is read off them is of genes."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

import hillflow as hf
from hillflow.causal.graph import _states
from hillflow.causal.probe import rows_to_probe
from hillflow.cli import main
from hillflow.errors import UnsupportedError

from .conftest import quiet

FIELD = {"field": "locally-linear", "effort": 0.02}


@pytest.fixture(scope="module")
def cells() -> hf.Snapshots:
    """Twelve genes that follow three hidden ones, at three times."""
    random = np.random.default_rng(0)
    hidden = random.normal(size=(120, 3)) + np.repeat([[0, 1, 3], [1, 2, 2], [2, 2, 1]], 40, 0)
    x = np.abs(hidden @ random.normal(size=(3, 12)) + 0.1 * random.normal(size=(120, 12)))
    genes = [f"G{k}" for k in range(12)]
    return hf.Snapshots.from_arrays(x, np.repeat([0.0, 1.0, 2.0], 40), genes, unit="h")


@pytest.fixture(scope="module")
def run(cells: hf.Snapshots, tmp_path_factory: pytest.TempPathFactory) -> hf.Run:
    out = tmp_path_factory.mktemp("components") / "run"
    return quiet(hf.fit, cells, out, method="ot-cfm", components=3, **FIELD)


def test_the_network_is_the_operator_in_genes_with_the_scales_that_were_applied(run):
    """V diag(sd) E A diag(1/sd) Vᵀ, times sd(x_j)/sd(ẋ_i), by NumPy from the saved tensors."""
    network = quiet(hf.graph, run)
    assert network.about["readout"] == "weight"
    member = run.fit[0]
    field, basis = member.field, member.basis
    rows = rows_to_probe(run.data, _states(12))
    x = basis.lift(basis.project(run.data.x[rows])).astype(np.float32)
    time = torch.from_numpy(run.data.time[rows].astype(np.float32))
    with torch.no_grad():
        a = field.local_affine(torch.from_numpy(x), time)[0].numpy().mean(0)
    sd = field.scale.numpy()
    operator = basis.components @ np.diag(sd) @ a @ np.diag(1 / sd) @ basis.components.T
    spread = x.std(0), member.velocity(x, run.data.time[rows]).std(0)
    expected = operator * spread[0][None, :] / spread[1][:, None]
    found = network.matrix().loc[list(run.fit.genes), list(run.fit.genes)].to_numpy().T
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=2e-4 * np.abs(expected).max())


def test_predictions_and_velocities_are_of_genes(run, cells):
    predicted = quiet(hf.predict, run, times=[1, 2])
    assert predicted.cells.genes == cells.genes
    adata = quiet(hf.velocity, run)
    velocity = adata.layers["velocity"]
    basis = run.fit.basis
    inside = velocity @ basis.components @ basis.components.T
    np.testing.assert_allclose(velocity, inside, atol=1e-4 * np.abs(velocity).max())
    assert velocity.shape == cells.x.shape


def test_it_is_validated_exported_and_reported_like_any_other(run, tmp_path, unrendered):
    known = hf.Network.from_columns(
        ["G1", "G2", "G3"] * 3, ["G5", "G6", "G7", "G7", "G5", "G6", "G8", "G8", "G9"]
    )
    result = quiet(hf.validate, run, known, shuffles=9)
    assert result.scores.edges == 9
    quiet(hf.export, run, "sif", tmp_path / "edges.sif", top=5)
    page = quiet(hf.report, run, tmp_path / "report.html")
    assert "the first 3 principal components of 12 genes" in page.read_text()


def test_what_needs_a_gene_as_a_state_is_refused_with_a_fix(run):
    with pytest.raises(UnsupportedError, match=r"mixes all genes.*components=12"):
        hf.knockout(run, "G1")
    with pytest.raises(UnsupportedError, match="mixes all genes"):
        hf.predict(run, "G1=ko")
    with pytest.raises(UnsupportedError, match="split"):
        hf.laws(run)
    with pytest.raises(UnsupportedError, match="equilibrium"):
        hf.scm(run)


@pytest.mark.parametrize("field", [None, "linear", "hill", "auto"])
def test_other_fields_refuse_components_before_the_work(cells, field):
    with pytest.raises(UnsupportedError, match=r"choose field=… .*'locally-linear'"):
        hf.fit(cells, field=field, components=3)


def test_all_genes_are_no_reduction(cells):
    run = quiet(hf.fit, cells, method="ot-cfm", components=12, **FIELD)
    assert run.fit.field.component_count is None
    assert not any(finding.code == "fit.components" for finding in run.fit.findings)
    assert quiet(hf.knockout, run, "G1=clamp:0").names == ["G1=clamp:0"]


def test_the_command_takes_components(cells, tmp_path, capsys):
    path, out = tmp_path / "cells.h5ad", tmp_path / "run"
    cells.to_anndata().write_h5ad(path)
    words = ["fit", path, "--out", out, "--field", "locally-linear", "--method", "ot-cfm"]
    words += ["--components", "4", "--effort", "0.02"]
    assert main([str(word) for word in words]) == 0
    assert "the first 4 principal components of 12 genes" in capsys.readouterr().err
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["asked"]["setting"]["components"] == 4
    assert manifest["call"]["options"]["components"] == 4
