"""The methods by name: `hillflow methods activities` lists them, each of their formula."""

from __future__ import annotations

import numpy as np
import pytest

import hillflow as hf
from hillflow.activities import METHODS


@pytest.mark.parametrize("name", METHODS)
def test_a_method_finds_the_regulator_that_is_active(name, found) -> None:
    x = np.random.default_rng(3).normal(size=(5, 30))
    x += 3 * np.arange(5)[:, None] * found.weight.toarray()[:, found.index("B")]
    t, df = METHODS[name].scores(x, found)
    assert t.shape == (5, 4)
    assert df > 0
    assert t[4].argmax() == found.index("B")
    assert (np.diff(t[:, found.index("B")]) > 0).all()


def test_they_are_listed() -> None:
    assert list(hf.methods("activities")["activities"].index) == list(METHODS)
