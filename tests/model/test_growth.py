"""Growth that a fit learned is used: predicted cells weigh as many as they became."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.causal.fate import FateMap
from hillflow.interventions import Intervention

from ..small_fits import flow, snapshots

CONTROL = Intervention.control()


class OfA(torch.nn.Module):
    """A growth rate of 0.2 of the level of the first gene."""

    def forward(self, x, t=None):
        return 0.2 * x[..., 0]


@pytest.fixture
def growing(known):
    known.heads.growth = OfA()
    yield known
    known.heads.growth = None


def test_the_mass_of_a_cell_is_the_integral_along_its_path(growing):
    x = 2 + 0.5 * np.random.default_rng(3).normal(size=(7, 3))
    times = np.linspace(0.0, 2.0, 201)
    path = np.stack([flow(x, t) for t in times])
    mass = growing.mass_along(path, times)
    assert mass.shape == (201, 7)
    np.testing.assert_allclose(mass[0], 1)
    exact = np.exp(0.2 * np.trapezoid(path[:, :, 0], times, axis=0))
    np.testing.assert_allclose(mass[-1], exact, rtol=1e-5)


def test_predicted_cells_weigh_by_their_descendants(growing):
    cells = snapshots()
    last = float(cells.times[-1])
    predicted = growing.predict(cells, CONTROL, [last], absolute=True)
    x0 = growing.denoise(cells.x[cells.rows(cells.times[0], CONTROL)])
    times = np.linspace(float(cells.times[0]), last, 401)
    grown = np.stack([flow(x0, t - times[0])[:, 0] for t in times])
    mass = np.exp(0.2 * np.trapezoid(grown, times, axis=0))
    np.testing.assert_allclose(predicted.weights, mass / mass.mean(), rtol=2e-3)


def test_without_growth_nothing_is_weighed(known):
    cells = snapshots()
    assert known.predict(cells, CONTROL, absolute=True).weights is None
    np.testing.assert_array_equal(known.mass_along(np.ones((3, 4, 3)), [0, 1, 2]), np.ones((3, 4)))


def test_fates_count_by_weight():
    points = np.concatenate([np.zeros((20, 1)), np.ones((20, 1))])
    fates = FateMap.of(points, np.repeat(["low", "high"], 20))
    assert fates.labels == ("high", "low")
    moved = np.array([[0.0], [0.0], [1.0]])
    np.testing.assert_allclose(fates.shares(moved), [1 / 3, 2 / 3])
    np.testing.assert_allclose(fates.shares(moved, np.array([1.0, 1.0, 6.0])), [0.75, 0.25])
