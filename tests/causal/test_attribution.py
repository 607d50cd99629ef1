import numpy as np
import pytest
import torch

from hillflow.causal.attribution import attributions, mean_attribution
from hillflow.causal.regulation import Regulation
from hillflow.fields import VectorField, make_field

GENES = ("A", "B", "C")


@pytest.fixture
def x():
    return torch.rand(6, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) + 0.2


@pytest.mark.parametrize("name", ["hill", "mlp", "locally-linear"])
def test_shares_add_up_to_what_is_explained(name, x):
    field = make_field(name, GENES, seed=3, dtype=torch.float64)
    regulation, baseline = Regulation(field), x.mean(0)
    t = None if field.autonomous else torch.full((6,), 0.4, dtype=torch.float64)
    with torch.no_grad():
        change = regulation(t, x) - regulation(None if t is None else 0.4, baseline)
    shares = attributions(regulation, x, t, baseline).sum(-1)
    np.testing.assert_allclose(shares, change, rtol=1e-4, atol=1e-6)


class Products(VectorField):
    """f_0 = x_1 x_2, whose shares from 0 are known: half for each."""

    has_split = False

    def forward(self, t, x):
        zero = torch.zeros_like(x[..., 0])
        return torch.stack([x[..., 1] * x[..., 2], -(x[..., 0] ** 2), zero], -1)


def test_shares_of_a_product_and_of_a_square(x):
    found = attributions(Products(GENES), x, None, torch.zeros(3, dtype=torch.float64)).numpy()
    half = (x[:, 1] * x[:, 2] / 2).numpy()
    np.testing.assert_allclose(found[:, 0, 1], half)
    np.testing.assert_allclose(found[:, 0, 2], half)
    np.testing.assert_allclose(found[:, 1, 0], -(x[:, 0].numpy() ** 2))


@pytest.mark.parametrize("memory_mb", [1e-6, 256.0])
def test_the_mean_has_the_size_of_the_shares_and_the_sign_of_the_slope(x, memory_mb):
    baseline = x.mean(0)
    found = mean_attribution(Products(GENES), x, None, baseline, memory_mb=memory_mb).numpy()
    each = attributions(Products(GENES), x, None, baseline).numpy()
    np.testing.assert_allclose(np.abs(found), np.abs(each).mean(0), atol=1e-12)
    assert (found[0, 1:] > 0).all()  # although the shares themselves are of both signs
    assert found[1, 0] < 0
    assert (each[:, 0, 1] < 0).any()
