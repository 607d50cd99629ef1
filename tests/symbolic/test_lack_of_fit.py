from __future__ import annotations

import numpy as np
import pytest

from hillflow.symbolic.lack_of_fit import unexplained


def _linear(seed: int, extra: float, noise: float = 0.2) -> float | None:
    """A straight line fitted to a straight line plus `extra` of a bend."""
    random = np.random.default_rng(seed)
    x = random.uniform(0, 1, (400, 2))
    y = x[:, 0] / x[:, 0].std() + extra * np.cos(6 * x[:, 1]) + noise * random.normal(size=400)
    jacobian = np.stack([np.ones(400), x[:, 0]], 1)
    residuals = y - jacobian @ np.linalg.lstsq(jacobian, y, rcond=None)[0]
    return unexplained(residuals, jacobian, x)


def test_the_right_law_is_seldom_doubted() -> None:
    assert sum(_linear(seed, 0.0) is not None for seed in range(60)) <= 1


def test_what_is_missed_is_measured() -> None:
    shares = [_linear(seed, 0.3) for seed in range(20)]
    assert all(share is not None for share in shares)
    assert np.mean([s for s in shares if s]) == pytest.approx(0.09 / 2, rel=0.25)


def test_a_deviation_of_no_size_is_no_deviation() -> None:
    assert _linear(0, 0.005, noise=1e-4) is None


def test_few_states_are_not_enough_to_say() -> None:
    x = np.random.default_rng(0).uniform(size=(10, 4))
    assert unexplained(x[:, 0] ** 2, np.ones((10, 1)), x) is None
