"""PRESCIENT: a potential of the state alone, with noise, from populations over time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hillflow.data import Snapshots
from hillflow.errors import UnsupportedError
from hillflow.fields import make_field
from hillflow.model import Fit
from hillflow.objectives import make_method
from hillflow.train import Setting, train

# dx = −k (x − rest) dt + σ dW: N(mean, spread²) stays one, and is known at every time.
PULL, REST, SIGMA, TIMES = 1.0, np.array([2.0, 1.0]), 0.5, (0.0, 0.7)


def moments(t: float) -> tuple[np.ndarray, float]:
    kept = np.exp(-PULL * t)
    return REST * (1 - kept), 0.1**2 * kept**2 + SIGMA**2 * (1 - kept**2) / (2 * PULL)


@pytest.fixture(scope="module")
def cells() -> Snapshots:
    random = np.random.default_rng(0)
    x = [m + np.sqrt(v) * random.normal(size=(300, 2)) for m, v in map(moments, TIMES)]
    return Snapshots.from_arrays(
        np.concatenate(x).astype(np.float32), np.repeat(TIMES, 300), ("A", "B"), unit="d"
    )


@pytest.fixture(scope="module")
def fit(cells) -> Fit:
    method = make_method("prescient")
    (stage,) = method.stages
    stage = replace(
        stage, objective=replace(stage.objective, steps=4), steps=90, cells=96, rate=2e-2
    )
    field = make_field("potential", cells.genes, time=False, hidden=(24,))
    setting = Setting(sigma=SIGMA, validation_share=0.0)
    return train(field, cells, replace(method, stages=(stage,)), setting=setting)


def test_simulated_populations_have_the_known_moments(fit, cells) -> None:
    start, times = np.repeat(cells.x[cells.rows(0)], 5, axis=0), [0.0, 0.35, 0.7]
    path = fit.simulate(start, times)
    for x, t in zip(path[1:], times[1:], strict=True):  # 0.35 was not measured
        mean, variance = moments(t)
        np.testing.assert_allclose(x.mean(0), mean, atol=0.15)
        np.testing.assert_allclose(x.var(0), variance, atol=0.07)
    still = fit.simulate(start, times, noise=False)
    assert (still[-1].var(0) < 0.2 * moments(0.7)[1]).all()
    assert fit.field.autonomous


def test_random_paths_differ_by_seed_and_stay_the_same_under_an_intervention(fit, cells) -> None:
    x0 = cells.x[:20]
    one, again, other = (fit.simulate(x0, TIMES, "A=clamp:1", seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    assert (one[..., 0] == 1).all()


def test_its_potential_has_no_time(cells) -> None:
    named = train("auto", cells, "prescient", setting=Setting(effort=0.002))
    assert named.field.options["time"] is False
    assert float(named.heads.diffusion()) > 0
    with pytest.raises(UnsupportedError, match="'potential' field with time=False"):
        train(make_field("potential", cells.genes), cells, "prescient")
