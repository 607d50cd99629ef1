"""What every divergence must do."""

from __future__ import annotations

import pytest
import torch

from hillflow.errors import InputError
from hillflow.transport.divergences import make_divergence

# options that make each a fixed, smooth function of its arguments
FIXED = {
    "energy": {},
    "mmd": {"bandwidth": 1.3},
    "sinkhorn": {"epsilon": 1.5, "tolerance": 1e-9, "max_iterations": 20_000},
    "wasserstein": {},
    "sliced": {},
}
WITH_MASS = ("energy", "mmd", "sinkhorn")  # those with a gradient to the masses


def _clouds() -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(7, 3, generator=generator, dtype=torch.float64)
    y = torch.randn(9, 3, generator=generator, dtype=torch.float64) * 1.4 + 0.6
    wx = torch.rand(7, generator=generator, dtype=torch.float64) + 0.2
    wy = torch.rand(9, generator=generator, dtype=torch.float64) + 0.2
    return x, y, wx, wy


def _divergence(name: str):
    made = make_divergence(name, **FIXED[name])
    if name != "sliced":
        return made
    return lambda *clouds: made(*clouds, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", FIXED)
def test_gradient_is_that_of_finite_differences(name) -> None:
    x, y, wx, wy = _clouds()
    torch.autograd.gradcheck(
        lambda x, y: _divergence(name)(x, y, wx, wy),
        (x.requires_grad_(), y.requires_grad_()),
        eps=1e-6,
        atol=1e-5,
    )


@pytest.mark.parametrize("name", WITH_MASS)
def test_gradient_to_the_masses(name) -> None:
    x, y, wx, wy = _clouds()
    torch.autograd.gradcheck(
        lambda wx, wy: _divergence(name)(x, y, wx, wy),
        (wx.requires_grad_(), wy.requires_grad_()),
        eps=1e-6,
        atol=1e-5,
    )


@pytest.mark.parametrize("name", FIXED)
def test_it_is_zero_for_the_same_cloud_in_another_order_and_symmetric(name) -> None:
    x, y, wx, wy = _clouds()
    divergence = _divergence(name)
    order = torch.randperm(7)
    assert float(divergence(x, x[order], wx, wx[order])) == pytest.approx(0, abs=1e-7)
    forth, back = divergence(x, y, wx, wy), divergence(y, x, wy, wx)
    assert float(forth) == pytest.approx(float(back), rel=1e-8)
    assert float(forth) > 0.01


@pytest.mark.parametrize("name", FIXED)
def test_a_weight_of_two_is_a_point_twice(name) -> None:
    x, y, _, _ = _clouds()
    weights = torch.ones(7, dtype=torch.float64)
    weights[2] = 2
    divergence = _divergence(name)
    want = divergence(torch.cat([x, x[2:3]]), y)
    assert float(divergence(x, y, weights)) == pytest.approx(float(want), rel=1e-8)
    assert float(divergence(x, y, 5 * weights)) == pytest.approx(float(want), rel=1e-8)


@pytest.mark.parametrize("name", FIXED)
def test_a_point_of_no_mass_does_not_count(name) -> None:
    x, y, _, _ = _clouds()
    mask = torch.ones(7, dtype=torch.float64)
    mask[4] = 0
    divergence = _divergence(name)
    want = float(divergence(x[mask > 0], y))
    got = divergence(x.requires_grad_(), y, mask)
    assert float(got.detach()) == pytest.approx(want, rel=1e-8)
    (gradient,) = torch.autograd.grad(got, x)
    assert gradient.isfinite().all()
    assert gradient[4].abs().max() < 1e-12


@pytest.mark.parametrize("name", FIXED)
def test_gradient_descent_brings_clouds_together(name) -> None:
    x, y, _, _ = _clouds()
    divergence = _divergence(name)
    x.requires_grad_()
    before = float(divergence(x, y).detach())
    optimiser = torch.optim.Adam([x], lr=0.1)
    for _ in range(60):
        optimiser.zero_grad()
        loss = divergence(x, y)
        loss.backward()
        optimiser.step()
    assert float(divergence(x, y).detach()) < 0.5 * before
    assert x.isfinite().all()


@pytest.mark.parametrize("name", FIXED)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_type_of_the_points_is_kept(name, dtype) -> None:
    x, y, _, _ = _clouds()
    assert make_divergence(name)(x.to(dtype), y.to(dtype)).dtype == dtype


@pytest.mark.parametrize("name", FIXED)
def test_unusable_clouds_are_refused(name) -> None:
    x, y, wx, _ = _clouds()
    divergence = make_divergence(name)
    for clouds, message in (
        ((x, y[:, :2]), "two clouds"),
        ((x[:0], y), "two clouds"),
        ((x, y, wx[:3]), "first cloud"),
        ((x, y, -wx), "at least 0"),
        ((x, y, None, torch.zeros(9)), "second cloud"),
        ((x, y, wx / 0), "finite"),
    ):
        with pytest.raises(InputError, match=message):
            divergence(*clouds)
