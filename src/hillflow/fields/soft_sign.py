"""The soft sign of the Hill-Langmuir fields, and the logarithm that makes products of sums."""

from __future__ import annotations

import torch
from torch import Tensor


def soft_sign(x: Tensor) -> Tensor:
    """σ(x) = (x − ½) / (1 + |x − ½|), from −1 to 1 (Hossain et al. 2024)."""
    shifted = x - 0.5
    return shifted / (1 + shifted.abs())


def log_soft_sign(x: Tensor) -> Tensor:
    """log(1 + σ(x)); a sum of it is the logarithm of a product of saturating terms."""
    return torch.log1p(soft_sign(x))


def soft_sign_slope(x: Tensor) -> Tensor:
    """σ'(x) = 1 / (1 + |x − ½|)²."""
    return (1 + (x - 0.5).abs()).reciprocal().square()


def log_soft_sign_slope(x: Tensor) -> Tensor:
    """d/dx log(1 + σ(x)) = σ'(x) / (1 + σ(x))."""
    return soft_sign_slope(x) / (1 + soft_sign(x))
