"""Distances along the data, and coordinates that have them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from hillflow.errors import InputError
from hillflow.findings import collect_findings
from hillflow.latent import geodesic_distances
from hillflow.latent.geodesics import scaled_coordinates


def arc(cells: int, angle: float) -> np.ndarray:
    along = np.linspace(0, angle, cells)
    return np.stack([np.cos(along), np.sin(along)], axis=1)


def test_they_are_lengths_of_arc() -> None:
    along = np.linspace(0, 5, 200)
    exact = np.abs(along[:, None] - along)
    np.testing.assert_allclose(geodesic_distances(arc(200, 5.0), 4), exact, atol=0.01)


def test_in_a_plane_they_are_nearly_straight() -> None:
    x = np.random.default_rng(0).random((400, 2))
    straight = cdist(x, x)
    excess = geodesic_distances(x, 20) / np.maximum(straight, 1e-9)
    far = straight > 0.3
    assert excess[far].min() > 1 - 1e-9
    assert excess[far].mean() < 1.05


def test_parts_are_joined_where_they_are_closest_and_it_is_said() -> None:
    line = np.linspace(0, 1, 10)
    x = np.stack([np.concatenate([line, 5 + line]), np.zeros(20)], axis=1)
    with collect_findings() as said:
        distances = geodesic_distances(x, 3)
    assert [one.code for one in said] == ["latent.parts"]
    np.testing.assert_allclose(distances, np.abs(x[:, 0][:, None] - x[:, 0]), atol=1e-9)


def test_scaled_coordinates_have_the_distances_of_points() -> None:
    x = np.random.default_rng(1).normal(size=(30, 3))
    z = scaled_coordinates(cdist(x, x), 3)
    np.testing.assert_allclose(cdist(z, z), cdist(x, x), atol=1e-9)
    assert z.var(axis=0).argmax() == 0


def test_a_number_of_neighbours_that_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="from 1 to 9 neighbours"):
        geodesic_distances(np.eye(10), 10)
