from __future__ import annotations

import pytest
import torch

from hillflow.objectives import Arrival, BrownianBridge, Linear, PairBatch


def same_pair(cells: int = 200_000) -> PairBatch:
    """One pair, many times: x0 = (0, 1), x1 = (2, −1), from time 3 over a gap of 4."""
    x0, x1 = torch.tensor([0.0, 1.0]).double(), torch.tensor([2.0, -1.0]).double()
    one = torch.ones(1, cells, dtype=torch.float64)
    return PairBatch(x0.expand(1, cells, 2), x1.expand(1, cells, 2), 3 * one, 4 * one, one)


def test_a_line_is_walked_at_constant_speed(generator) -> None:
    pairs = same_pair(100)
    bridge = Linear().sample(pairs, generator)
    s = (bridge.t - 3) / 4
    assert ((s > 0) & (s < 1)).all()
    torch.testing.assert_close(bridge.x, pairs.x0 + s.unsqueeze(-1) * (pairs.x1 - pairs.x0))
    torch.testing.assert_close(bridge.velocity, (pairs.x1 - pairs.x0) / 4)


def test_noise_on_a_line(generator) -> None:
    bridge = Linear(sigma=0.3).sample(same_pair(), generator)
    s = ((bridge.t - 3) / 4).unsqueeze(-1)
    off = bridge.x - torch.lerp(
        *(x.expand_as(bridge.x) for x in (same_pair().x0, same_pair().x1)), s
    )
    assert off.std() == pytest.approx(0.3, rel=0.01)
    assert off.mean() == pytest.approx(0, abs=0.01)


def test_moments_of_the_brownian_bridge(generator) -> None:
    pairs, sigma = same_pair(), 0.5
    bridge = BrownianBridge(sigma).sample(pairs, generator)
    s = (bridge.t - 3) / 4
    off = bridge.x - torch.lerp(pairs.x0, pairs.x1, s.unsqueeze(-1))
    for low in (0.1, 0.45, 0.8):
        near = (s > low) & (s < low + 0.05)
        middle = low + 0.025
        variance = sigma**2 * 4 * middle * (1 - middle)  # σ² Δ s(1−s)
        assert off[near].var() == pytest.approx(variance, rel=0.05)
        assert off[near].mean() == pytest.approx(0, abs=0.05)


def test_flow_is_drift_less_half_the_noise_times_the_score() -> None:
    pairs, sigma = same_pair(1000), 0.7
    flow, drift = (
        BrownianBridge(sigma, drift=which).sample(pairs, torch.Generator().manual_seed(2))
        for which in (False, True)
    )
    torch.testing.assert_close(flow.x, drift.x)
    torch.testing.assert_close(flow.velocity, drift.velocity - sigma**2 / 2 * flow.score)


def test_the_bridges_score_is_that_of_its_gaussian(generator) -> None:
    pairs, sigma = same_pair(1000), 0.7
    bridge = BrownianBridge(sigma).sample(pairs, generator)
    s = ((bridge.t - 3) / 4).unsqueeze(-1)
    mean = torch.lerp(pairs.x0, pairs.x1, s)
    variance = sigma**2 * 4 * s * (1 - s)
    torch.testing.assert_close(bridge.score, -(bridge.x - mean) / variance)
    torch.testing.assert_close(bridge.score_scale, variance.sqrt().squeeze(-1))
    torch.testing.assert_close(bridge.weight, (4 * s * (1 - s)).squeeze(-1))


def test_an_arrival_stands_at_the_end(generator) -> None:
    pairs = same_pair(3)
    bridge = Arrival().sample(pairs, generator)
    assert (bridge.t == 7).all()
    assert torch.equal(bridge.x, pairs.x1)
    torch.testing.assert_close(bridge.velocity, (pairs.x1 - pairs.x0) / 4)
