"""Total effects against the resting point of the others, solved with one gene held."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow.causal.total_effects import total_effects


def stable(size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Slopes with loops and self-loops, small enough that all is stable, and rates."""
    random = np.random.default_rng(seed)
    slopes = random.normal(size=(size, size)) * (random.random((size, size)) < 0.6)
    return 0.8 * slopes / max(np.abs(np.linalg.eigvals(slopes)).max(), 1.5), random.uniform(
        0.5, 2, size
    )


@pytest.mark.parametrize("seed", range(4))
def test_they_are_the_shift_of_the_others_when_one_gene_is_held_higher(seed):
    slopes, rates = stable(5, seed)
    total = total_effects(slopes, rates)
    for held in range(5):
        others = [k for k in range(5) if k != held]
        inside = rates[others, None] * (slopes[np.ix_(others, others)] - np.eye(4))
        if np.linalg.eigvals(inside).real.max() >= 0:
            assert np.isnan(total[:, held]).all()
            continue
        # 0 = S₋ x + S_held ξ − x
        shift = np.linalg.solve(np.eye(4) - slopes[np.ix_(others, others)], slopes[others, held])
        np.testing.assert_allclose(total[others, held], shift, rtol=1e-9, atol=1e-12)
        assert total[held, held] == 1


def test_of_a_graph_without_loops_they_sum_the_products_along_paths():
    slopes = np.zeros((4, 4))
    slopes[1, 0], slopes[2, 0], slopes[3, 1], slopes[3, 2] = 0.5, -2.0, 3.0, 0.25
    total = total_effects(slopes, np.ones(4))
    assert total[3, 0] == pytest.approx(0.5 * 3.0 + -2.0 * 0.25)
    assert total[0, 3] == 0


def test_nothing_is_said_where_the_others_leave_the_state_once_the_gene_is_held():
    # A makes itself (gain 2) and B, which holds A down: stable together, not with B held.
    slopes, rates = np.array([[2.0, -3.0], [1.0, 0.0]]), np.array([1.0, 4.0])
    assert np.linalg.eigvals(rates[:, None] * (slopes - np.eye(2))).real.max() < 0
    total = total_effects(slopes, rates)
    assert np.isnan(total[:, 1]).all()
    assert total[1, 0] == pytest.approx(1.0)


def test_a_clamped_gene_is_no_part_of_what_must_stay():
    slopes = np.array([[0.0, 0.0], [0.5, 0.0]])
    assert total_effects(slopes, np.array([0.0, 1.0]))[1, 0] == pytest.approx(0.5)
