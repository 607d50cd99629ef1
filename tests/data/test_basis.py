from __future__ import annotations

import numpy as np
import pytest

from hillflow.data import LinearBasis
from hillflow.errors import InputError


@pytest.fixture
def x() -> np.ndarray:
    random = np.random.default_rng(3)
    return random.normal(size=(80, 4)) @ random.normal(size=(4, 7)) + random.normal(size=7)


def test_components_are_those_of_the_svd(x):
    basis = LinearBasis.fit(x, 4)
    _, values, right = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(basis.mean, x.mean(axis=0))
    signs = np.sign((basis.components * right[:4].T).sum(axis=0))
    np.testing.assert_allclose(basis.components * signs, right[:4].T, atol=1e-8)
    np.testing.assert_allclose(basis.explained, values[:4] ** 2 / (values**2).sum(), atol=1e-8)
    assert basis.size == 4


@pytest.mark.parametrize("whiten", [False, True])
def test_lift_inverts_project_on_the_span(x, whiten):
    basis = LinearBasis.fit(x, 4, whiten)  # x has rank 4
    np.testing.assert_allclose(basis.lift(basis.project(x)), x, atol=1e-9)
    z = np.random.default_rng(0).normal(size=(5, 4))
    np.testing.assert_allclose(basis.project(basis.lift(z)), z, atol=1e-9)


def test_project_of_fewer_components_is_the_nearest_point(x):
    basis = LinearBasis.fit(x, 2)
    rest = x - basis.lift(basis.project(x))
    np.testing.assert_allclose(rest @ basis.components, 0, atol=1e-9)


def test_whitened_coordinates_have_unit_covariance(x):
    z = LinearBasis.fit(x, 4, whiten=True).project(x)
    np.testing.assert_allclose(np.cov(z.T), np.eye(4), atol=1e-9)


def test_unwhitened_coordinates_keep_their_variance(x):
    basis = LinearBasis.fit(x, 4)
    assert (basis.scale == 1).all()
    total = x.var(axis=0).sum()
    np.testing.assert_allclose(basis.project(x).var(axis=0) / total, basis.explained)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_the_type_of_the_data_is_kept(x, kind):
    basis = LinearBasis.fit(x.astype(kind), 3, whiten=True)
    assert {basis.mean.dtype, basis.components.dtype, basis.scale.dtype} == {np.dtype(kind)}
    assert basis.project(x.astype(kind)).dtype == kind


def test_the_same_cells_give_the_same_bytes():
    x = np.random.default_rng(1).normal(size=(1200, 60)).astype(np.float32)
    first, second = LinearBasis.fit(x, 5), LinearBasis.fit(x.copy(), 5)
    assert first.components.tobytes() == second.components.tobytes()


def test_identity_and_its_refit(x):
    basis = LinearBasis.identity(7)
    np.testing.assert_array_equal(basis.project(x), x)
    np.testing.assert_array_equal(basis.lift(x), x)
    assert basis.refit(x) is basis


@pytest.mark.parametrize("whiten", [False, True])
def test_refit_is_a_fit_of_the_same_kind(x, whiten):
    again = LinearBasis.fit(x, 3, whiten).refit(x[:40])
    expected = LinearBasis.fit(x[:40], 3, whiten)
    np.testing.assert_array_equal(again.components, expected.components)
    np.testing.assert_array_equal(again.scale, expected.scale)


@pytest.mark.parametrize("size", [0, 8])
def test_impossible_sizes_are_refused(x, refused, size):
    with refused(InputError, "between 1 and 7 components", str(size), "fewer components"):
        LinearBasis.fit(x, size)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_directions_without_variance_cannot_be_whitened(x, refused, kind):
    with refused(InputError, "5 directions", "4", "do not whiten"):
        LinearBasis.fit(x.astype(kind), 5, whiten=True)


@pytest.mark.parametrize("cells", [1, 9])
def test_cells_that_are_all_alike_are_refused(refused, cells):
    with refused(InputError, "cells that differ", f"{cells} alike", "other cells"):
        LinearBasis.fit(np.ones((cells, 3)), 1)
