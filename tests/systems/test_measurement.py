import numpy as np
import pytest

from hillflow.errors import InputError
from hillflow.systems import Measurement

CELLS = 40_000
LEVEL = np.tile([0.2, 1.0, 3.0], (CELLS, 1))


def observe(measurement, x=LEVEL, nonnegative=True):
    return measurement.observe(x, nonnegative, np.random.default_rng(0))


def test_nothing_is_added_unless_asked():
    data, depth = observe(Measurement())
    assert (data == LEVEL).all()
    assert (depth == 1.0).all()


@pytest.mark.parametrize(("overdispersion", "variation"), [(0.0, 0.0), (0.3, 0.0), (0.2, 0.4)])
def test_counts_have_the_stated_mean_and_variance(overdispersion, variation):
    """Var y = μ + φ (μ² + Var μ) + Var μ with depth; by the law of total variance."""
    counts, depth = observe(
        Measurement(
            counts=True, molecules=10, overdispersion=overdispersion, depth_variation=variation
        )
    )
    mean = np.array([2.0, 10.0, 30.0])
    spread = (variation * mean) ** 2
    variance = mean + overdispersion * (mean**2 + spread) + spread
    assert (counts == np.round(counts)).all()
    assert counts.mean(axis=0) == pytest.approx(mean, rel=0.02)
    assert counts.var(axis=0) == pytest.approx(variance, rel=0.06)
    assert depth.mean() == pytest.approx(1.0, abs=0.01)
    assert depth.std() == pytest.approx(variation, abs=0.02)


def test_gaussian_error_has_its_standard_deviation_and_is_clipped_in_the_orthant():
    data, _ = observe(Measurement(noise=0.1))
    assert (data - LEVEL)[:, 1:].std() == pytest.approx(0.1, rel=0.02)
    assert data.min() >= 0.0
    free, _ = observe(Measurement(noise=0.5), nonnegative=False)
    assert free.min() < 0.0


def test_dropout_loses_its_share_of_entries():
    data, _ = observe(Measurement(dropout=0.25))
    assert (data == 0.0).mean(axis=0) == pytest.approx([0.25] * 3, abs=0.01)
    assert (data[data > 0] == LEVEL[data > 0]).all()


def test_impossible_instruments_are_refused():
    with pytest.raises(InputError, match="noise of 0 or more"):
        Measurement(noise=-0.1)
    with pytest.raises(InputError, match="a dropout probability from 0 to below 1"):
        Measurement(dropout=1.0)
