from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.causal.importance import EXCHANGES, exchange_importance
from hillflow.causal.readouts import READOUTS
from hillflow.fields.base import VectorField

WEIGHTS = torch.tensor([[0.0, 2.0, 0.0], [-1.0, 0.0, 0.5], [0.0, 0.0, 0.0]], dtype=torch.float64)


class Affine(VectorField):
    """r = W x."""

    has_split = False

    def forward(self, t, x):
        return x @ WEIGHTS.T


class Folded(VectorField):
    """A moves B as (A − mean)²: as often up as down."""

    has_split = False

    def forward(self, t, x):
        zero = torch.zeros_like(x[..., 0])
        return torch.stack([zero, (x[..., 0] - 1.0) ** 2], dim=-1)


class Clock(Affine):
    """r = t W x: what is exchanged is the level, never the time."""

    autonomous = False

    def forward(self, t, x):
        return t[:, None] * super().forward(t, x)


def levels(cells: int, genes: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).gamma(3.0, 1.0, size=(cells, genes)))


def test_of_a_linear_law_it_is_the_weight_in_deviations():
    x = levels(4000, 3)
    found = exchange_importance(Affine(("A", "B", "C")), x, None)
    expected = WEIGHTS * np.sqrt(2) * x.std(0, correction=0)  # E (x − x')² = 2 var x
    np.testing.assert_allclose(found, expected, rtol=0.05, atol=1e-12)


@pytest.mark.parametrize("memory_mb", [1e-3, 256.0])
def test_it_is_the_sum_over_the_same_exchanges_whatever_the_memory(memory_mb):
    x, random = levels(50, 3), torch.Generator().manual_seed(7)
    square = np.zeros((3, 3))
    for _ in range(EXCHANGES):
        other = x[torch.randperm(50, generator=random)].numpy()
        for source in range(3):
            swapped = x.numpy().copy()
            swapped[:, source] = other[:, source]
            square[:, source] += (((x.numpy() - swapped) @ WEIGHTS.numpy().T) ** 2).mean(0)
    found = exchange_importance(Affine(("A", "B", "C")), x, None, seed=7, memory_mb=memory_mb)
    np.testing.assert_allclose(found.abs(), np.sqrt(square / EXCHANGES), rtol=1e-12)


def test_a_regulator_that_acts_both_ways_is_seen_where_the_mean_slope_is_none():
    x = torch.from_numpy(np.random.default_rng(0).normal(1.0, 1.0, size=(4000, 2)))
    found = exchange_importance(Folded(("A", "B")), x, None)
    mean_slope = (2 * (x[:, 0] - 1)).mean()
    assert abs(float(mean_slope)) < 0.1
    # E ((a² − b²)²) = 2 var a² = 4 for standard normal a, b.
    assert abs(float(found[1, 0])) == pytest.approx(2.0, rel=0.1)


def test_each_cell_keeps_its_time():
    x, t = levels(300, 3), torch.linspace(1.0, 3.0, 300, dtype=torch.float64)
    found = exchange_importance(Clock(("A", "B", "C")), x, t)
    still = exchange_importance(Affine(("A", "B", "C")), x, None)
    mean_square = float(t.square().mean())
    np.testing.assert_allclose(found, still * np.sqrt(mean_square), rtol=0.15, atol=1e-12)


def test_the_readout_is_relative_to_the_strongest_other_regulator():
    from types import SimpleNamespace

    x = levels(500, 3)
    seen = SimpleNamespace(
        regulation=Affine(("A", "B", "C")), x=x, t=None, target_spread=np.ones(3)
    )
    found = READOUTS["importance"].read(seen)
    assert found[0, 1] == 1.0
    assert found[1, 0] == -1.0
    assert 0 < found[1, 2] < 1
    assert not found[2].any()
