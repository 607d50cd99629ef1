from __future__ import annotations

import itertools

import torch

from hillflow.fields.interpolation import Interpolate


def test_it_is_the_sum_over_the_rows_of_the_table() -> None:
    generator = torch.Generator().manual_seed(0)
    tables = torch.rand(8, 2, generator=generator, dtype=torch.float64)
    curves = torch.rand(3, 2, 5, generator=generator, dtype=torch.float64)
    right = torch.zeros(2, 5, dtype=torch.float64)
    for row, on in enumerate(itertools.product((0, 1), repeat=3)):
        share = torch.stack([h if there else 1 - h for h, there in zip(curves, on, strict=True)])
        right += tables[row, :, None] * share.prod(0)
    torch.testing.assert_close(Interpolate.apply(tables, curves), right)


def test_its_gradients_are_exact_to_the_second_order_and_under_vmap() -> None:
    generator = torch.Generator().manual_seed(0)
    for slots in (1, 2, 3):
        tables = torch.rand(2**slots, 2, generator=generator, dtype=torch.float64)
        curves = torch.rand(slots, 2, 3, generator=generator, dtype=torch.float64)
        inputs = tables.requires_grad_(), curves.requires_grad_()
        assert torch.autograd.gradcheck(Interpolate.apply, inputs)
        assert torch.autograd.gradgradcheck(Interpolate.apply, inputs)
    jacobian = torch.func.jacrev(lambda h: Interpolate.apply(tables, h))
    batch = torch.stack([curves.detach(), 1 - curves.detach()])
    one, other = torch.func.vmap(jacobian)(batch)
    torch.testing.assert_close(one, jacobian(batch[0]))
    torch.testing.assert_close(other, jacobian(batch[1]))
