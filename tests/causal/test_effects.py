from __future__ import annotations

import numpy as np
import pytest

from hillflow.causal.effects import effect_sizes, false_discovery_rate, interval


def test_members_that_agree_give_the_length():
    shift = np.array([[3.0, 4.0, 0.0], [0.0, 0.0, 0.0]])
    found = effect_sizes(np.stack([shift] * 4))
    np.testing.assert_allclose(found.size, [5, 0])
    np.testing.assert_allclose(found.low, [5, 0])
    np.testing.assert_allclose(found.fdr, [0, 1], atol=1e-12)
    np.testing.assert_allclose(effect_sizes(shift[None]).size, [5, 0])
    assert np.isnan(effect_sizes(shift[None]).p).all()


@pytest.mark.parametrize("directions", [1, 3, 30])
@pytest.mark.parametrize("members", [3, 5])
def test_a_fit_of_no_effect_seldom_has_a_small_p(members, directions):
    random = np.random.default_rng(0)
    fit = random.normal(size=(3000, directions))  # what noise in the data made of nothing
    shifts = fit + random.normal(size=(members, 3000, directions))
    p = effect_sizes(shifts).p
    assert (p < 0.05).mean() < 0.06
    assert (p < 0.01).mean() < 0.015
    if directions == 1:
        assert (p < 0.05).mean() > 0.04
    real = effect_sizes(shifts[:, :20] + 12.0)
    assert (real.fdr < 0.05).mean() > 0.9


def test_more_members_do_not_make_an_effect_sure():
    random = np.random.default_rng(1)
    few, many = (effect_sizes(1.0 + random.normal(size=(count, 500, 1))).p for count in (10, 1000))
    assert np.median(few) == pytest.approx(np.median(many), abs=0.1)


def test_intervals_cover():
    random = np.random.default_rng(1)
    fit = random.normal(2.0, 1.0, size=4000)
    low, high = interval(fit + random.normal(size=(5, 4000)))
    assert ((low < 2) & (high > 2)).mean() == pytest.approx(0.95, abs=0.01)
    assert np.isnan(interval(fit[None])).all()


def test_unknown_p_is_left_out_of_the_correction():
    np.testing.assert_allclose(
        false_discovery_rate(np.array([0.01, np.nan, 0.04])), [0.02, np.nan, 0.04]
    )
    assert np.isnan(false_discovery_rate(np.array([np.nan]))).all()


def test_a_member_that_ran_away_gives_nothing():
    shifts = np.ones((3, 2, 4))
    shifts[1, 0] = np.nan
    found = effect_sizes(shifts)
    assert np.isnan([found.size[0], found.p[0], found.fdr[0]]).all()
    assert found.size[1] == pytest.approx(2)


def test_a_length_is_never_negative():
    found = effect_sizes(np.array([[[4.0, 0.0]], [[1.0, 2.0]], [[-1.0, 1.0]]]))
    assert found.low[0] == 0
    assert found.high[0] > found.size[0]
    assert found.p[0] > 0.05
