from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from scipy.special import logsumexp

from hillflow.errors import HillflowWarning, InputError, UnsupportedError
from hillflow.fields import make_field
from hillflow.objectives import (
    LAGRANGIANS,
    Density,
    Growth,
    Kinetic,
    Lagrangian,
    Metric,
    PriorVelocity,
    Riemannian,
    Rollout,
    Variational,
    make_lagrangian,
)
from hillflow.objectives.measured_velocity import MeasuredVelocity

OPTIONS = {"potential": {"function": lambda t, x: t * x.square().sum(-1)}}


@pytest.fixture
def problem(problem_of, drifting):
    return problem_of(drifting)


def with_velocity(problem, value):
    rows = tuple(torch.cat(data.rows) for data in problem.by_condition)
    weights = tuple(torch.cat(data.weights) for data in problem.by_condition)
    time = torch.zeros(len(value), dtype=torch.float64)
    spread = torch.ones(value.shape[-1])
    return replace(
        problem,
        velocities=MeasuredVelocity(value, torch.ones_like(value), spread, time, rows, weights),
    )


@pytest.mark.parametrize("basis", [3, 2])
@pytest.mark.parametrize("name", LAGRANGIANS)
def test_the_hamiltonian_is_the_legendre_transform(problem_of, drifting, name, basis) -> None:
    # ⟨p, v⟩ − L ≤ H for all v, and = H at ∂H/∂p
    problem = problem_of(drifting, basis=basis)
    problem = with_velocity(problem, 0.3 * problem.states.flip(-1))
    lagrangian = make_lagrangian(name, **OPTIONS.get(name, {})).learn(problem, 0)
    draw = torch.Generator().manual_seed(1)
    x = problem.states[:12] + 0.1 * torch.randn(12, 3, generator=draw).double()
    t, p = (torch.rand(size, generator=draw).double() for size in ((12,), (12, 3)))

    def below(v):
        return lagrangian.hamiltonian(t, x, p) - ((p * v).sum(-1) - lagrangian.cost(t, x, v))

    best = lagrangian.velocity(t, x, p)
    assert below(best).abs().max() < 1e-9
    for _ in range(20):
        assert (below(best + torch.randn(12, 3, generator=draw).double()) > 0).all()


def test_density_is_the_kernel_density_of_the_cells(problem) -> None:
    cells = problem.states.numpy()
    lagrangian = Density(strength=2.0).learn(problem, 0)
    apart = np.linalg.norm(cells[:, None] - cells[None], axis=-1)
    width = np.sort(np.sort(apart, axis=1)[:, 10])[(len(apart) - 1) // 2]
    x = cells[:5] + 0.3
    density = logsumexp(-np.square(x[:, None] - cells[None]).sum(-1) / (2 * width**2), axis=1)
    found = lagrangian.potential(torch.from_numpy(x)) / -lagrangian.unit
    np.testing.assert_allclose(found - found[0], density - density[0], rtol=1e-6, atol=1e-9)
    usual = lagrangian.potential(problem.states)
    assert abs(float(usual.mean())) < 1e-9 * lagrangian.unit
    assert (lagrangian.potential(problem.states + 2.0) > usual.max()).all()
    speed = np.square(np.diff([cells[k : k + 40].mean(0) for k in (0, 40)], axis=0)).sum() / 2
    assert lagrangian.unit == pytest.approx(2 * speed, rel=0.5)  # of the first interval


def test_the_metric_is_that_of_the_metric_path(problem) -> None:
    metric = Metric(kernel="rbf", clusters=5)
    lagrangian = Riemannian(metric).learn(problem, 0)
    h = metric.inverse_metric(problem, torch.Generator().manual_seed(0), 0)
    x, v = problem.states[:7], torch.ones(7, 3, dtype=torch.float64)
    expected = 0.5 * (v.square() / h(x)).sum(-1) * h(problem.states).mean()
    torch.testing.assert_close(lagrangian.cost(torch.zeros(7), x, v), expected)


def test_growth_costs_by_default_what_the_wfr_path_lets_mass_move(problem) -> None:
    x = problem.states.numpy()
    gaps = [
        np.square(x[40 * k :][:40, None] - x[40 * (k + 1) :][None, :40]).sum(-1).mean()
        for k in range(2)
    ]
    assert Growth().learn(problem, 0).growth_cost == pytest.approx(max(gaps))
    assert Kinetic().growth_cost is None
    with pytest.raises(InputError, match="above 0"):
        Growth(0.0)


def test_velocities_are_brought_to_the_time_of_the_data(problem_of) -> None:
    rng, wind = np.random.default_rng(0), np.array([1.0, -0.5])
    start = rng.normal(size=(60, 2))
    problem = problem_of({"control": {0.0: start, 2.0: start + 2 * wind}})
    measured = torch.from_numpy(np.tile(wind / 4, (120, 1)))
    learned = PriorVelocity().learn(with_velocity(problem, measured), 0)
    assert learned.scale == pytest.approx(4)
    x, v = problem.states[:5], torch.from_numpy(np.tile(wind, (5, 1)))
    assert learned.cost(torch.zeros(5), x, v).abs().max() < 1e-12
    given = PriorVelocity(scale=2.0).learn(with_velocity(problem, measured), 0)
    torch.testing.assert_close(given.expected(x), v / 2)
    with pytest.warns(HillflowWarning, match="point against"):
        against = PriorVelocity().learn(with_velocity(problem, -measured), 0)
    assert against.scale == 0
    with pytest.raises(InputError, match="RNA velocity"):
        PriorVelocity().check(problem)


def test_velocity_is_the_mean_of_near_cells(problem) -> None:
    value = problem.states.flip(-1)
    learned = PriorVelocity(scale=1.0, width=0.01).learn(with_velocity(problem, value), 0)
    torch.testing.assert_close(learned.expected(problem.states), value)  # of the cell itself
    wide = PriorVelocity(scale=1.0, width=1e3).learn(with_velocity(problem, value), 0)
    torch.testing.assert_close(
        wide.expected(problem.states[:2]), value.mean(0).expand(2, -1), rtol=1e-4, atol=1e-4
    )


@dataclass(frozen=True)
class Speed(Lagrangian):
    """|v|, whose Legendre transform is 0 or infinite."""

    def cost(self, t, x, v):
        return v.norm(dim=-1)


def test_without_a_hamiltonian_it_serves_simulation_only(problem, training_of, generator) -> None:
    field = make_field("potential", problem.genes, dtype=torch.float64)
    training = training_of(field, problem)
    with pytest.raises(UnsupportedError, match=r"Speed.*Rollout"):
        Variational(lagrangian=Speed()).check(training)
    rollout = Rollout(energy=1.0, lagrangian=Speed(), steps=2)
    rollout.check(training)
    assert rollout.loss(training, 40, generator)["energy"] > 0


def test_entries_tell_everything_and_names_are_checked() -> None:
    for entry in LAGRANGIANS.values():
        for text in (entry.formula, entry.source, entry.cost, entry.when_not):
            assert len(text) > 6
            assert not text.endswith(".")
        assert ("H =" in entry.formula) == (entry.cls.hamiltonian is not Lagrangian.hamiltonian)
    with pytest.raises(InputError, match="did you mean 'density'"):
        make_lagrangian("densty")
    with pytest.raises(InputError, match="'function' for the potential Lagrangian"):
        make_lagrangian("potential")
    with pytest.raises(InputError, match="an option of the density"):
        make_lagrangian("density", kernel=None)
    with pytest.raises(InputError, match="strength above 0"):
        Density(strength=0)
