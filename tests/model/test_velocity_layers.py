"""Velocities in AnnData: the numbers, the keys, and what is refused."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest
import torch

from hillflow import keys
from hillflow.errors import GeneNameError, InputError, TimeError
from hillflow.fields import make_field
from hillflow.interventions import Intervention
from hillflow.model import add_velocity
from hillflow.model.member import Member
from hillflow.objectives.heads import Heads

GENES = ("A", "B", "C")


def model_of(name: str, **options) -> Member:
    field = make_field(name, GENES, seed=0, **options)
    return Member(
        heads=Heads(field), time_unit="h", scale="log1p", times=(0.0, 1.0),
        conditions=(Intervention.control(),), basis=None, seed=0, metrics={},
        provenance={"method": {"name": "default"}}, history=pd.DataFrame(),
    )  # fmt: skip


@pytest.fixture
def adata() -> anndata.AnnData:
    """60 cells of the model's genes among others, in another order; half without B."""
    random = np.random.default_rng(0)
    obs = pd.DataFrame(
        {
            "time": np.repeat([0.0, 1.0], 30),
            "perturbation": np.tile(["control", "B=knockout"], 30),
        },
        index=[f"cell{k}" for k in range(60)],
    )
    var = pd.DataFrame(index=["C", "other", "A", "B"])
    return anndata.AnnData(random.gamma(2.0, size=(60, 4)).astype(np.float32), obs=obs, var=var)


def columns(adata: anndata.AnnData, layer: str | None = None) -> np.ndarray:
    return np.asarray((adata.X if layer is None else adata.layers[layer])[:, [2, 3, 0]])


def test_each_cell_moves_under_what_was_done_to_it(adata):
    model = model_of("linear")
    add_velocity(adata, model)
    x = torch.from_numpy(columns(adata))
    knocked = (adata.obs["perturbation"] == "B=knockout").to_numpy()
    free = model.field(None, x).detach().numpy()
    without = model.field.do(Intervention.knockout("B"))(None, x).detach().numpy()
    np.testing.assert_allclose(columns(adata, "Ms"), x.numpy())
    np.testing.assert_allclose(
        columns(adata, "velocity"), np.where(knocked[:, None], without, free), rtol=1e-6
    )
    assert not np.allclose(free[knocked, 1], without[knocked, 1])


def test_genes_the_model_does_not_know_have_no_velocity(adata):
    written = add_velocity(adata, model_of("linear"))
    assert np.isnan(adata.layers["velocity"][:, 1]).all()
    assert list(adata.var["velocity_genes"]) == [True, False, True, True]
    assert adata.uns["hillflow"]["orientation"] == "source_by_target"
    assert adata.uns["hillflow"]["params"]["field"] == "linear"
    assert "velocity_params" not in adata.uns
    for key in written:  # every key that is named is there
        group, *names = key.replace("]", "").replace("'", "").split("[")
        found = getattr(adata, group)
        for name in names:
            assert name in found
            found = found[name]


def test_what_was_written_survives_a_file(adata, tmp_path):
    add_velocity(adata, model_of("linear"))
    adata.write_h5ad(tmp_path / "out.h5ad")
    back = anndata.read_h5ad(tmp_path / "out.h5ad")
    np.testing.assert_array_equal(back.layers["velocity"], adata.layers["velocity"])
    assert back.uns["hillflow"]["params"]["seed"] == 0
    assert back.uns["hillflow"]["params"]["time_unit"] == "h"


def test_neighbours_are_found_only_where_there_are_none(adata):
    assert "uns['neighbors']" in add_velocity(adata, model_of("linear"))
    assert adata.obsp["connectivities"].shape == (60, 60)
    assert adata.uns["neighbors"]["params"]["use_rep"] == keys.EMBEDDING
    adata.obsp["connectivities"] = mine = adata.obsp["connectivities"] * 2
    assert "uns['neighbors']" not in add_velocity(adata, model_of("linear"))
    assert (adata.obsp["connectivities"] != mine).nnz == 0


def test_neighbours_of_more_cells_than_scanpy_searches_exactly():
    random = np.random.default_rng(0)
    many = anndata.AnnData(
        random.gamma(2.0, size=(8200, 3)).astype(np.float32), var=pd.DataFrame(index=list(GENES))
    )
    assert "uns['neighbors']" in add_velocity(many, model_of("linear"), neighbors=5)
    assert many.obsp["distances"][:50].getnnz(axis=1).tolist() == [4] * 50


def test_a_field_of_time_is_asked_at_each_cells_time(adata):
    model = model_of("mlp", time=True)
    with torch.no_grad():
        for parameter in model.field.parameters():
            parameter.add_(0.1)
    adata.obs["perturbation"] = "control"
    add_velocity(adata, model)
    x = torch.from_numpy(columns(adata))
    t = torch.from_numpy(adata.obs["time"].to_numpy()).to(x.dtype)
    np.testing.assert_allclose(
        columns(adata, "velocity"), model.field(t, x).detach().numpy(), rtol=1e-5
    )
    del adata.obs["time"]
    with pytest.raises(TimeError, match="time of each cell"):
        add_velocity(adata, model)


def test_mistakes_leave_the_object_as_it_was(adata):
    with pytest.raises(GeneNameError, match="'B' not among them"):
        add_velocity(adata[:, ["A", "C"]].copy(), model_of("linear"))
    adata.X = np.round(adata.X)
    with pytest.raises(InputError, match="look like counts"):
        add_velocity(adata, model_of("linear"))
    adata.X[0, 0] = -0.5
    with pytest.raises(InputError, match="at least 0"):
        add_velocity(adata, model_of("hill"))
    assert not list(filter(None, adata.layers))
