"""Differentiable means over all pairs of points of two populations, computed in blocks."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from hillflow.errors import InputError

Kernel = Callable[[Tensor, Tensor], Tensor]  # [n, d], [m, d] → [n, m]
WIDE = 30  # coordinates from which a matrix product is several times faster than differences


def distances(x: Tensor, y: Tensor) -> Tensor:
    """Return |x_i − y_j|, [n, m]; the gradient at distance 0 is 0.

    From `WIDE` coordinates on by |x|² + |y|² − 2 x·y, centred so that few digits are lost: an error
    of about √ε |x| between points that coincide, and of ε relative between others.
    """
    if x.shape[1] < WIDE:
        return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
    centre = y.detach().mean(0)
    return torch.cdist(x - centre, y - centre, compute_mode="use_mm_for_euclid_dist")


def shares(weights: Tensor | None, x: Tensor) -> Tensor:
    """Return weights with sum 1, [n]; by default 1/n each."""
    if weights is None:
        return torch.full((len(x),), 1 / len(x), dtype=x.dtype, device=x.device)
    return weights / weights.sum()


def check_clouds(x: Tensor, y: Tensor, wx: Tensor | None, wy: Tensor | None) -> None:
    """Refuse clouds of different dimension, and weights that are not masses."""
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1] or 0 in (*x.shape, *y.shape):
        raise InputError(
            "two clouds of points, [n, d] and [m, d]",
            f"shapes {tuple(x.shape)} and {tuple(y.shape)}",
            "give at least one point each, in the same coordinates",
        )
    for name, weights, points in (("first", wx, x), ("second", wy, y)):
        if weights is None:
            continue
        if weights.shape != (len(points),):
            raise InputError(
                f"one weight per point of the {name} cloud ({len(points):,})",
                f"shape {tuple(weights.shape)}",
                "align weights and points",
            )
        with torch.no_grad():
            if not (bool((weights >= 0).all()) and 0 < float(weights.sum()) < float("inf")):
                raise InputError(
                    f"weights of the {name} cloud that are finite, at least 0 and not all 0",
                    f"a range of {float(weights.min()):g} to {float(weights.max()):g}",
                    "correct the weights",
                )


def mean_over_pairs(
    kernel: Kernel, x: Tensor, y: Tensor, a: Tensor, b: Tensor, block: int = 2048
) -> Tensor:
    """Return Σ_ij a_i b_j kernel(x_i, y_j) for shares a [n], b [m].

    Rows of x are processed `block` at a time. If there are several blocks, the backward pass
    computes kernels again instead of storing them: memory O(block · m), not O(n m).
    """

    def part(rows: Tensor, mass: Tensor) -> Tensor:
        return mass @ kernel(rows, y) @ b

    if len(x) <= block:
        return part(x, a)
    total = x.new_zeros(())
    for rows, mass in zip(x.split(block), a.split(block), strict=True):
        total = total + checkpoint(part, rows, mass, use_reentrant=False)
    return total
