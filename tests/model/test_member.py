from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.data import LinearBasis
from hillflow.errors import (
    GeneNameError,
    InputError,
    InterventionError,
    TimeError,
    UnsupportedError,
)
from hillflow.fields import make_field
from hillflow.interventions import Intervention
from hillflow.model import member as module

from ..small_fits import GENES, MATRIX, OFFSET, flow, model_of, snapshots


@pytest.fixture
def x():
    return 2 + 0.5 * np.random.default_rng(2).normal(size=(23, 3))


def test_velocity_is_the_law(known, x):
    np.testing.assert_allclose(known.velocity(x), x @ MATRIX.T + OFFSET, atol=1e-12)
    cut = known.velocity(x, intervention=Intervention.knockout("B"))
    np.testing.assert_allclose(cut[:, 1], MATRIX[1, 1] * x[:, 1], atol=1e-12)


def test_many_cells_are_taken_in_parts(known, x, monkeypatch):
    whole = known.velocity(x), known.simulate(x, (0, 1, 3))
    monkeypatch.setattr(module, "CELLS_AT_ONCE", 5)
    np.testing.assert_array_equal(known.velocity(x), whole[0])
    np.testing.assert_array_equal(known.simulate(x, (0, 1, 3)), whole[1])
    assert known.velocity(x[:0]).shape == (0, 3)


def test_simulate_is_the_exact_flow(known, x):
    path = known.simulate(x, (1.0, 1.5, 4.0), steps=40)
    assert path.shape == (3, 23, 3)
    for k, span in enumerate((0.0, 0.5, 3.0)):
        np.testing.assert_allclose(path[k], flow(x, span), atol=1e-3)


def test_a_clamp_holds_and_a_knockout_decays(known, x):
    clamped = known.simulate(x, (0, 1, 2), Intervention.clamp("A", 1.5))
    assert (clamped[:, :, 0] == 1.5).all()
    knocked = known.simulate(x, (0, 1), Intervention.knockout("A"))
    np.testing.assert_allclose(knocked[1, :, 0], x[:, 0] * np.exp(MATRIX[0, 0]), rtol=1e-6)


def test_a_field_without_a_split_clamps_at_zero(x):
    model = model_of(make_field("mlp", GENES, hidden=[4]))
    assert (model.simulate(x, (0, 1), Intervention.knockout("A"))[:, :, 0] == 0).all()
    with pytest.raises(UnsupportedError, match="split"):
        model.velocity(x, intervention=Intervention.knockdown("A", 0.5))


def test_a_field_of_time_needs_a_time(x):
    model = model_of(make_field("mlp", GENES, hidden=[4], time=True))
    with pytest.raises(InputError, match=r"a time.*t=…"):
        model.velocity(x)
    each = np.linspace(0, 3, len(x))
    rows = np.concatenate([model.velocity(x[k : k + 1], t) for k, t in enumerate(each)])
    np.testing.assert_allclose(model.velocity(x, each), rows, atol=1e-6)
    assert not np.allclose(model.velocity(x, 0.0), model.velocity(x, 3.0))


def test_what_is_asked_wrongly_is_refused(known, x):
    for wrong in (x[:, :2], x[0], np.zeros((2, 2, 3))):
        with pytest.raises(GeneNameError, match=r"\[cells, 3\]"):
            known.velocity(wrong)
    with pytest.raises(InterventionError, match="'X'"):
        known.simulate(x, (0, 1), Intervention.knockout("X"))
    with pytest.raises(ValueError, match="increasing"):
        known.simulate(x, (0, 2, 1))


def test_denoising_is_what_the_field_saw_in_training(known, x):
    np.testing.assert_array_equal(known.denoise(x), x)
    basis = LinearBasis.fit(x, 2)
    model = model_of(make_field("hill", GENES), basis=basis)
    kept = basis.mean + (x - basis.mean) @ basis.components @ basis.components.T
    np.testing.assert_allclose(model.denoise(x), kept.clip(0), atol=1e-12)
    assert (model.denoise(x - 5) >= 0).all()
    assert (model_of(make_field("linear", GENES), basis=basis).denoise(x - 5) < 0).any()


def test_no_gradient_is_kept(known, x):
    assert torch.is_grad_enabled()
    assert isinstance(known.velocity(x), np.ndarray)
    assert repr(known) == "Member('Law', 3 genes, times 0, 1, 2 h, 1 condition)"


def test_text_and_lists_are_read(known, x):
    cut = Intervention.knockout("A")
    np.testing.assert_array_equal(
        known.velocity(x.tolist(), intervention="A=ko"), known.velocity(x, intervention=cut)
    )
    np.testing.assert_array_equal(
        known.simulate(x.tolist(), np.array([0, 1]), "A=ko"), known.simulate(x, (0, 1), cut)
    )
    with pytest.raises(InterventionError, match="its text"):
        known.simulate(x, (0, 1), 3)
    with pytest.raises(GeneNameError, match=r"Snapshots of shape.*snapshots\.x"):
        known.velocity(snapshots())


@pytest.mark.parametrize("times", [(2.0, 1.0), (0.0, 0.0), ()])
def test_times_that_do_not_increase_are_refused(known, x, times):
    with pytest.raises(TimeError, match="increasing times"):
        known.simulate(x, times)
