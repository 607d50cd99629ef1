"""Devices are checked by name before any work; a pretend one stands for a GPU."""

from __future__ import annotations

import pytest
import torch

from hillflow import devices
from hillflow.devices import check_device
from hillflow.errors import InputError

from .pretend_device import NAME, pretend_device


@pytest.mark.parametrize("wrong", ["gpu", "cuda:x", "cpu:0", "", "meta", "xpu:99", 0, None])
def test_a_device_that_is_not_there_is_refused_with_what_pytorch_sees(wrong):
    with pytest.raises(InputError) as caught:
        check_device(wrong)
    assert caught.value.found == repr(wrong)
    assert torch.__version__ in caught.value.expected
    assert "cpu" in caught.value.expected


def test_a_device_without_numbers_of_64_bits_is_refused():
    with pytest.raises(InputError, match="64 bits"):
        check_device("mps")


def test_a_device_is_named_with_or_without_its_number():
    with pretend_device():
        assert devices.devices_seen() == ("cpu", f"{NAME}:0")
        assert check_device(NAME) == NAME
        assert check_device(f"{NAME}:0") == f"{NAME}:0"
        with pytest.raises(InputError, match=f"cpu or {NAME}:0"):
            check_device(f"{NAME}:1")


def test_only_the_cpu_is_shared_by_processes():
    assert check_device("cpu", alone=False) == "cpu"
    with pretend_device(), pytest.raises(InputError, match="one process"):
        check_device(NAME, alone=False)


def test_all_that_is_seen_can_hold_numbers():
    for name in devices.devices_seen():
        assert torch.zeros(1, dtype=torch.float64, device=check_device(name)).sum().item() == 0.0


def test_the_pretend_device_refuses_what_a_gpu_refuses():
    """What the other tests on this device rest on."""
    here = torch.arange(6.0).reshape(2, 3)
    with pretend_device() as name:
        there = here.to(name)
        assert there.device.type == name
        assert torch.equal((2 * there).cpu(), 2 * here)
        assert torch.equal((there + torch.tensor(1.0)).cpu(), here + 1)  # a number, as on a GPU
        assert torch.equal(there[torch.tensor([1])].cpu(), here[[1]])
        for mixed in (
            lambda: there + here,
            lambda: there.index_select(0, torch.tensor([1])),
            lambda: torch.cat([there, here]),
            lambda: torch.rand(2, generator=torch.Generator(), device=name),
            lambda: torch.multinomial(there, 1, generator=torch.Generator()),
        ):
            with pytest.raises(RuntimeError, match=name):
                mixed()
        with pytest.raises(TypeError, match=name):
            there.numpy()
        assert there.numpy(force=True).tolist() == here.tolist()


def test_gradients_on_the_pretend_device_are_those_of_the_cpu():
    weight = torch.linspace(-1, 1, 12, dtype=torch.float64).reshape(3, 4)
    x = torch.linspace(0, 2, 6, dtype=torch.float64).reshape(2, 3)

    def gradient(device: str) -> torch.Tensor:
        w = weight.to(device).clone().requires_grad_()
        slope = torch.func.vmap(torch.func.jacrev(lambda y: torch.tanh(y @ w)))(x.to(device))
        (torch.sigmoid(x.to(device) @ w).square().sum() + slope.square().sum()).backward()
        return w.grad.cpu()

    here = gradient("cpu")
    with pretend_device() as name:
        there = gradient(name)
    torch.testing.assert_close(there, here)
