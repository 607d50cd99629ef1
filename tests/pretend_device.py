"""A device that only pretends to be one: it computes on the CPU, and refuses what a GPU refuses.

Its tensors are a subclass that names the device ``lazy``, one of PyTorch's own that no build uses;
every operation on them is dispatched to `_compute`, which computes on the CPU tensors inside. As on
CUDA, an error is raised if tensors of the device meet CPU tensors (but for numbers, [], and
indices), if a generator of the CPU draws on the device, and if NumPy is given a tensor of the
device. So a computation that runs here puts every tensor where it belongs. What is not covered:
kernels and rounding of a GPU, its memory, and its streams.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from hillflow import devices

NAME = "lazy"
_aten = torch.ops.aten
_COPIES = {_aten._to_copy.default, _aten.copy_.default}
_DENSE = {_aten._efficientzerotensor.default: _aten.zeros.default}  # of forward mode
_BY_INDEX = {
    _aten.index.Tensor, _aten.index_put.default, _aten.index_put_.default,
    _aten._index_put_impl_.default,
}  # fmt: skip


class PretendTensor(Tensor):
    """A tensor of the device, with its values in a CPU tensor."""

    held: Tensor

    @staticmethod
    def __new__(cls, held: Tensor) -> PretendTensor:
        self = Tensor._make_wrapper_subclass(
            cls, held.size(), strides=held.stride(), storage_offset=held.storage_offset(),
            dtype=held.dtype, device=torch.device(NAME, 0),
        )  # fmt: skip
        self.held = held
        return self

    __torch_function__ = torch._C._disabled_torch_function_impl

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None) -> Any:
        return _compute(func, args, kwargs or {})

    def numpy(self, *, force: bool = False) -> np.ndarray:
        if not force:
            raise TypeError(f"can't convert a tensor on {NAME} to numpy")
        return self.detach().cpu().numpy()

    def tolist(self) -> Any:
        return self.detach().cpu().tolist()

    def untyped_storage(self) -> torch.UntypedStorage:
        return self.held.untyped_storage()

    def __repr__(self) -> str:
        return f"{NAME}({self.held})"


class _Dispatch(TorchDispatchMode):
    """Also dispatches operations that have no tensor of the device yet: ``torch.zeros``, ``to``."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None) -> Any:
        return _compute(func, args, kwargs or {})


def _compute(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    func = _DENSE.get(func, func)
    tensors: list[Tensor] = []
    device = kwargs.get("device")
    named = device is not None and torch.device(device).type == NAME
    if named:
        kwargs = {**kwargs, "device": torch.device("cpu")}
    held, held_by_name = _held(args, tensors), {k: _held(v, tensors) for k, v in kwargs.items()}
    ours = [tensor for tensor in tensors if isinstance(tensor, PretendTensor)]
    if func in _COPIES:
        there = named or (device is None and isinstance(args[0], PretendTensor))
    else:
        there = named or bool(ours)
        number = torch.Tag.pointwise in func.tags  # which take a number, [], from the CPU
        others = [t for t in tensors if not isinstance(t, PretendTensor) and (t.ndim or not number)]
        if ours and others and func not in _BY_INDEX:
            raise RuntimeError(f"{func}: a CPU tensor {list(others[0].shape)} on {NAME}")
        if there and isinstance(kwargs.get("generator"), torch.Generator):
            raise RuntimeError(f"{func}: a generator of the CPU on {NAME}")
    result = func(*held, **held_by_name)
    if not there:
        return result
    if torch.Tag.inplace_view in func.tags:  # such as squeeze_: our own shape changes too
        args[0].data = PretendTensor(args[0].held)
    return _outer(result, {id(tensor.held): tensor for tensor in ours})


def _held(value: Any, tensors: list[Tensor]) -> Any:
    """The CPU tensors inside an argument, whose tensors are noted."""
    if isinstance(value, Tensor):
        tensors.append(value)
        return value.held if isinstance(value, PretendTensor) else value
    if type(value) in (list, tuple):
        return type(value)([_held(one, tensors) for one in value])
    return value


def _outer(value: Any, known: dict[int, PretendTensor]) -> Any:
    """The result as tensors of the device; what was changed in place is the same object."""
    if isinstance(value, Tensor):
        return known[id(value)] if id(value) in known else PretendTensor(value)
    if isinstance(value, list | tuple):
        return tuple(_outer(one, known) for one in value)
    return value


@contextmanager
def pretend_device() -> Iterator[str]:
    """The name of the device, which hillflow sees inside."""
    lifted = torch._C._only_lift_cpu_tensors()
    torch._C._set_only_lift_cpu_tensors(True)  # torch.tensor(…, device=…) is dispatched too
    try:
        with pytest.MonkeyPatch.context() as patch, _Dispatch():
            patch.setattr(devices, "devices_seen", lambda: (devices.CPU, f"{NAME}:0"))
            yield NAME
    finally:
        torch._C._set_only_lift_cpu_tensors(lifted)
