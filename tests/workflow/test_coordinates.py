"""Fits whose state is an embedding of cells: what needs genes is refused, the rest works in it."""

from __future__ import annotations

import json

import anndata
import numpy as np
import pandas as pd
import pytest

import hillflow as hf
from hillflow.cli import main
from hillflow.errors import HillflowError, InputError, UnsupportedError

from .conftest import quiet

KEY = "X_scVI"


def turned(cells: int = 60) -> anndata.AnnData:
    """Cells whose coordinates turn by a right angle from one time to the next, about 0."""
    random = np.random.default_rng(0)
    angle = np.repeat([0, 0.5, 1.0], cells) * np.pi
    z = np.stack([np.cos(angle), np.sin(angle)], axis=1) + 0.05 * random.normal(size=(3 * cells, 2))
    obs = pd.DataFrame(
        {"time": np.repeat([0, 1, 2], cells), "perturbation": "control"},
        index=[f"c{k}" for k in range(3 * cells)],
    )
    counts = random.poisson(2.0, (3 * cells, 4)).astype(np.float32)
    return anndata.AnnData(counts, obs=obs, obsm={KEY: z, "X_pca": z[:, :1]})


@pytest.fixture(scope="module")
def cells() -> anndata.AnnData:
    return turned()


@pytest.fixture(scope="module")
def run(cells) -> hf.Run:
    return quiet(hf.fit, cells, obsm=KEY, effort=0.2)


def test_cells_move_in_the_coordinates_by_a_field_that_takes_any_value(cells, run) -> None:
    assert run.fit.genes == ("X_scVI_1", "X_scVI_2")
    assert run.fit[0].field.name == "mlp"
    np.testing.assert_array_equal(run.data.x, cells.obsm[KEY].astype(np.float32))
    moved = quiet(hf.predict, run, "control", times=[2], absolute=True)
    np.testing.assert_allclose(moved.adata.X.mean(axis=0), [-1, 0], atol=0.2)  # below 0
    layers = quiet(hf.velocity, run).layers
    first = cells.obs["time"].to_numpy() == 1
    assert layers["velocity"][first, 0].mean() < -0.5


def test_findings_say_that_edges_are_between_coordinates(run) -> None:
    assert "fit.coordinates" in [one.code for one in run.findings]
    assert "fit.coordinates" in [one.code for one in quiet(hf.graph, run).findings]
    assert not {"data.below-zero", "fit.no-law"} & {one.code for one in run.findings}


def test_file_and_object_give_the_same_fit_and_runs_open_again(cells, tmp_path, capsys) -> None:
    path, out = tmp_path / "cells.h5ad", tmp_path / "run"
    cells.write_h5ad(path)
    words = ["fit", path, "--out", out, "--obsm", KEY, "--effort", "0.02"]
    assert main([str(word) for word in words]) == 0
    printed = capsys.readouterr()
    assert "the state is 2 coordinates" in " ".join((printed.out + printed.err).split())
    assert json.loads((out / "manifest.json").read_text())["call"]["options"]["obsm"] == KEY
    opened = hf.Run.open(out)
    again = quiet(hf.fit, cells, obsm=KEY, effort=0.02)
    assert opened.data.scale == opened.fit.scale == "coordinates"
    np.testing.assert_array_equal(
        opened.fit.velocity(opened.data.x), again.fit.velocity(opened.data.x)
    )
    back = hf.Snapshots.from_anndata(opened.data.to_anndata())
    assert (back.scale, back.genes) == ("coordinates", opened.fit.genes)


def test_a_table_of_coordinates_is_read_as_an_array(cells) -> None:
    frame = cells.copy()
    frame.obsm[KEY] = pd.DataFrame(cells.obsm[KEY], index=cells.obs_names, columns=["a", "b"])
    read = hf.Snapshots.from_anndata(frame, obsm=KEY)
    np.testing.assert_array_equal(read.x, cells.obsm[KEY].astype(np.float32))


@pytest.mark.parametrize(
    ("options", "said"),
    [({"obsm": "X_scvi"}, "did you mean 'X_scVI'"),
     ({"obsm": KEY, "layer": "counts"}, "found layer=… .* beside it"),
     ({"obsm": KEY, "normalize": True}, "found normalize=… .* beside it"),
     ({"obsm": KEY, "genes": ["0", "1"]}, "found genes=… .* beside it"),
     ({"obsm": KEY, "series": "unit"}, "found series=… .* beside it"),
     ({"obsm": KEY, "velocity_layer": "v"}, "found velocity_layer=… .* beside it")],
)  # fmt: skip
def test_what_is_of_genes_is_refused_beside_it(cells, options, said) -> None:
    with pytest.raises(InputError, match=said):
        hf.fit(cells, **options)


@pytest.mark.parametrize("field", ["hill", "logic", "sparse"])
def test_fields_of_amounts_are_refused_whatever_the_values(cells, field) -> None:
    positive = cells.copy()
    positive.obsm[KEY] = cells.obsm[KEY] + 5
    with pytest.raises(UnsupportedError, match=r"of amounts.*--field\) mlp"):
        quiet(hf.fit, positive, obsm=KEY, field=field)


def test_components_of_coordinates_are_refused(cells) -> None:
    with pytest.raises(UnsupportedError, match="Expected genes, for components"):
        hf.fit(cells, obsm=KEY, field="locally-linear", components=1)


def test_perturbed_cells_are_refused_with_the_way_to_leave_them_out(cells) -> None:
    perturbed = cells.copy()
    perturbed.obs["perturbation"] = np.tile(["control", "GATA1=ko"], 90)
    with pytest.raises(
        UnsupportedError, match=r"adata\[adata.obs\['perturbation'\] == 'control'\]"
    ):
        hf.fit(perturbed, obsm=KEY)


@pytest.mark.parametrize(
    "verb",
    [lambda run, cells: hf.knockout(run, "X_scVI_1"),
     lambda run, cells: hf.predict(run, "X_scVI_1=ko"),
     lambda run, cells: hf.scm(run),
     lambda run, cells: hf.graph(cells, obsm=KEY)],
    ids=["knockout", "predict", "scm", "graph"],
)  # fmt: skip
def test_verbs_that_need_genes_say_so(run, cells, verb) -> None:
    with pytest.raises(
        (UnsupportedError, HillflowError), match="coordinates of an embedding, none"
    ):
        quiet(verb, run, cells)
