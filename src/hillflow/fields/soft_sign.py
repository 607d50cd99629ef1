"""The soft sign of the Hill-Langmuir fields, its logarithm, and their derivatives."""

from __future__ import annotations

import torch
from torch import Tensor


def soft_sign(x: Tensor) -> Tensor:
    """Return σ(x) = (x − ½) / (1 + |x − ½|), from −1 to 1 (Hossain et al. 2024)."""
    shifted = x - 0.5
    return shifted / (1 + shifted.abs())


def log_soft_sign(x: Tensor) -> Tensor:
    """Return log(1 + σ(x)); a sum of these is the logarithm of a product of saturating terms."""
    return torch.log1p(soft_sign(x))


def soft_sign_slope(x: Tensor) -> Tensor:
    """Return σ'(x) = 1 / (1 + |x − ½|)²."""
    return (1 + (x - 0.5).abs()).reciprocal().square()


def log_soft_sign_slope(x: Tensor) -> Tensor:
    """Return d/dx log(1 + σ(x)) = σ'(x) / (1 + σ(x))."""
    return soft_sign_slope(x) / (1 + soft_sign(x))
