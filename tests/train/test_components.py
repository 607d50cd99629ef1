"""Principal components as the state: how many, whose, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.linalg import expm

from hillflow.data import LinearBasis, Snapshots, Trajectories
from hillflow.errors import InputError, UnsupportedError
from hillflow.fields import make_field
from hillflow.model import Fit
from hillflow.objectives import make_method
from hillflow.train import Setting, cost, train
from hillflow.train.components import check_components, options_in_basis

FIELD = "locally-linear"
FEW = Setting(effort=0.002, components=3)


def many(genes: int, cells: int = 40) -> Snapshots:
    """Cells at two times that differ along a few directions, and by noise."""
    random = np.random.default_rng(0)
    hidden = random.normal(size=(2 * cells, 4)) * [3, 2, 1, 0.5]
    hidden[cells:] += 1
    x = hidden @ random.normal(size=(4, genes)) + 0.05 * random.normal(size=(2 * cells, genes))
    names = [f"g{k}" for k in range(genes)]
    return Snapshots.from_arrays(x, np.repeat([0.0, 1.0], cells), names, unit="h", scale="unknown")


def test_large_panels_have_thirty_and_small_ones_all_genes():
    assert options_in_basis(FIELD, many(100, 60), Setting()) == {}
    assert options_in_basis(FIELD, many(101, 60), Setting()) == {"latent": 30}
    assert options_in_basis("linear", many(101, 60), Setting()) == {}
    # of two times 15 cells, two each are set apart, and 26 cells differ along 25 directions
    assert options_in_basis(FIELD, many(101, 15), Setting()) == {"latent": 25}
    everything = Setting(validation_share=0.0)
    assert options_in_basis(FIELD, many(101, 15), everything) == {"latent": 29}
    assert options_in_basis(FIELD, many(101, 20), Setting(components=101)) == {"latent": 101}
    assert options_in_basis(FIELD, many(12), Setting(components=5)) == {"latent": 5}


@pytest.mark.parametrize("wrong", [13, 1000])
def test_more_than_there_are_genes_or_cells_are_refused(wrong):
    with pytest.raises(InputError, match="from 1 to 12"):
        options_in_basis(FIELD, many(12), Setting(components=wrong))
    with pytest.raises(InputError, match="from 1 to 35"):
        options_in_basis(FIELD, many(2000, 20), Setting(components=36))


@pytest.mark.parametrize("field", ["linear", "hill", "logic", "mlp", "auto"])
def test_fields_of_genes_refuse_components_and_name_one_that_takes_them(field):
    with pytest.raises(UnsupportedError, match="'locally-linear'"):
        check_components(field, 3)
    check_components(field, None)


def test_a_field_that_is_built_has_its_components():
    with pytest.raises(InputError, match="latent=3"):
        train(make_field("linear", [f"g{k}" for k in range(6)]), many(6), setting=FEW)


def test_the_state_is_what_the_cells_are_coupled_in(tmp_path):
    fit = train(FIELD, many(12), "ot-cfm", setting=FEW, members=2, folder=tmp_path)
    for member in fit:
        field, own = member.field, member.basis
        assert (field.component_count, field.missing_components, own.size) == (3, 0, 3)
        np.testing.assert_allclose(field.components, own.components, atol=1e-6)
    first, second = (member.field.components for member in fit)
    assert not torch.equal(first, second), "each member has the components of its own cells"
    again = train(FIELD, many(12), "ot-cfm", setting=FEW, members=2)
    x, loaded = many(12).x, Fit.load(tmp_path)
    for other in (again, loaded):
        np.testing.assert_array_equal(other.velocity(x, 0.5), fit.velocity(x, 0.5))
    assert "the first 3 principal components of 12 genes" in fit.summary()
    assert any(finding.code == "fit.components" for finding in fit.findings)


def test_cells_that_have_another_basis_get_their_own():
    fit = train(FIELD, many(12).with_basis(7), "ot-cfm", setting=FEW)
    assert fit.basis.size == 3
    plain = train(FIELD, many(12).with_basis(7), "ot-cfm", setting=Setting(effort=0.002))
    assert (plain.basis.size, plain.field.component_count) == (7, None)


def test_a_field_built_with_latent_gets_the_components_of_its_cells():
    cells = many(12)
    built = make_field(FIELD, cells.genes, latent=2)
    fit = train(built, cells, "ot-cfm", setting=Setting(effort=0.002, validation_share=0.0))
    truth = LinearBasis.fit(cells.x, 2).components
    np.testing.assert_allclose(fit.field.components, truth, atol=1e-6)
    assert built.missing_components == 2, "a copy is trained"


def test_series_have_the_components_of_their_observations():
    x = many(12, 20).x.reshape(2, 20, 12).swapaxes(0, 1)
    courses = Trajectories.from_arrays(x, [0.0, 1.0], [f"g{k}" for k in range(12)], unit="h")
    setting = Setting(effort=0.002, components=3, validation_share=0.0)
    fit = train(FIELD, courses, "endpoint", setting=setting)
    truth = LinearBasis.fit(courses.x, 3).components
    np.testing.assert_allclose(fit.field.components, truth, atol=1e-6)


def test_cells_that_were_perturbed_are_refused_before_the_work():
    cells = many(12)
    knocked = Snapshots.from_arrays(
        cells.x, cells.time, cells.genes, ["control", "g1=ko"] * 40, unit="h", scale="unknown"
    )
    with pytest.raises(UnsupportedError, match="mixes all genes"):
        train(FIELD, knocked, "ot-cfm", setting=FEW)


def test_the_estimate_takes_all_cells_where_a_sample_has_too_few(monkeypatch):
    cells = many(20)
    monkeypatch.setattr(cost, "_sample", lambda data: (data.take(np.r_[:6, 40:46]), 6.0))
    setting = Setting(effort=0.01, components=15)
    assert cost.estimate(FIELD, cells, "ot-cfm", setting).seconds > 0


def test_the_operator_between_genes_is_that_of_the_cells():
    """Twelve genes load on two components that turn and shrink: V A Vᵀ is known."""
    random = np.random.default_rng(0)
    columns = np.linalg.qr(random.normal(size=(12, 2)))[0]
    turning = np.array([[-0.4, -1.0], [1.0, -0.4]])
    x = [
        (0.8 * random.normal(size=(150, 2)) + [3, 0]) @ expm(turning * t).T @ columns.T
        + 0.02 * random.normal(size=(150, 12))
        for t in (0.0, 0.6, 1.2)
    ]
    names = [f"g{k}" for k in range(12)]
    times = np.repeat([0.0, 0.6, 1.2], 150)
    cells = Snapshots.from_arrays(np.concatenate(x), times, names, unit="h", scale="unknown")
    method = make_method("cell-mnn")
    objective = replace(method.stages[0].objective, steps=3)
    short = replace(method.stages[0], objective=objective, steps=80, cells=128, rate=0.01)
    field = make_field(FIELD, names, latent=2, hidden=(32,), time=False)
    fit = train(field, cells, replace(method, stages=(short,)), setting=Setting(validation_share=0))
    truth = columns @ turning @ columns.T
    states = torch.from_numpy(fit.denoise(cells.x)).float()
    found = fit.field.mean_edge_weights(states).numpy()
    apart = ~np.eye(12, dtype=bool)
    assert np.corrcoef(found[apart], truth[apart])[0, 1] > 0.5
    assert (np.sign(found) == np.sign(truth))[apart].mean() > 0.7
    velocity, expected = fit.velocity(cells.x), cells.x @ truth.T
    cosine = (velocity * expected).sum() / np.linalg.norm(velocity) / np.linalg.norm(expected)
    assert cosine > 0.7
