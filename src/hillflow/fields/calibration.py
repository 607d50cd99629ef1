"""Initial decay rates and production levels, estimated from states and velocities.

They set only scales, so that one learning rate is suitable for genes whose levels differ by a
factor of a hundred.
"""

from __future__ import annotations

import torch
from torch import Tensor


def decay_rates(x: Tensor, velocity: Tensor) -> Tensor:
    """Return γ_i = sd(ẋ_i) / sd(x_i), [genes]: exact for a gene that relaxes to a fixed level.

    Rates are kept within a factor of 30 of the median; constant genes get the median.

    Parameters
    ----------
    x, velocity
        States and rough velocities, [cells, genes].
    """
    spread, speed = (values.std(0, correction=0) for values in (x, velocity))
    known = (spread > 0) & (speed > 0)
    if not known.any():
        return torch.ones_like(spread)
    ratio = speed / torch.where(known, spread, torch.ones_like(spread))
    median = ratio[known].median()
    return torch.where(known, ratio, median).clamp(median / 30, median * 30)


def mean_production(x: Tensor, velocity: Tensor | None, rate: Tensor) -> Tensor:
    """Return P_i = E ẋ_i + γ_i E x_i, [genes], the mean production implied by ẋ = P − γx.

    It is at least a twentieth of γ_i E x_i (for a silent gene, of a thousandth of the average
    level), so that no gene starts where gradients vanish.
    """
    level = x.mean(0)
    production = rate * level if velocity is None else velocity.mean(0) + rate * level
    size = level.abs()
    least = rate * torch.maximum(0.05 * size, 1e-3 * size.mean().clamp_min(1e-3))
    return torch.maximum(production, least)
