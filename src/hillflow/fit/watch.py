"""What training is judged by while it runs: how well one step ahead lands on held-back cells.

The cells are a share of the *training* populations, held back before anything is fitted.
A marginal that was left out for scoring is never looked at here.
"""

from __future__ import annotations

import torch

from hillflow.objectives.base import Training
from hillflow.objectives.rollout import Rollout


def landing_error(training: Training, cells: int = 256, steps: int = 4) -> float:
    """Mean energy distance between one interval's rollout and what was measured at its end.

    Each interval starts from measured cells, so errors do not add up over times. The draw is
    always the same one, so that two calls differ by the model alone.
    """
    generator = torch.Generator().manual_seed(0)
    intervals = sum(max(1, len(arm.times) - 1) for arm in training.problem.arms)
    objective = Rollout(starts="every", horizon=1, steps=steps)
    with torch.no_grad():
        terms = objective.loss(training, cells * intervals, generator)
    return float(terms["distance"])
