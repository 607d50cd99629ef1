from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist, pdist
from scipy.stats import norm

from hillflow.errors import InputError
from hillflow.transport import mmd
from hillflow.transport.mean_discrepancy import median_distance


@pytest.mark.parametrize("kernel", ["laplace", "gaussian"])
def test_it_is_the_double_sum(clouds, kernel) -> None:
    x, y, a, b = clouds
    h = 1.7

    def k(p, q):
        d = cdist(p, q)
        if kernel == "laplace":
            return np.exp(-d / h)
        return np.mean([np.exp(-(d**2) / (2 * (s * h) ** 2)) for s in (0.25, 0.5, 1, 2, 4)], axis=0)

    want = a @ k(x, x) @ a + b @ k(y, y) @ b - 2 * a @ k(x, y) @ b
    tensors = [torch.as_tensor(part) for part in clouds]
    for block in (2048, 13):
        got = mmd(*tensors, kernel=kernel, bandwidth=h, block=block)
        assert float(got) == pytest.approx(want, rel=1e-9)


def test_gaussians_have_a_closed_form() -> None:
    """E k = ∏ h/√(h² + 2σ²) exp(−m²/2(h² + 2σ²)) for N(0, σ²) and N(m, σ²)."""
    n, shift, h = 1000, 1.0, 1.0
    x = norm.ppf((np.arange(n) + 0.5) / n)[:, None]
    y = x + shift

    def expected(m):
        return np.mean([
            s * h / np.sqrt((s * h) ** 2 + 2) * np.exp(-(m**2) / (2 * ((s * h) ** 2 + 2)))
            for s in (0.25, 0.5, 1, 2, 4)
        ])  # fmt: skip

    got = mmd(torch.as_tensor(x), torch.as_tensor(y), kernel="gaussian", bandwidth=h)
    assert float(got) == pytest.approx(2 * expected(0) - 2 * expected(shift), rel=0.005)


def test_bandwidth_is_the_median_distance(clouds) -> None:
    x, y = (torch.as_tensor(part) for part in clouds[:2])
    width = median_distance(x, y)
    assert width == pytest.approx(np.median(pdist(np.concatenate(clouds[:2]))), rel=0.01)
    assert float(mmd(x, y)) == pytest.approx(float(mmd(x, y, bandwidth=width)))
    assert float(mmd(100 * x, 100 * y)) == pytest.approx(float(mmd(x, y)), rel=1e-6)
    assert median_distance(torch.zeros(4, 2), torch.zeros(3, 2)) == 1
    many = torch.randn(30_000, 2, generator=torch.Generator().manual_seed(0))
    assert median_distance(many, many[:9]) == pytest.approx(2 * np.sqrt(np.log(2)), abs=0.1)


def test_options_out_of_range_are_refused(clouds) -> None:
    x, y = (torch.as_tensor(part) for part in clouds[:2])
    with pytest.raises(InputError, match="laplace or gaussian"):
        mmd(x, y, kernel="cubic")
    with pytest.raises(InputError, match="bandwidth above 0"):
        mmd(x, y, bandwidth=0)
