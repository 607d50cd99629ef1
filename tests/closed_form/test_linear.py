"""The linear law in closed form, against scikit-learn on rows that are really repeated."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from hillflow.closed_form.linear import linear_weights
from hillflow.closed_form.sums import Sums, bootstrap_counts

GENES, ROWS = 5, 160
BOUNDS = np.arange(0, ROWS + 1, 10)
COUNTS = bootstrap_counts(16, 4, 0)
PENALTIES = (0.001, 0.3)
EVERY = np.arange(GENES)
SLOPES = np.array(
    [[-0.5, 0.8, 0, 0, 0], [0, -0.2, 0, -1.5, 0], [0.4, 0, -1, 0, 0.3], [0] * 5, [0, 0, 0.7, 0, 0]]
)


@pytest.fixture
def law() -> tuple[np.ndarray, np.ndarray]:
    """Correlated states in different units, and the production by `SLOPES` with noise."""
    random = np.random.default_rng(0)
    states = random.normal(size=(ROWS, GENES)) @ random.normal(size=(GENES, GENES)) * EVERY.clip(1)
    return states, 2 + states @ SLOPES.T + 0.5 * random.normal(size=states.shape)


def weights_of(
    states: np.ndarray, production: np.ndarray, regulators: np.ndarray, targets: np.ndarray,
    bounds: np.ndarray, counts: np.ndarray, penalties: tuple[float, ...],
) -> np.ndarray:  # fmt: skip
    sums = Sums.empty(regulators, targets, len(bounds) - 1)
    sums.add(states, production, bounds)
    return linear_weights(sums, counts, penalties)


def standard(values: np.ndarray) -> np.ndarray:
    return (values - values.mean(axis=0)) / values.std(axis=0)


def by_scikit_learn(x: np.ndarray, y: np.ndarray, drawn: np.ndarray, penalty: float) -> np.ndarray:
    """Slopes of rows repeated as drawn; standardised before, as all rows are."""
    rows = np.repeat(np.arange(ROWS), np.repeat(drawn.astype(int), np.diff(BOUNDS)))
    x, y = standard(x)[rows], standard(y)[rows]
    return Ridge(penalty * len(rows)).fit(x, y).coef_


def test_a_bootstrap_of_sums_is_the_fit_on_repeated_rows(law) -> None:
    states, production = law
    found = weights_of(states, production, EVERY, EVERY, BOUNDS, COUNTS, PENALTIES)
    assert found.shape == (2, 5, GENES, GENES)
    for p, penalty in enumerate(PENALTIES):
        for m, drawn in enumerate(COUNTS):
            expected = by_scikit_learn(states, production, drawn, penalty)
            np.testing.assert_allclose(found[p, m], expected, atol=1e-6)


def test_a_target_that_is_no_regulator_has_its_own_level_beside_them(law) -> None:
    states, production = law
    regulators, targets = np.array([1, 3]), np.array([0, 1, 2])
    found = weights_of(states, production, regulators, targets, BOUNDS, COUNTS, PENALTIES)
    for p, penalty in enumerate(PENALTIES):
        for m, drawn in enumerate(COUNTS):
            for k, target in enumerate(targets):
                x = states[:, [1, 3] if target in regulators else [1, 3, target]]
                expected = by_scikit_learn(x, production[:, target], drawn, penalty)[:2]
                np.testing.assert_allclose(found[p, m, k], expected, atol=1e-6)


def test_its_own_level_keeps_decay_from_a_regulator_that_follows_the_target() -> None:
    """A is made by nobody and decays; B is a late copy of A, and seems to inhibit it."""
    random = np.random.default_rng(1)
    a = random.normal(size=ROWS)
    states = np.column_stack([a, a + 0.3 * random.normal(size=ROWS)])
    production = np.column_stack([-a, np.zeros(ROWS)])
    both = (states, production, np.array([1]), np.array([0]), BOUNDS, COUNTS[:1], (1e-4,))
    assert abs(weights_of(*both)[0, 0, 0, 0]) < 0.01
    alone = by_scikit_learn(states[:, 1:], production[:, 0], COUNTS[0], 1e-4)
    assert alone[0] < -0.8


def test_weights_are_the_slopes_of_a_law_in_standard_deviations(law) -> None:
    states, _ = law
    production = 2 + states @ SLOPES.T
    kept = SLOPES.any(axis=1)
    weights = weights_of(states, production, EVERY, EVERY, BOUNDS, COUNTS[:1], (1e-9,))[0, 0]
    expected = SLOPES[kept] * states.std(axis=0) / production[:, kept].std(axis=0)[:, None]
    np.testing.assert_allclose(weights[kept], expected, atol=1e-5)
    assert (weights[~kept] == 0).all()  # a production that never changes


def test_units_and_offsets_do_not_matter(law) -> None:
    states, production = law
    scale = np.array([1, 1e3, 1e-2, 7, 0.5])
    one = weights_of(states, production, EVERY, EVERY, BOUNDS, COUNTS, PENALTIES)
    other = weights_of(
        states * scale + 3, production * scale, EVERY, EVERY, BOUNDS, COUNTS, PENALTIES
    )
    np.testing.assert_allclose(one, other, atol=1e-9)


def test_what_is_constant_neither_acts_nor_is_acted_on(law) -> None:
    states, production = (a.astype(np.float32) for a in law)
    states[:, 1], production[:, 2] = 0.1, 1 / 3  # neither is a float of 32 bits
    found = weights_of(states, production, EVERY, EVERY, BOUNDS, COUNTS, PENALTIES)
    assert (found[..., 1] == 0).all()
    assert (found[:, :, 2] == 0).all()
    others = [0, 2, 3, 4]
    expected = by_scikit_learn(states[:, others], production[:, 0], COUNTS[1], PENALTIES[1])
    np.testing.assert_allclose(found[1, 1, 0, others], expected, atol=1e-4)


def test_too_few_rows_say_nothing(law) -> None:
    states, production = (a[:30] for a in law)
    bounds = np.array([0, 2, 30])
    counts = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    found = weights_of(states, production, EVERY, EVERY, bounds, counts, PENALTIES)
    assert (found[:, 0] != 0).all()
    assert (found[:, 1:] == 0).all()
