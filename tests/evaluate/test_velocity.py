"""The angle to RNA velocity: exact where it is known, and its null."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest
import torch

from hillflow.errors import InputError
from hillflow.evaluate import velocity_cosine
from hillflow.fields import make_field
from hillflow.interventions import Intervention
from hillflow.model import Member
from hillflow.objectives.heads import Heads

GENES = ("A", "B", "C")


@pytest.fixture
def model() -> Member:
    """ẋ = −γ x."""
    field = make_field("linear", GENES, seed=0, dtype=torch.float64)
    with torch.no_grad():
        field.strength.zero_()
        field.level.zero_()
    return Member(
        Heads(field), "", "unknown", (0.0, 1.0), (Intervention.control(),), None, 0, {}, {},
        pd.DataFrame(),
    )  # fmt: skip


def cells(model: Member, seed: int = 0) -> anndata.AnnData:
    x = np.random.default_rng(seed).uniform(0.5, 2, size=(40, 3))
    obs = pd.DataFrame({"time": np.repeat([0.0, 1.0], 20)}, index=[f"c{k}" for k in range(40)])
    data = anndata.AnnData(x, obs=obs, var=pd.DataFrame(index=list(GENES)))
    data.layers["velocity"] = model.velocity(x)
    return data


def test_the_same_field_agrees_whatever_its_unit_of_time(model) -> None:
    data = cells(model)
    data.layers["slow"] = data.layers["velocity"] / np.linspace(1, 50, 40)[:, None]
    for layer in ("velocity", "slow"):
        found = velocity_cosine(model, data, layer)
        np.testing.assert_allclose(found.cosine, 1.0)
        assert found.p == 1 / 200
        assert found.null_high < found.mean
    data.layers["back"] = -data.layers["velocity"]
    assert velocity_cosine(model, data, "back").median == pytest.approx(-1.0)


def test_velocities_of_other_cells_are_the_null(model) -> None:
    data = cells(model)
    random = np.random.default_rng(1)
    order = np.concatenate([random.permutation(20), 20 + random.permutation(20)])
    data.layers["shuffled"] = data.layers["velocity"][order]
    found = velocity_cosine(model, data, "shuffled")
    assert found.null_low <= found.mean <= found.null_high
    assert found.p > 0.02
    ours = model.velocity(data.X)
    theirs = data.layers["shuffled"]
    expected = (
        (ours * theirs).sum(1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
    )
    np.testing.assert_allclose(found.cosine, expected)
    assert found.to_json()["cells"] == 40


def test_genes_without_a_velocity_and_cells_that_stand_still_are_left_out(model) -> None:
    data = cells(model)
    data.layers["velocity"][:, 1] = np.nan
    data.layers["velocity"][3] = [0, np.nan, 0]
    found = velocity_cosine(model, data)
    assert found.genes == 2
    assert np.isnan(found.cosine[3])
    assert np.isfinite(np.delete(found.cosine, 3)).all()
    assert found.to_json()["cells"] == 39


def test_mistakes(model) -> None:
    data = cells(model)
    with pytest.raises(InputError, match="did you mean 'velocity'"):
        velocity_cosine(model, data, "velocities")
    data.layers["none"] = np.full(data.shape, np.nan)
    with pytest.raises(InputError, match="genes with a velocity"):
        velocity_cosine(model, data, "none")
    data.layers["zero"] = np.zeros(data.shape)
    with pytest.raises(InputError, match="cells that move"):
        velocity_cosine(model, data, "zero")
    with pytest.raises(InputError, match="one permutation"):
        velocity_cosine(model, data, draws=0)
