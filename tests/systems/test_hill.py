import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.systems.hill import hill, hill_slope


def test_half_occupied_at_the_threshold_for_any_exponent():
    for exponent in (1.0, 2.0, 4.0, 3.3):
        assert hill(np.array([0.7]), 0.7, exponent) == pytest.approx(0.5)


def test_levels_below_zero_count_as_zero():
    x = np.array([-1.0, 0.0])
    assert (hill(x, 0.5, 4.0) == 0.0).all()
    assert hill_slope(x, 0.5, 4.0)[0] == 0.0


@given(
    x=st.floats(0.05, 3.0), threshold=st.floats(0.1, 2.0), exponent=st.sampled_from([1, 2, 4, 2.5])
)
def test_slope_is_the_derivative(x, threshold, exponent):
    step = 1e-6
    around = hill(np.array([x - step, x + step]), threshold, exponent)
    expected = (around[1] - around[0]) / (2 * step)
    assert hill_slope(np.array([x]), threshold, exponent)[0] == pytest.approx(
        expected, rel=1e-4, abs=1e-7
    )
