from __future__ import annotations

import torch

from hillflow.transport.pairwise import distances, mean_over_pairs


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
