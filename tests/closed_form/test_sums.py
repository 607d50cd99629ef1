"""Sums over blocks, and what is drawn of them, against plain NumPy."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from hillflow.closed_form.steps import Steps
from hillflow.closed_form.sums import (
    block_dots,
    block_products,
    bootstrap_counts,
    bounds_within,
    target_groups,
)
from hillflow.interventions import Intervention

BOUNDS = np.array([0, 4, 4, 9, 20])  # the second block is empty
SIZES = np.diff(BOUNDS)


@pytest.fixture
def columns() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.normal(size=(20, 3)), random.normal(size=(20, 2))


def test_the_first_sample_is_all_cells_and_each_other_draws_as_many_blocks() -> None:
    counts = bootstrap_counts(16, 200, seed=3)
    assert counts.shape == (201, 16)
    assert (counts[0] == 1).all()
    assert (counts.sum(axis=1) == 16).all()
    assert (counts == np.round(counts)).all()
    assert counts.min() == 0
    # with replacement, a block is left out by a share (1 − 1/16)^16 of the bootstraps
    assert (counts[1:] == 0).mean() == pytest.approx((1 - 1 / 16) ** 16, abs=0.03)


def test_the_same_seed_gives_the_same_bytes_and_fewer_members_are_the_first() -> None:
    assert bootstrap_counts(16, 5, 1).tobytes() == bootstrap_counts(16, 5, 1).tobytes()
    assert (bootstrap_counts(16, 5, 1) != bootstrap_counts(16, 5, 2)).any()
    np.testing.assert_array_equal(bootstrap_counts(16, 3, 1), bootstrap_counts(16, 5, 1)[:4])
    assert bootstrap_counts(16, 0, 1).shape == (1, 16)


def test_sums_of_the_blocks_are_the_whole(columns) -> None:
    a, b = columns
    products, dots = block_products(a, b, BOUNDS), block_dots(a[:, :2], b, BOUNDS)
    assert products.shape == (4, 3, 2)
    np.testing.assert_allclose(products.sum(axis=0), a.T @ b)
    np.testing.assert_allclose(products[2], a[4:9].T @ b[4:9])
    np.testing.assert_allclose(dots.sum(axis=0), (a[:, :2] * b).sum(axis=0))
    np.testing.assert_allclose(dots, np.diagonal(products[:, :2], axis1=1, axis2=2))
    assert (products[1] == 0).all()
    assert (dots[1] == 0).all()


def test_sums_of_drawn_blocks_are_those_of_repeated_rows(columns) -> None:
    a, b = columns
    counts = bootstrap_counts(4, 6, 0)
    for drawn in counts:
        rows = np.repeat(np.arange(20), np.repeat(drawn.astype(int), SIZES))
        found = np.tensordot(drawn, block_products(a, b, BOUNDS), axes=1)
        np.testing.assert_allclose(found, a[rows].T @ b[rows], atol=1e-12)
        assert drawn @ SIZES == len(rows)


def test_bounds_follow_the_rows_that_are_left() -> None:
    rows = np.random.default_rng(1).random(20) < 0.5
    bounds = bounds_within(rows, BOUNDS)
    block = np.repeat(np.arange(4), SIZES)[rows]
    assert bounds[-1] == rows.sum()
    for k, (i, j) in enumerate(pairwise(bounds)):
        assert (block[i:j] == k).all()


def test_targets_are_grouped_by_the_conditions_that_leave_them_free() -> None:
    texts = ("control", "A=ko", "B=ko,C=kd:0.5", "A=oe:2")
    condition = np.tile(np.arange(4), 5)
    levels = np.zeros((20, 5), dtype=np.float32)
    steps = Steps(
        tuple("ABCDE"), levels, levels, np.ones(20), condition,
        tuple(Intervention.parse(text) for text in texts), BOUNDS, np.zeros(5), np.ones(5), 20.0,
    )  # fmt: skip
    found = {tuple(targets.tolist()): rows for targets, rows in target_groups(steps)}
    assert set(found) == {(0,), (1, 2), (3, 4)}
    np.testing.assert_array_equal(found[0,], (condition == 0) | (condition == 2))
    np.testing.assert_array_equal(found[1, 2], condition != 2)
    assert found[3, 4].all()
