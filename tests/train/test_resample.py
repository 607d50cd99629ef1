from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hillflow.train.resample import resample

from ..small_fits import snapshots


def test_populations_keep_their_size():
    data = snapshots(cells=50)
    again = resample(data, 3)
    for population in data.populations():
        counts = again.weights[population.rows]
        assert counts.sum() == len(population)
        assert (counts == counts.round()).all()
        # a share of about 1/e is left out
        assert 0.2 < (counts == 0).mean() < 0.55
    np.testing.assert_array_equal(again.x, data.x)


def test_the_same_seed_draws_the_same():
    data = snapshots()
    np.testing.assert_array_equal(resample(data, 1).weights, resample(data, 1).weights)
    assert (resample(data, 1).weights != resample(data, 2).weights).any()


def test_weights_are_kept_by_their_cells():
    data = replace(snapshots(), weights=np.random.default_rng(0).random(180))
    plain = resample(snapshots(), 5).weights
    np.testing.assert_allclose(resample(data, 5).weights, plain * data.weights)


def test_every_cell_is_drawn_once_on_average():
    data = snapshots(cells=20)
    mean = np.mean([resample(data, seed).weights for seed in range(400)], axis=0)
    np.testing.assert_allclose(mean, 1.0, atol=0.2)


def test_units_are_drawn_whole(courses):
    again = resample(courses, 2)
    assert len(again) == len(courses)
    assert set(again.names) < set(courses.names)
    known = {courses.observations(name)[1].tobytes() for name in courses.names}
    for k in range(len(again)):
        assert again.x[again.series == k].tobytes() in known


@pytest.mark.parametrize("seed", [0, 1])
def test_a_fit_on_drawn_cells_runs(seed, courses, cells):
    from hillflow.objectives.match import Match
    from hillflow.objectives.rollout import Rollout
    from hillflow.objectives.stage import Stage
    from hillflow.train import Setting, train

    stages = [Stage(Match(), steps=5, cells=64)]
    setting = Setting(bootstrap=True)
    for data, more in ((cells, [Stage(Rollout(), steps=5, cells=64)]), (courses, [])):
        model = train("linear", data, [*stages, *more], seed=seed, setting=setting)
        assert model.metrics["validation_loss"] > 0
