"""Positive parameters as softplus(θ), which no optimiser step can make 0 or negative."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def softplus(raw: Tensor) -> Tensor:
    """Return log(1 + e^θ) > 0, exact to float64 (PyTorch's default threshold errs by 2e-9)."""
    return functional.softplus(raw, threshold=40.0)


def inverse_softplus(positive: Tensor) -> Tensor:
    """Return θ with softplus(θ) = `positive`; values below 1e-6 count as 1e-6."""
    positive = positive.clamp_min(1e-6)
    return positive + torch.log(-torch.expm1(-positive))
