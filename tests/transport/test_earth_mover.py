from __future__ import annotations

import numpy as np
import ot
import pytest
import torch
from scipy.stats import wasserstein_distance

from hillflow.errors import InputError
from hillflow.transport import w1, w2, wasserstein


def test_on_a_line_sorting_solves_it() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 1)), rng.gamma(2, size=(300, 1))
    apart = np.sort(x, axis=0) - np.sort(y, axis=0)
    assert w1(x, y) == pytest.approx(np.abs(apart).mean())
    assert w2(x, y) == pytest.approx(np.sqrt((apart**2).mean()))
    a, b = rng.uniform(0.1, 1, 300), rng.uniform(0.1, 1, 300)
    assert w1(x, y, a, b) == pytest.approx(wasserstein_distance(x[:, 0], y[:, 0], a, b))


def test_scores_are_those_of_pot(clouds) -> None:
    x, y, a, b = clouds
    assert w1(x, y, a, b) == pytest.approx(ot.emd2(a, b, ot.dist(x, y, metric="euclidean")))
    assert w2(x, y, a, b) == pytest.approx(np.sqrt(ot.emd2(a, b, ot.dist(x, y))))


def test_gaussians_have_a_closed_form() -> None:
    """W2² = |m|² + (σ0 − σ1)² d for N(0, σ0² I) and N(m, σ1² I), up to sampling."""
    rng = np.random.default_rng(0)
    n, d = 2000, 2
    x, y = rng.normal(size=(n, d)), 2 * rng.normal(size=(n, d)) + 3
    assert w2(x, y) == pytest.approx(np.sqrt(9 * d + d), rel=0.03)


@pytest.mark.parametrize("p", [1, 2])
def test_the_loss_is_the_score(clouds, p) -> None:
    x, y, a, b = clouds
    tensors = [torch.as_tensor(part) for part in clouds]
    score = (w1 if p == 1 else w2)(x, y, a, b)
    assert float(wasserstein(*tensors, p=p)) == pytest.approx(score)
    assert float(wasserstein(*tensors, p=p, root=False)) == pytest.approx(score**p)


def test_clouds_that_have_met_have_a_finite_gradient() -> None:
    x = torch.randn(10, 2, requires_grad=True)
    for options in ({"p": 1}, {"p": 2}, {"p": 2, "root": False}):
        (gradient,) = torch.autograd.grad(wasserstein(x, x.detach().clone(), **options), x)
        assert (gradient == 0).all()


def test_mistakes_are_named(clouds) -> None:
    x, y, a, _ = clouds
    with pytest.raises(InputError, match="p = 1 or p = 2"):
        wasserstein(torch.as_tensor(x), torch.as_tensor(y), p=3)
    with pytest.raises(InputError, match="same coordinates"):
        w1(x, y[:, :2])
    with pytest.raises(InputError, match="cells at the second cloud"):
        w2(x, y[:0])
    with pytest.raises(InputError, match="negative"):
        w2(x, y, -a)
