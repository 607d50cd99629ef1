"""Deterministic PyTorch: the same seed gives the same bytes on the CPU."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.utils import deterministic as _deterministic

from hillflow.devices import CPU

memory: Any = _deterministic  # a module whose attributes are properties


@contextmanager
def deterministic(threads: int, device: str = CPU) -> Iterator[None]:
    """Use deterministic algorithms and this number of threads inside; restore both afterwards.

    A device other than the CPU has no deterministic algorithm for some operations: PyTorch then
    warns, instead of an error.
    """
    previous_threads, previous_mode = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    torch.set_num_threads(threads)
    if device != CPU:  # without it, CUDA refuses deterministic products of matrices
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    # As `torch.use_deterministic_algorithms`, which also imports torch's compiler to set it up.
    torch.set_deterministic_debug_mode("error" if device == CPU else "warn")
    # Nothing reads memory before it is written; to fill it costs up to a tenth of a step.
    filled = memory.fill_uninitialized_memory
    memory.fill_uninitialized_memory = False
    try:
        yield
    finally:
        memory.fill_uninitialized_memory = filled
        torch.set_num_threads(previous_threads)
        torch.set_deterministic_debug_mode(previous_mode)
