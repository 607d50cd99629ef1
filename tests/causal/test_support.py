from __future__ import annotations

import numpy as np
import pytest

from hillflow.causal import knockout
from hillflow.causal.support import Support
from hillflow.errors import InputError

from .laws import Law, model_of, wild_type


def test_points_of_the_same_cloud_are_inside_and_far_ones_are_not():
    random = np.random.default_rng(0)
    cloud = random.normal(size=(1500, 3))
    support = Support.of(cloud)
    fresh = random.normal(size=(5, 400, 3))
    assert support.share(fresh).mean() == pytest.approx(0.99, abs=0.02)
    assert support.share(fresh + 20).max() == 0
    assert not support.holds(np.full((1, 3), np.nan)).any()


def test_the_reach_is_the_quantile_of_nearest_neighbours():
    grid = np.arange(50.0)[:, None]  # each 1 from its neighbour
    support = Support.of(grid)
    assert support.reach == 1
    np.testing.assert_array_equal(support.holds(np.array([[49.9], [50.0], [50.1]])), [1, 1, 0])


def test_many_cells_are_thinned_the_same_way():
    cloud = np.random.default_rng(0).normal(size=(2500, 2))
    assert Support.of(cloud, seed=1).reach == Support.of(cloud, seed=1).reach
    with pytest.raises(InputError, match="three measured cells"):
        Support.of(cloud[:2])


def test_a_knockout_that_leaves_the_data_says_so():
    result = knockout(model_of(Law()), ["C=clamp:2", "C=clamp:90"], wild_type(200))
    # the law itself brings the control cells to where they were measured
    np.testing.assert_array_equal(result.shifts.control_in_support, [1.0, 1.0])
    share = result.ranking.set_index("perturbation")["in_support"]
    assert share["C=clamp:90"] == 0
    assert share["C=clamp:2"] > 0.2
    tidy = result.effects.query("perturbation == 'C=clamp:90'")
    assert set(tidy["in_support"]) == {0.0}
