from __future__ import annotations

import torch

from hillflow.transport.pairwise import WIDE, distances, mean_over_pairs


def test_blocks_change_neither_value_nor_gradient() -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(50, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    y = torch.randn(30, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    a = torch.rand(50, generator=generator, dtype=torch.float64, requires_grad=True)
    b = torch.rand(30, generator=generator, dtype=torch.float64, requires_grad=True)
    whole, blocked = (mean_over_pairs(distances, x, y, a, b, block) for block in (50, 7))
    torch.testing.assert_close(blocked, whole)
    for one, other in zip(
        torch.autograd.grad(blocked, (x, y, a, b)), torch.autograd.grad(whole, (x, y, a, b)),
        strict=True,
    ):  # fmt: skip
        torch.testing.assert_close(one, other)


def test_equal_points_have_no_gradient() -> None:
    x = torch.ones(4, 2, requires_grad=True)
    distances(x, x).sum().backward()
    assert (x.grad == 0).all()


def test_wide_points_have_the_distances_and_slopes_of_their_differences() -> None:
    generator = torch.Generator().manual_seed(0)
    x, y = (
        torch.randn(n, WIDE, generator=generator).double().add_(100).requires_grad_()
        for n in (20, 15)
    )
    right = (x[:, None] - y).square().sum(-1).sqrt()
    torch.testing.assert_close(distances(x, y), right)
    seen = torch.rand(20, 15, generator=generator).double()
    for one, other in zip(
        torch.autograd.grad((distances(x, y) * seen).sum(), (x, y)),
        torch.autograd.grad((right * seen).sum(), (x, y)),
        strict=True,
    ):
        torch.testing.assert_close(one, other)
    alone = torch.zeros(1, WIDE, requires_grad=True)
    distances(alone, alone).sum().backward()
    assert (alone.grad == 0).all()
