from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hillflow.errors import GeneNameError, InputError
from hillflow.symbolic import LawProblem


@pytest.fixture
def problem() -> LawProblem:
    x = np.random.default_rng(0).uniform(0.1, 2, (40, 2))
    return LawProblem("S", ("E", "N"), x, x[:, 0] / (1 + x[:, 0]))


def test_a_good_one_passes_as_float64_with_levels_from_0(problem: LawProblem) -> None:
    x = problem.x.astype(np.float32)
    x[0, 0] = -0.5
    checked = dataclasses.replace(problem, x=x, weights=np.full(40, 3.0)).check()
    assert checked.x.dtype == checked.y.dtype == np.float64
    assert checked.x[0, 0] == 0.0
    assert checked.weights is not None
    np.testing.assert_allclose(checked.weights, 1.0)
    assert checked.x_off is None


def test_mean_and_spread_are_weighted(problem: LawProblem) -> None:
    weights = np.r_[np.ones(20), np.zeros(20)]
    half = dataclasses.replace(problem, weights=weights)
    assert half.mean == pytest.approx(problem.y[:20].mean())
    assert half.spread == pytest.approx(problem.y[:20].std())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"parents": (), "x": np.ones((40, 0))}, "at least one candidate regulator of 'S'"),
        ({"y": np.full(40, 0.3)}, "production of 'S' that varies, found 0.3 in every state"),
        ({"x": np.ones((7, 2)), "y": np.arange(7.0)}, "at least 8 states"),
        ({"y": np.r_[np.nan, np.arange(39.0)]}, "NaN or infinity in 1 of 40 states.* row 0"),
        ({"x": np.full((40, 2), np.inf)}, "NaN or infinity in 40 of 40"),
        ({"y": np.ones(39)}, r"\[n, 2 regulators\]"),
        ({"x": np.ones((40, 3))}, r"shapes \(40, 3\)"),
        ({"x_off": np.ones((5, 2))}, "x_off and y_off"),
        ({"x_left_out": np.ones((5, 2)), "y_left_out": np.full(5, np.nan)}, "finite x_left_out"),
        ({"weights": -np.ones(40)}, "a weight of 0 or more"),
        ({"weights": np.ones(3)}, r"shape \(3,\)"),
    ],
)
def test_what_cannot_be_fitted_is_said(
    problem: LawProblem, change: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        dataclasses.replace(problem, **change).check()


def test_doubled_regulators_are_refused(problem: LawProblem) -> None:
    with pytest.raises(GeneNameError, match="several times"):
        dataclasses.replace(problem, parents=("E", "E")).check()
