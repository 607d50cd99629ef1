from __future__ import annotations

import numpy as np
import pytest

from hillflow.transport import Independent


def test_marginals_are_exact_in_every_draw(clouds) -> None:
    z0, z1, w0, w1 = clouds
    pairs = Independent(draws=1).couple(z0, z1, w0, w1)
    plan = pairs.matrix(40, 55)
    np.testing.assert_allclose(plan.sum(axis=1).A1, w0, atol=1e-12)
    np.testing.assert_allclose(plan.sum(axis=0).A1, w1, atol=1e-12)
    assert len(pairs) <= 40 + 55 - 1


def test_many_draws_give_the_product_of_the_marginals(clouds) -> None:
    z0, z1, w0, w1 = (part[:6] for part in clouds)
    w0, w1 = w0 / w0.sum(), w1 / w1.sum()
    draws = 4000
    plan = Independent(draws=draws).couple(z0, z1, w0, w1).matrix(6, 6).toarray()
    # one draw's entry lies in [0, min(a, b)]: five standard errors of its mean
    bound = 5 * np.minimum(w0[:, None], w1) / 2 / np.sqrt(draws)
    assert (np.abs(plan - w0[:, None] * w1) < bound).all()


def test_cost_is_that_of_random_pairs() -> None:
    rng = np.random.default_rng(0)
    z0, z1 = rng.normal(size=(800, 2)), rng.normal(size=(700, 2)) + 3
    assert Independent().couple(z0, z1).cost == pytest.approx(2 + 2 + 18, rel=0.05)
