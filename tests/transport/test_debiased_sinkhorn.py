from __future__ import annotations

import numpy as np
import ot
import pytest
import torch

from hillflow.errors import InputError
from hillflow.transport import sinkhorn_divergence, w2

TIGHT = {"tolerance": 1e-12, "max_iterations": 100_000}


def test_it_is_built_of_the_entropic_costs_of_pot(clouds) -> None:
    x, y, a, b = clouds
    epsilon = 0.8

    def cost(p, q, s, t):
        distance = ot.dist(p, q)
        plan = ot.sinkhorn(s, t, distance, epsilon, stopThr=1e-14, numItermax=100_000)
        return (plan * distance).sum() + epsilon * (plan * np.log(plan / np.outer(s, t))).sum()

    want = cost(x, y, a, b) - cost(x, x, a, a) / 2 - cost(y, y, b, b) / 2
    got = sinkhorn_divergence(*(torch.as_tensor(p) for p in clouds), epsilon=epsilon, **TIGHT)
    assert float(got) == pytest.approx(want, rel=1e-8)


def test_little_blur_is_transport_and_much_blur_the_distance_of_means(clouds) -> None:
    x, y, a, b = clouds
    tensors = [torch.as_tensor(part) for part in clouds]
    sharp = sinkhorn_divergence(*tensors, epsilon=0.01, tolerance=1e-8, max_iterations=50_000)
    assert float(sharp) == pytest.approx(w2(x, y, a, b) ** 2, rel=0.02)
    blurred = sinkhorn_divergence(*tensors, epsilon=1e5, **TIGHT)
    assert float(blurred) == pytest.approx(((a @ x - b @ y) ** 2).sum(), rel=1e-3)


def test_a_shift_is_its_square_at_any_blur() -> None:
    x = torch.randn(40, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    shift = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    for epsilon in (1.0, 10.0):
        got = sinkhorn_divergence(x, x + shift, epsilon=epsilon, **TIGHT)
        assert float(got) == pytest.approx(float(shift.square().sum()), rel=1e-6)


def test_epsilon_must_be_positive(clouds) -> None:
    with pytest.raises(InputError, match="epsilon above 0"):
        sinkhorn_divergence(*(torch.as_tensor(part) for part in clouds), epsilon=-1.0)
