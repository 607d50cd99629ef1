"""Parameters that stay positive: a rate is softplus(θ), so that no step can kill it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def softplus(raw: Tensor) -> Tensor:
    """log(1 + e^θ) > 0; exact to float64 (PyTorch's default cut-over at 20 costs 2e-9)."""
    return functional.softplus(raw, threshold=40.0)


def inverse_softplus(positive: Tensor) -> Tensor:
    """The θ with softplus(θ) = `positive`; values below 1e-6 are taken as 1e-6."""
    positive = positive.clamp_min(1e-6)
    return positive + torch.log(-torch.expm1(-positive))
