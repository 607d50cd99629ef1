from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import energy_distance as scipy_energy

from hillflow.transport import energy_distance


def test_it_is_the_double_sum(clouds) -> None:
    x, y, a, b = clouds

    def mean(p, q, s, t):
        return sum(
            s[i] * t[j] * np.sqrt(((p[i] - q[j]) ** 2).sum())
            for i in range(len(p))
            for j in range(len(q))
        )

    want = 2 * mean(x, y, a, b) - mean(x, x, a, a) - mean(y, y, b, b)
    tensors = [torch.as_tensor(part) for part in clouds]
    assert float(energy_distance(*tensors)) == pytest.approx(want, rel=1e-10)
    assert float(energy_distance(*tensors, block=11)) == pytest.approx(want, rel=1e-10)


def test_on_a_line_it_is_the_area_between_distribution_functions() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=80), rng.gamma(2, size=60)
    got = energy_distance(torch.as_tensor(x[:, None]), torch.as_tensor(y[:, None]))
    assert float(got) == pytest.approx(scipy_energy(x, y) ** 2, rel=1e-10)
