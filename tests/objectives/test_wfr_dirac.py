from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from hillflow.errors import InputError
from hillflow.objectives import PairBatch, WFRDirac

CELLS = 4001


def lump(distance: float, mass: float, dt: float = 1.0) -> PairBatch:
    x1 = torch.tensor([distance, 0.0], dtype=torch.float64)
    one = torch.ones(1, CELLS, dtype=torch.float64)
    zero = torch.zeros(1, CELLS, 2, dtype=torch.float64)
    return PairBatch(zero, x1.expand_as(zero), 0 * one, dt * one, mass * one)


@given(st.floats(0.05, 2.5), st.floats(0.05, 20))
def test_speed_integrates_to_the_distance(distance: float, mass: float) -> None:
    # the published form: ω/m(s) with τ = tan(d/2δ), integrated numerically
    delta = 0.9
    tau = math.tan(distance / (2 * delta))
    q = math.sqrt(mass / (1 + tau**2))
    a, b, omega = mass + 1 - 2 * q, 1 - q, 2 * delta * tau * q
    walked = quad(lambda s: omega / (a * s**2 - 2 * b * s + 1), 0, 1, epsabs=1e-10)[0]
    assert walked == pytest.approx(distance, rel=1e-6)
    bridge = WFRDirac(delta).sample(lump(distance, mass), torch.Generator().manual_seed(0))
    s, x = bridge.t[0].numpy(), bridge.x[0, :, 0].numpy()
    m = a * s**2 - 2 * b * s + 1
    np.testing.assert_allclose(bridge.weight[0], m, rtol=1e-9)
    np.testing.assert_allclose(bridge.velocity[0, :, 0], omega / m, rtol=1e-8)
    np.testing.assert_allclose(bridge.growth[0], (2 * a * s - 2 * b) / m, rtol=1e-8, atol=1e-9)
    middle = int(np.argmin(np.abs(s - 0.4)))
    there = quad(lambda u: omega / (a * u**2 - 2 * b * u + 1), 0, s[middle], epsabs=1e-10)[0]
    assert x[middle] == pytest.approx(there, rel=1e-6)


def test_rates_are_per_time_unit(generator) -> None:
    fast, slow = (
        WFRDirac(1.0).sample(lump(1.0, 3.0, dt), torch.Generator().manual_seed(0))
        for dt in (1.0, 5.0)
    )
    torch.testing.assert_close(slow.velocity, fast.velocity / 5)
    torch.testing.assert_close(slow.growth, fast.growth / 5)


def test_growth_alone_and_motion_alone(generator) -> None:
    grown = WFRDirac(1.0).sample(lump(0.0, 4.0), generator)
    assert (grown.velocity == 0).all()
    torch.testing.assert_close(grown.weight, (1 + grown.t).square(), rtol=1e-5, atol=1e-5)
    moved = WFRDirac(1e4).sample(lump(1.0, 1.0), generator)
    torch.testing.assert_close(moved.velocity[..., 0], torch.ones_like(moved.t))
    assert moved.growth.abs().max() < 1e-6


def test_beyond_the_reach_of_motion_it_still_arrives(generator) -> None:
    bridge = WFRDirac(0.1).sample(lump(5.0, 2.0), generator)
    for value in (bridge.x, bridge.velocity, bridge.growth):
        assert value.isfinite().all()
    order = bridge.t[0].argsort()
    along = bridge.x[0, order, 0]
    assert (along.diff() >= 0).all()
    assert along[0] >= 0
    assert along[-1] <= 5


def test_delta_is_the_spread_between_populations(problem_of, drifting) -> None:
    problem = problem_of(drifting)
    learnt = WFRDirac().learn(problem, 0)
    line = list(drifting["control"].values())
    gaps = [np.mean(((x[:, None] - y[None]) ** 2).sum(-1)) for x, y in itertools.pairwise(line)]
    assert learnt.delta == pytest.approx(math.sqrt(max(gaps)))
    assert WFRDirac(2.0).learn(problem, 0).delta == 2.0


def test_a_length_is_positive() -> None:
    with pytest.raises(InputError, match="delta above 0"):
        WFRDirac(-1.0)
