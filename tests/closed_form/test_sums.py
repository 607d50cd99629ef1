"""Sums over blocks, and what is drawn of them, against plain NumPy."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from hillflow.closed_form.steps import perturbed_in
from hillflow.closed_form.sums import (
    AllSums,
    Sums,
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


CONDITIONS = tuple(
    Intervention.parse(text) for text in ("control", "A=ko", "B=ko,C=kd:0.5", "A=oe:2")
)


def test_targets_are_grouped_by_the_conditions_that_perturb_them() -> None:
    perturbed = perturbed_in(CONDITIONS, "ABCDE")
    assert perturbed.sum(axis=1).tolist() == [0, 1, 2, 1]
    found = {tuple(targets.tolist()) for targets in target_groups(perturbed)}
    assert found == {(0,), (1, 2), (3, 4)}


def arrays(sums: Sums) -> dict[str, np.ndarray]:
    return {name: getattr(sums, name) for name in Sums.names()}


@pytest.fixture
def rows() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(2)
    condition = random.permutation(np.tile(np.arange(4), 8))
    return random.normal(size=(32, 5)), random.normal(size=(32, 5)), condition


def test_each_group_has_the_sums_of_the_rows_in_which_its_targets_are_free(rows) -> None:
    states, production, condition = rows
    regulators, bounds = np.array([1, 3]), np.arange(0, 33, 2)
    perturbed = perturbed_in(CONDITIONS, "ABCDE")
    sums = AllSums.empty(regulators, perturbed)
    sums.add(states, production, condition, bounds)
    found = {tuple(group.targets.tolist()): group for group in sums.groups()}
    assert set(found) == {(0,), (1, 2), (3, 4)}
    for targets, group in found.items():
        free = ~perturbed[condition, targets[0]]
        alone = Sums.empty(regulators, np.array(targets))
        alone.add(states[free], production[free], bounds_within(free, bounds))
        assert free.all() == (targets == (3, 4))
        for name, expected in arrays(alone).items():
            np.testing.assert_allclose(getattr(group, name), expected, atol=1e-12, err_msg=name)
    assert found[3, 4].outside.tolist() == [1]  # D acts, E does not
    np.testing.assert_allclose(found[1, 2].own_y.shape, (16, 1))


def test_sums_of_pieces_add(rows) -> None:
    states, production, condition = rows
    regulators, perturbed = np.arange(5), perturbed_in(CONDITIONS, "ABCDE")
    whole, summed = (AllSums.empty(regulators, perturbed) for _ in range(2))
    whole.add(states, production, condition, np.arange(0, 33, 2))
    for half in (slice(0, 16), slice(16, 32)):
        bounds = np.clip(np.arange(0, 33, 2) - half.start, 0, 16)
        part = AllSums.empty(regulators, perturbed)
        part.add(states[half], production[half], condition[half], bounds)
        summed.add_sums(part)
    for one, other in zip(summed.groups(), whole.groups(), strict=True):
        for name, expected in arrays(other).items():
            np.testing.assert_allclose(getattr(one, name), expected, atol=1e-12, err_msg=name)
