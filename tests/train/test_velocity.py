"""Fits to RNA velocities of a known linear law: alone, and beside snapshots."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hillflow.data import Snapshots
from hillflow.errors import InputError, UnsupportedError
from hillflow.fields import make_field
from hillflow.model import Fit
from hillflow.objectives import make_method
from hillflow.train import Setting, train
from hillflow.train.cost import estimate
from hillflow.train.regulators import field_edges
from hillflow.train.velocity_regulators import velocity_weights

from ..small_fits import GENES, MATRIX, OFFSET, snapshots

FEW = Setting(effort=0.12)


def moving(unit: float = 1.0, cells: int = 40) -> Snapshots:
    """Cells of times so close that pairs show the rates, with exact velocities per `unit` hours."""
    data = snapshots(cells, times=tuple(np.arange(0, 2.1, 0.25)))
    return replace(data, velocity=unit * (data.x @ MATRIX.T + OFFSET))


def once() -> Snapshots:
    """Cells of one time, spread evenly."""
    x = np.random.default_rng(0).uniform(0, 3, (300, 3))
    return Snapshots.from_arrays(x, np.zeros(300), GENES, velocity=x @ MATRIX.T + OFFSET)


@pytest.fixture(scope="module")
def alone() -> Fit:
    return train("linear", once(), "velocity", setting=Setting(effort=0.3))


def test_velocities_alone_recover_the_law(alone):
    member = alone[0]
    assert member.metrics["validation_loss"] < 0.01 * member.metrics["no_change_loss"]
    x = once().x
    jacobian = np.stack([member.velocity(x + step) for step in np.eye(3)]) - member.velocity(x)
    np.testing.assert_allclose(jacobian.mean(axis=1).T, MATRIX, atol=0.05)


def test_rates_are_in_the_time_of_the_velocities(alone):
    assert alone[0].in_own_time
    assert not alone[0].at_rest
    codes = [finding.code for finding in alone.findings]
    assert "fit.velocity-time" in codes
    assert "fit.two-times" not in codes
    assert "velocity_scale" not in alone[0].metrics


def test_a_fit_is_read_back(alone, tmp_path):
    alone.save(tmp_path / "fit")
    again = Fit.load(tmp_path / "fit")
    x = once().x[:5]
    np.testing.assert_array_equal(again[0].velocity(x), alone[0].velocity(x))
    assert again[0].in_own_time


@pytest.mark.parametrize("unit", [1.0, 1 / 3])
def test_beside_snapshots_the_unit_of_time_is_learned(unit):
    method = make_method("ot-cfm").with_velocity()
    member = train("linear", moving(unit), method, setting=FEW)[0]
    assert member.metrics["velocity_scale"] == pytest.approx(1 / unit, rel=0.15)
    data = moving()
    off = member.velocity(data.x) - data.velocity
    assert np.square(off).mean() < 0.05 * np.square(data.velocity).mean()


def test_velocities_add_what_snapshots_do_not_tell():
    data = moving()
    errors = []
    for method in (make_method("ot-cfm"), make_method("ot-cfm").with_velocity()):
        member = train("linear", data, method, setting=FEW)[0]
        errors.append(np.square(member.velocity(data.x) - data.velocity).mean())
    assert errors[1] < 0.5 * errors[0]


def test_an_unknown_gene_is_left_out_and_does_not_matter():
    full, part = once(), once()
    part.velocity[:, 2] = np.nan
    fits = [train("linear", cells, "velocity", setting=FEW)[0] for cells in (full, part)]
    a, b = (fit.velocity(full.x)[:, :2] for fit in fits)
    np.testing.assert_allclose(a, b, atol=0.1)


def test_the_same_seed_gives_the_same_bytes():
    setting = Setting(effort=0.02)
    method = make_method("default").with_velocity()
    a, b = (train("linear", moving(), method, setting=setting)[0] for _ in range(2))
    x = moving().x[:5]
    np.testing.assert_array_equal(a.velocity(x), b.velocity(x))
    assert a.metrics == b.metrics


def test_a_method_suits_the_data():
    with pytest.raises(UnsupportedError, match="use 'velocity'"):
        train("linear", once(), "default")
    with pytest.raises(InputError, match="velocity_layer"):
        train("auto", snapshots(), "velocity")
    with pytest.raises(InputError, match="velocity_layer"):
        train("linear", snapshots(), make_method("default").with_velocity())


def test_the_cost_is_estimated_without_a_coupling():
    cost = estimate("hill-dense", once(), make_method("velocity"), Setting(effort=0.01))
    assert "coupling cells" not in cost.parts


def test_regulators_by_velocity_are_those_of_a_ridge_regression():
    from sklearn.linear_model import Ridge

    data = once()
    z = (data.x - data.x.mean(0)) / data.x.std(0)
    v = (data.velocity - data.velocity.mean(0)) / data.velocity.std(0)
    expected = Ridge(alpha=0.1 * len(z), fit_intercept=False).fit(z, v).coef_
    np.testing.assert_allclose(velocity_weights(data), expected, atol=1e-10)


def test_a_large_panel_has_the_regulators_that_explain_its_velocities():
    random = np.random.default_rng(0)
    x = random.random((400, 60))
    source = random.integers(60, size=(60, 2))
    velocity = np.stack([x[:, pair].sum(axis=1) for pair in source], axis=1) - 0.5 * x
    genes = [f"G{k}" for k in range(60)]
    data = Snapshots.from_arrays(x, np.zeros(400), genes, velocity=velocity)
    for field in ("hill", "logic"):
        edges = field_edges(field, data)
        chosen = set(zip(edges.source.tolist(), edges.target.tolist(), strict=True))
        assert all((s, t) in chosen for t, pair in enumerate(source.tolist()) for s in pair)
        assert len(edges) <= 60 * 11
    few = field_edges("hill", data, regulators=["G3", "G7"])
    assert set(few.source.tolist()) == {3, 7}
    assert make_field("hill", genes, edges=few).edges is not None
