import numpy as np
import pytest

from hillflow.errors import InputError
from hillflow.systems import Noise


def test_amplitudes_follow_their_formulas():
    x = np.array([[0.0, 0.25, 4.0]])
    assert Noise("additive", 0.2).amplitude(x).tolist() == [[0.2, 0.2, 0.2]]
    assert Noise("sqrt", 0.2).amplitude(x) == pytest.approx(np.array([[0.0, 0.1, 0.4]]))
    assert Noise("proportional", 0.2).amplitude(x) == pytest.approx(np.array([[0.0, 0.05, 0.8]]))


def test_unknown_kind_and_bad_size_are_refused():
    with pytest.raises(InputError, match="did you mean 'additive'"):
        Noise("addditive", 0.1)
    with pytest.raises(InputError, match="noise size of 0 or more"):
        Noise("sqrt", -0.1)
