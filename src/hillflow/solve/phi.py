"""The φ-functions of exponential integrators, accurate at every argument and precision.

φ₁(z) = (eᶻ − 1)/z and φ₂(z) = (φ₁(z) − 1)/z (Hochbruck & Ostermann 2010, eq. 2.10), here at
−z for decay over a step, z = γh. Both quotients lose all digits near 0, where the Taylor series
φ_k(−z) = Σ_m (−z)^m / (m + k)! replaces them, in value and in gradient.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from hillflow.genes import SMALL_PANEL
from hillflow.solve.base import Instant

_NEAR_ZERO = 0.25  # below it, 12 terms of the series are exact to 1e-17
_SERIES = tuple((-1.0) ** m / math.factorial(m + 2) for m in range(12))  # of φ₂(−z)


class DecayWeights(NamedTuple):
    """Shares of a state and of production that remain after a step of linear decay; like z.

    Attributes
    ----------
    kept
        e^{−z}, the remaining share of the state.
    mean
        φ₁(−z), the remaining share of a constant production.
    early, late
        φ₁(−z) − φ₂(−z) and φ₂(−z), the remaining shares of a production that falls from 1 to 0
        over the step, and of one that rises from 0 to 1.
    """

    kept: Tensor
    mean: Tensor
    early: Tensor
    late: Tensor


def decay_weights(z: Tensor) -> DecayWeights:
    """Return the weights at z = γh of any sign and shape; none is negative, even after rounding."""
    kept = torch.exp(-z)
    near = z.abs() < _NEAR_ZERO
    # Each branch gets only arguments in its range, so that neither gives NaN gradients.
    small = torch.where(near, z, torch.zeros_like(z))
    large = torch.where(near, torch.ones_like(z), z)
    series = torch.full_like(z, _SERIES[-1])
    for coefficient in reversed(_SERIES[:-1]):
        series = series * small + coefficient
    series_mean = 1.0 - small * series
    mean = -torch.expm1(-large) / large
    return DecayWeights(
        kept,
        torch.where(near, series_mean, mean),
        torch.where(near, series_mean - series, (mean - torch.exp(-large)) / large),
        torch.where(near, series, (1.0 - mean) / large),
    )


def step_weights(rate: Tensor, width: Instant) -> DecayWeights:
    """Return the weights at z = γh for rates [..., genes] and steps, a number or [..., cells, 1].

    Cells share few lengths of step. For many genes the weights of each length are computed once:
    time and memory O(lengths · genes) instead of O(cells · genes), with the same values.
    """
    if (
        not isinstance(width, Tensor)
        or width.numel() < 2
        or width.requires_grad
        or rate.shape[-1] <= SMALL_PANEL
    ):
        return decay_weights(rate * width)
    lengths, which = width.unique(return_inverse=True)
    if len(lengths) == 1:
        return decay_weights(rate * lengths)
    of_intervention = torch.zeros((), dtype=torch.long, device=which.device)
    if rate.ndim > 1:  # rates [interventions, 1, genes]: a table for each
        of_intervention = len(lengths) * torch.arange(len(rate), device=which.device)[:, None, None]
    table = decay_weights(rate * lengths.unsqueeze(-1))
    rows = which + of_intervention  # [..., cells, 1]
    shape = (*rows.shape[:-1], rate.shape[-1])
    return DecayWeights(
        *(weight.flatten(0, -2).index_select(0, rows.flatten()).reshape(shape) for weight in table)
    )
