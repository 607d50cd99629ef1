"""Where a fit starts: decay rates and production levels read off states and velocities.

Only scales are set, so that one learning rate suits genes whose levels differ a hundredfold.
"""

from __future__ import annotations

import torch
from torch import Tensor


def decay_rates(x: Tensor, velocity: Tensor) -> Tensor:
    """γ_i = sd(ẋ_i) / sd(x_i), [genes]: exact for a gene that relaxes to a fixed level.

    Kept within a factor of 30 of the median gene; genes that never change get the median.

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
    """P_i = E ẋ_i + γ_i E x_i, [genes], which is what ẋ = P − γx asks for on average.

    Held above a twentieth of what the gene's level needs (for a silent gene, a thousandth of
    an average one's), so that no gene starts where gradients cannot reach it.
    """
    level = x.mean(0)
    production = rate * level if velocity is None else velocity.mean(0) + rate * level
    size = level.abs()
    least = rate * torch.maximum(0.05 * size, 1e-3 * size.mean().clamp_min(1e-3))
    return torch.maximum(production, least)
