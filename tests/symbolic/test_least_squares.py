from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.optimize import least_squares, nnls

from hillflow.symbolic.families import basis
from hillflow.symbolic.least_squares import Batch, States, nonnegative, solve


def _states(x: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> States:
    log_x = torch.from_numpy(np.log(x))
    weights = np.ones(len(y)) if weights is None else weights
    return States(log_x, torch.from_numpy(y), torch.from_numpy(np.sqrt(weights)),
                  log_x.amin(0) - 1, log_x.amax(0) + 1, math.log(0.5), math.log(12))  # fmt: skip


def _value(family: str, states: States, batch: Batch, theta: np.ndarray, c: np.ndarray):
    m = len(theta) // 2
    log_k, log_n = torch.from_numpy(theta).view(2, 1, m)
    log_x = states.log_x[None][..., batch.parents[0]]
    return (basis(family, log_x, log_k, log_n, batch.signs).terms[0] @ torch.from_numpy(c)).numpy()


@pytest.mark.parametrize("family", ["additive", "multiplicative", "competitive"])
def test_the_minimum_is_scipys(family: str) -> None:
    random = np.random.default_rng(1)
    x = random.uniform(0.05, 2, (150, 3))
    weights = random.uniform(0.5, 1.5, 150)
    batch = Batch(family, torch.tensor([[2, 0]]), torch.tensor([[1.0, -1.0]], dtype=torch.float64))
    truth = np.log([0.6, 0.8, 2.0, 3.0])
    amplitudes = np.array([0.2, 1.0, 0.7]) if family == "additive" else np.array([0.2, 1.0])
    clean = _value(family, _states(x, np.zeros(150)), batch, truth, amplitudes)
    states = _states(x, clean + 0.03 * random.normal(size=150), weights)

    def residuals(free: np.ndarray) -> np.ndarray:
        away = states.y.numpy() - _value(family, states, batch, free[:4], free[4:])
        return away * np.sqrt(weights)

    ours = solve(batch, states, torch.from_numpy(truth)[None] + 0.4, 100, 1e-12)
    theirs = least_squares(residuals, np.r_[truth, amplitudes], xtol=1e-14, ftol=1e-14)
    assert float(ours.cost) == pytest.approx(2 * theirs.cost / 150, rel=1e-8)
    np.testing.assert_allclose(ours.theta[0].numpy(), theirs.x[:4], atol=2e-4)
    np.testing.assert_allclose(ours.amplitudes[0].numpy(), theirs.x[4:], atol=2e-4)


def test_laws_of_a_batch_do_not_see_each_other() -> None:
    random = np.random.default_rng(2)
    x = random.uniform(0.05, 2, (80, 2))
    states = _states(x, x[:, 0] ** 2 / (0.5 + x[:, 0] ** 2))
    parents = torch.tensor([[0], [1], [0]])
    signs = torch.tensor([[1.0], [1.0], [-1.0]], dtype=torch.float64)
    theta = torch.zeros(3, 2, dtype=torch.float64)
    together = solve(Batch("single", parents, signs), states, theta, 12, 0.0)
    for row in range(3):
        alone = solve(Batch("single", parents[[row]], signs[[row]]), states, theta[[row]], 12, 0.0)
        assert float(alone.cost) == pytest.approx(float(together.cost[row]), rel=1e-6, abs=1e-13)
    assert float(together.cost[0]) < 1e-12 < float(together.cost[1])
    assert float(together.amplitudes[2, 1]) == 0.0  # a repressor cannot explain an activation


def test_bounds_hold() -> None:
    x = np.linspace(0.05, 2, 60)[:, None]
    states = _states(x, (x[:, 0] > 0.7).astype(float))
    single = Batch("single", torch.tensor([[0]]), torch.ones(1, 1, dtype=torch.float64))
    solved = solve(single, states, torch.zeros(1, 2, dtype=torch.float64), 80, 0.0)
    assert solved.theta[0, 1].item() == pytest.approx(math.log(12))


@pytest.mark.parametrize("seed", range(8))
def test_two_amplitudes_are_nonnegative_least_squares(seed: int) -> None:
    random = np.random.default_rng(seed)
    columns, y = random.normal(size=(20, 2)) + 0.5, random.normal(size=20)
    gram, target = torch.from_numpy(columns.T @ columns), torch.from_numpy(columns.T @ y)
    ours, _ = nonnegative(gram[None], target[None])
    np.testing.assert_allclose(ours[0].numpy(), nnls(columns, y)[0], atol=1e-8)
