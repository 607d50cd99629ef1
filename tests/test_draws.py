"""Random numbers depend on their generator, and not on the device on which they are used."""

from __future__ import annotations

import pytest
import torch

from hillflow.draws import normal, uniform

from .pretend_device import pretend_device


@pytest.mark.parametrize(("draw", "torch_draw"), [(normal, torch.randn), (uniform, torch.rand)])
def test_a_seed_gives_the_same_numbers_on_every_device(draw, torch_draw):
    like = torch.zeros(2, dtype=torch.float64)
    expected = torch_draw(3, 2, generator=torch.Generator().manual_seed(4), dtype=like.dtype)
    assert torch.equal(draw((3, 2), like, torch.Generator().manual_seed(4)), expected)
    with pretend_device() as name:
        there = draw((3, 2), like.to(name), torch.Generator().manual_seed(4))
        assert (there.device.type, there.dtype) == (name, like.dtype)
        assert torch.equal(there.cpu(), expected)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_cuda_device_gets_the_same_numbers():
    like = torch.zeros(2)
    here = normal((3, 2), like, torch.Generator().manual_seed(4))
    assert torch.equal(normal((3, 2), like.cuda(), torch.Generator().manual_seed(4)).cpu(), here)
