from __future__ import annotations

import math

import numpy as np
import torch

from hillflow.symbolic.least_squares import States
from hillflow.symbolic.structure_search import Search


def _states(regulators: int, seed: int = 0) -> States:
    """Production that the fourth regulator activates and the second represses, n = 2, K = .8."""
    random = np.random.default_rng(seed)
    x = random.uniform(0.05, 2, (300, regulators))
    y = 0.1 + x[:, 3] ** 2 / (0.64 + x[:, 3] ** 2) + 0.64 / (0.64 + x[:, 1] ** 2)
    y = y + 0.02 * random.normal(size=300)
    log_x = torch.from_numpy(np.log(x))
    ones = torch.ones(300, dtype=torch.float64)
    return States(log_x, torch.from_numpy(y / y.std()), ones, log_x.amin(0), log_x.amax(0) + 1,
                  math.log(0.5), math.log(12))  # fmt: skip


def test_it_finds_regulators_signs_and_family() -> None:
    found = Search(most_parents=2).run(_states(4), 1e-12, torch.Generator().manual_seed(0))
    assert found[0].key == ("additive", (1, 3), (-1, 1))
    assert [one.bic for one in found] == sorted(one.bic for one in found)
    level, exponent = found[0].solved.theta[0].exp().view(2, 2)
    np.testing.assert_allclose(level.numpy(), 0.8, rtol=0.1)
    np.testing.assert_allclose(exponent.numpy(), 2.0, rtol=0.1)


def test_sets_grow_greedily_where_there_are_many() -> None:
    search = Search(most_parents=3, coarse_states=120, kept=6)
    found = search.run(_states(7), 1e-12, torch.Generator().manual_seed(0))
    assert found[0].key == ("additive", (1, 3), (-1, 1))


def test_each_family_and_size_stays_in_view() -> None:
    found = Search(most_parents=2, kept=1).run(_states(4), 1e-12, torch.Generator().manual_seed(0))
    assert {(one.key[0], len(one.key[1])) for one in found} == {
        ("single", 1), ("additive", 2), ("multiplicative", 2), ("competitive", 2),
    }  # fmt: skip
