"""The bound by duality, beside exact plans."""

from __future__ import annotations

import numpy as np
import ot
import pytest

from hillflow.data import Snapshots
from hillflow.findings import collect_findings
from hillflow.transport import couple, fit_plan
from hillflow.transport.exact import ExactOT, squared_distances
from hillflow.transport.least_cost import least_cost


@pytest.fixture
def clouds() -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.normal(size=(n, 3)) + shift for n, shift in ((300, 0.0), (240, 1.0))]


def masses(n: int) -> np.ndarray:
    mass = np.random.default_rng(n).random(n)
    return mass / mass.sum()


def test_of_equal_masses_it_is_the_exact_cost(clouds) -> None:
    z0, z1 = clouds[0][:240], clouds[1]
    mass = np.full(240, 1 / 240)
    exact = ot.emd2(mass, mass, squared_distances(z0, z1))
    assert least_cost(z0, z1, mass, mass, sample=240) == pytest.approx(exact, rel=1e-9)


def test_of_a_sample_it_is_below_and_near(clouds) -> None:
    """But for the error of the mean over the sampled starts, three of whose deviations are let."""
    a, b = (masses(len(z)) for z in clouds)
    exact = ot.emd2(a, b, squared_distances(*clouds))
    found = [least_cost(*clouds, a, b, seed, sample=120) for seed in range(8)]
    assert 0.8 * exact < np.mean(found) < exact + 3 * np.std(found) / np.sqrt(8)


def test_large_populations_are_coupled_in_pieces_and_it_is_said(monkeypatch) -> None:
    random = np.random.default_rng(0)
    x = 5 + random.normal(size=(240, 2)) + np.repeat([0, 2], 120)[:, None]
    cells = Snapshots.from_arrays(x, np.repeat([0, 1], 120), ["A", "B"]).with_basis(2)
    for large, said in ((200, []), (100, ["plan.in-pieces"])):
        monkeypatch.setattr(couple, "LARGE", large)
        with collect_findings() as findings:
            plan = fit_plan(cells, ExactOT(chunk=30), seed=large)
        assert [one.code for one in findings] == said
    (interval,) = plan
    states = [cells.states(one.rows).astype(float) for one in (interval.start, interval.end)]
    mass = np.full(120, 1 / 120)
    above = interval.pairs.cost / ot.emd2(mass, mass, squared_distances(*states)) - 1
    assert f"at most {above:.0%} more" in findings[0].text  # the sample is all cells: no slack
