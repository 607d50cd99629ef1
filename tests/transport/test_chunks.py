from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist

from hillflow.transport.chunks import (
    largest_chunk,
    mean_squared_distance,
    pieces,
    random_chunks,
)


@given(
    arrays(float, st.integers(1, 40), elements=st.floats(0.01, 10)),
    st.integers(1, 7),
    st.randoms(),
)
def test_pieces_have_equal_mass_and_lose_none(mass, count, random) -> None:
    order = np.array(random.sample(range(len(mass)), len(mass)))
    parts = pieces(mass, order, count)
    together = np.zeros(len(mass))
    for part in parts:
        assert part.mass.sum() == pytest.approx(mass.sum() / count, rel=1e-6)
        np.add.at(together, part.members, part.mass)
    np.testing.assert_allclose(together, mass, rtol=1e-6)


@pytest.mark.parametrize(("n", "m", "size"), [(50, 50, 10), (31, 90, 16), (7, 3, 100)])
def test_chunks_keep_both_marginals(n, m, size) -> None:
    rng = np.random.default_rng(0)
    a, b = np.full(n, 1 / n), np.full(m, 1 / m)
    chunks = random_chunks(a, b, size, rng)
    assert len(chunks) == -(-max(n, m) // size)
    seen0, seen1 = np.zeros(n), np.zeros(m)
    for chunk in chunks:
        assert max(len(chunk.i), len(chunk.j)) <= size + 1
        assert chunk.a.sum() == pytest.approx(chunk.b.sum())
        np.add.at(seen0, chunk.i, chunk.a)
        np.add.at(seen1, chunk.j, chunk.b)
    np.testing.assert_allclose(seen0, a, rtol=1e-8)
    np.testing.assert_allclose(seen1, b, rtol=1e-8)


def test_equal_cells_are_not_split() -> None:
    a = np.full(3000, 1 / 3000)
    chunks = random_chunks(a, a, 1000, np.random.default_rng(0))
    assert [len(c.i) for c in chunks] == [1000, 1000, 1000]


def test_mean_squared_distance_is_the_mean_over_all_pairs(clouds) -> None:
    z0, z1, w0, w1 = clouds
    want = w0 @ cdist(z0, z1, "sqeuclidean") @ w1
    assert mean_squared_distance(z0, z1, 3 * w0, w1) == pytest.approx(want)


def test_chunk_follows_the_memory() -> None:
    assert largest_chunk(1024, 64) == 4096
    assert largest_chunk(1, 10**9) == 16
