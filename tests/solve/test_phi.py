from __future__ import annotations

from decimal import Decimal, getcontext

import numpy as np
import pytest
import torch

from hillflow.solve.phi import SMALL_PANEL, decay_weights, step_weights

POINTS = [
    0.0,
    1e-30,
    1e-12,
    1e-7,
    1e-3,
    0.1,
    0.2499,
    0.25,
    0.2501,
    1.0,
    5.0,
    40.0,
    1e3,
    1e8,
    -0.3,
    -2.0,
]


def exact(z: float) -> tuple[float, float, float, float]:
    """e^{−z}, φ₁(−z), φ₁(−z) − φ₂(−z), φ₂(−z) with 60 digits."""
    getcontext().prec = 60
    d = Decimal(z)
    if abs(d) < Decimal("1e-10"):  # two terms are exact to 20 digits
        mean, late = 1 - d / 2, Decimal("0.5") - d / 6
    else:
        mean = (1 - (-d).exp()) / d
        late = (1 - mean) / d
    return float((-d).exp()), float(mean), float(mean - late), float(late)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 4e-15), (torch.float32, 2e-6)])
def test_weights_keep_their_digits_everywhere(dtype, tolerance):
    z = torch.tensor(POINTS, dtype=dtype)
    found = decay_weights(z)
    truth = np.array([exact(float(value)) for value in z]).T
    for weight, right in zip(found, truth, strict=True):
        np.testing.assert_allclose(weight, right, rtol=tolerance, atol=1e-300)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_no_weight_is_negative_even_after_rounding(dtype):
    z = torch.logspace(-30, 30, 4001, dtype=dtype)
    for weight in decay_weights(z):
        assert torch.isfinite(weight).all()
        assert (weight >= 0).all()


def test_gradients_are_those_of_the_series_and_of_the_quotient():
    z = torch.tensor(POINTS, dtype=torch.float64, requires_grad=True)
    for weight, derivative in zip(
        decay_weights(z)[1:],
        # φ₁' and φ₂' at 0 of φ(−z): −1/2, −1/3 (early), −1/6
        (-1 / 2, -1 / 3, -1 / 6),
        strict=True,
    ):
        (gradient,) = torch.autograd.grad(weight.sum(), z, retain_graph=True)
        assert torch.isfinite(gradient).all()
        assert gradient[0] == pytest.approx(derivative, rel=1e-12)
    smooth = torch.tensor([1e-4, 0.24, 0.26, 1.0, 6.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda z: tuple(decay_weights(z)), (smooth,), rtol=1e-6)


@pytest.mark.parametrize("lengths", [(0.5,), (0.5, 2.0, 0.0)])
@pytest.mark.parametrize("shape", [(), (2, 1)], ids=["one rate", "a rate for each intervention"])
@pytest.mark.parametrize("rows", [(2, -1, 1), (-1, 1)])
def test_weights_by_length_of_step_are_those_of_each_cell(lengths, shape, rows):
    genes = SMALL_PANEL + 1
    rate = torch.linspace(0.01, 4, genes, dtype=torch.float64)
    if shape:
        rate = torch.stack([rate, 0.1 + rate.flip(0)]).reshape(*shape, genes)
    rate.requires_grad_()
    width = torch.tensor(lengths, dtype=torch.float64).repeat(4).reshape(rows)
    found, right = step_weights(rate, width), decay_weights(rate * width)
    for weight, true in zip(found, right, strict=True):
        assert torch.equal(weight.expand_as(true), true)
    seen = torch.rand(right.mean.shape, dtype=torch.float64)
    slopes = [torch.autograd.grad((w.late * seen).sum(), rate)[0] for w in (found, right)]
    torch.testing.assert_close(*slopes)
