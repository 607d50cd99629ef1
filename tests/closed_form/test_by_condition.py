"""Sums of each condition, against regressions on the rows; and the test of one law for all."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from hillflow.closed_form.by_condition import ConditionSums

ROWS, CONDITIONS = 90, 3


@pytest.fixture
def rows() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    z = np.column_stack([np.ones(ROWS), random.normal(size=(ROWS, 3)) * [1, 20, 0.1]])
    y = z @ [1, 0.5, -0.02, 3] + random.normal(size=ROWS)
    return z, y, random.integers(CONDITIONS, size=ROWS)


def test_errors_are_those_of_fits_to_the_other_conditions_and_to_the_own(rows) -> None:
    z, y, condition = rows
    columns = np.array([[0, 1], [2, 3]])
    sums = ConditionSums.of(*rows)
    for c in range(CONDITIONS):
        own = condition == c
        for k, chosen in enumerate(columns):
            for found, taught in ((sums.left_out, ~own), (sums.within, own)):
                w = np.linalg.lstsq(z[np.ix_(taught, chosen)], y[taught], rcond=None)[0]
                expected = ((y[own] - z[np.ix_(own, chosen)] @ w) ** 2).mean()
                np.testing.assert_allclose(found(columns, 1e-12)[c, k], expected, rtol=1e-6)


def test_p_is_that_of_nested_fits_and_a_repeated_term_changes_nothing(rows) -> None:
    from scipy.stats import f

    z, y, condition = rows
    apart = np.concatenate([z * (condition == c)[:, None] for c in range(CONDITIONS)], axis=1)
    r0, r1 = (float(np.linalg.lstsq(each, y, rcond=None)[1][0]) for each in (z, apart))
    q, left = 4 * (CONDITIONS - 1), ROWS - 4 * CONDITIONS
    expected = f.sf((r0 - r1) / q / (r1 / left), q, left)
    assert ConditionSums.of(*rows).same_law() == pytest.approx(expected)
    repeated = np.column_stack([z, z[:, 1]])
    assert ConditionSums.of(repeated, y, condition).same_law() == pytest.approx(expected)


def test_one_condition_has_no_p(rows) -> None:
    assert np.isnan(ConditionSums.of(rows[0], rows[1], np.zeros(ROWS, int)).same_law())


def test_p_is_uniform_for_the_true_regulator_and_small_for_its_correlate() -> None:
    """B acts on Y. C copies B, but not in condition 1."""
    random = np.random.default_rng(1)
    true, false = [], []
    for _ in range(300):
        condition = np.repeat([0, 1, 2], [100, 40, 40])
        b, own = random.normal(size=(2, 180))
        c = np.where(condition == 1, random.normal(size=180), b)
        y = 2 * b - own + random.normal(size=180)
        for name, p in ((b, true), (c, false)):
            terms = np.column_stack([np.ones(180), name, own])
            p.append(ConditionSums.of(terms, y, condition).same_law())
    assert kstest(true, "uniform").pvalue > 0.01
    assert np.median(false) < 1e-6
