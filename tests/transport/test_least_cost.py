"""The bound by duality, beside exact plans."""

from __future__ import annotations

import numpy as np
import ot
import pytest

from hillflow.data import Snapshots
from hillflow.findings import collect_findings
from hillflow.transport import couple, fit_plan, least_cost
from hillflow.transport.exact import ExactOT, squared_distances


@pytest.fixture
def clouds() -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.normal(size=(n, 2)) + shift for n, shift in ((900, 0.0), (800, 1.0))]


def masses(n: int) -> np.ndarray:
    mass = np.random.default_rng(n).random(n)
    return mass / mass.sum()


def test_it_is_below_the_exact_cost_and_near(clouds) -> None:
    """But for the error of the mean over the drawn starts, three of whose deviations are let."""
    a, b = (masses(len(z)) for z in clouds)
    exact = ot.emd2(a, b, squared_distances(*clouds))
    found = [least_cost.least_cost(*clouds, a, b, seed, sample=400) for seed in range(8)]
    assert 0.9 * exact < np.mean(found) < exact + 3 * np.std(found) / np.sqrt(8)


def test_the_potentials_are_below_the_cost_of_every_pair(clouds, monkeypatch) -> None:
    """And so is their mean, over all starts, below the exact cost."""
    monkeypatch.setattr(least_cost, "STARTS", 900)
    parts = []
    over = least_cost._over
    monkeypatch.setattr(least_cost, "_over", lambda *given: parts.append(over(*given)) or parts[-1])
    z0, z1 = clouds
    mass = [np.full(len(z), 1 / len(z)) for z in clouds]
    least_cost.least_cost(z0, z1, *mass, sample=200)
    u = over(z0, z1, parts[0])
    cost = squared_distances(z0, z1)
    assert (u[:, None] + parts[0] <= cost + 1e-9).all()
    assert u.mean() + parts[0].mean() <= ot.emd2(*mass, cost)


def test_large_populations_are_coupled_in_pieces_and_it_is_said(monkeypatch) -> None:
    random = np.random.default_rng(0)
    x = 5 + random.normal(size=(240, 2)) + np.repeat([0, 2], 120)[:, None]
    cells = Snapshots.from_arrays(x, np.repeat([0, 1], 120), ["A", "B"]).with_basis(2)
    monkeypatch.setattr(couple, "least_cost", lambda z0, z1, a, b, seed: 0.5 * interval.pairs.cost)
    (interval,) = fit_plan(cells, ExactOT(chunk=30))
    for large, said in ((200, []), (100, ["plan.in-pieces"])):
        monkeypatch.setattr(couple, "LARGE", large)
        monkeypatch.setattr(couple, "_RECENT", {})
        with collect_findings() as findings:
            fit_plan(cells, ExactOT(chunk=30))
        assert [one.code for one in findings] == said
    assert "costs at most 100% more than the best one" in findings[0].text
