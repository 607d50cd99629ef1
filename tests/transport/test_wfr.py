from __future__ import annotations

import math

import numpy as np
import pytest

from hillflow.transport import WassersteinFisherRao


def _dirac(m0: float, m1: float, distance: float, delta: float, epsilon: float):
    coupling = WassersteinFisherRao(
        delta=delta, epsilon=epsilon, precision="float64", tolerance=1e-9
    )
    return coupling.couple(
        np.zeros((1, 1)), np.full((1, 1), distance), np.array([m0]), np.array([m1])
    )


@pytest.mark.parametrize(("m0", "m1"), [(1.0, 3.0), (2.0, 0.5), (1.0, 1.0)])
def test_a_cell_that_stays_only_changes_mass(m0, m1) -> None:
    pairs = _dirac(m0, m1, 0.0, 1.0, 1e-4)
    assert pairs.growth[0] == pytest.approx(m1 / m0)
    assert pairs.weight[0] == pytest.approx(m0)
    (chunk,) = pairs.entropic.chunks
    gamma = float(pairs.entropic.matrix(chunk, np.zeros((1, 1)), np.zeros((1, 1)))[0, 0])
    epsilon = pairs.entropic.epsilon
    # minimiser of KL(g|m0) + KL(g|m1) + ε KL(g|m0 m1); √(m0 m1) without entropy
    want = (m0 * m1) ** ((1 + epsilon) / (2 + epsilon))
    assert gamma == pytest.approx(want, rel=1e-6)
    assert m0 + m1 - 2 * gamma == pytest.approx((math.sqrt(m0) - math.sqrt(m1)) ** 2, abs=1e-3)


@pytest.mark.parametrize("distance", [0.5, 2.0, 4.0])
def test_two_cells_share_the_cosine_of_their_distance(distance) -> None:
    """γ = √(m0 m1) cos(d/2δ), the closed form for Dirac masses, as ε → 0."""
    m0, m1, delta = 1.5, 0.7, 1.5
    pairs = _dirac(m0, m1, distance, delta, 1e-5)
    (chunk,) = pairs.entropic.chunks
    gamma = float(pairs.entropic.matrix(chunk, np.zeros((1, 1)), np.full((1, 1), distance))[0, 0])
    want = math.sqrt(m0 * m1) * math.cos(distance / (2 * delta))
    assert gamma == pytest.approx(want, rel=1e-3)
    assert pairs.growth[0] == pytest.approx(m1 / m0, rel=1e-6)


def test_beyond_reach_nothing_is_moved() -> None:
    pairs = WassersteinFisherRao(delta=1.0, precision="float64").couple(
        np.array([[0.0], [10.0]]), np.array([[0.0], [20.0]])
    )
    (chunk,) = pairs.entropic.chunks
    gamma = pairs.entropic.matrix(chunk, np.array([[0.0], [10.0]]), np.array([[0.0], [20.0]]))
    by_cell = {(int(i), int(j)): gamma[k, n] for k, i in enumerate(chunk.i)
               for n, j in enumerate(chunk.j)}  # fmt: skip
    assert by_cell[0, 0] == pytest.approx(0.5, rel=0.05)
    assert by_cell[1, 1] < 1e-6


def test_pairs_carry_the_start_to_the_end(clouds) -> None:
    z0, z1, a, b = clouds
    coupling = WassersteinFisherRao(targets=100, precision="float64", tolerance=1e-11)
    pairs = coupling.couple(z0, z1, a, 1.8 * b)
    np.testing.assert_allclose(np.bincount(pairs.i, pairs.weight), a, rtol=1e-9)
    np.testing.assert_allclose(
        np.bincount(pairs.j, pairs.weight * pairs.growth), 1.8 * b, rtol=1e-6
    )


def test_sampled_pairs_keep_the_starting_mass(clouds) -> None:
    pairs = WassersteinFisherRao(targets=3).couple(*clouds)
    np.testing.assert_allclose(np.bincount(pairs.i, pairs.weight), clouds[2], rtol=1e-5)
    total = pairs.weight @ pairs.growth
    assert total == pytest.approx(1, rel=0.15)


def test_scale_of_the_coordinates_does_not_matter(clouds) -> None:
    z0, z1, a, b = clouds
    coupling = WassersteinFisherRao(keep="top", targets=100, precision="float64")
    one, other = coupling.couple(z0, z1, a, b), coupling.couple(7 * z0, 7 * z1, a, b)
    np.testing.assert_allclose(
        one.matrix(40, 55).toarray(), other.matrix(40, 55).toarray(), atol=1e-12
    )
