"""The likelihood of flows whose densities are known, and what its regularisers do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.linalg
import torch
from scipy.stats import multivariate_normal

from hillflow.errors import InputError, UnsupportedError
from hillflow.fields import VectorField, make_field
from hillflow.objectives import Heads, Likelihood, Rollout, Training, make_method
from hillflow.objectives.base_density import Base
from hillflow.objectives.density_field import DensityField
from hillflow.objectives.no_change import no_change_objective
from hillflow.solve import flow_with_log_density, integrate

A = np.array([[-0.4, 0.5, 0.1], [-0.6, 0.2, 0.0], [0.1, 0.3, -0.5]])
B = np.array([0.3, -0.2, 0.4])
TIMES = (0.0, 0.5, 1.5)
PLAIN = Likelihood(energy=0.0, steps=20)


class Linear(VectorField):
    """ẋ = A x + b, or with `late`, (A x + b) (1 + t)."""

    has_split = False

    def __init__(self, a, b, late=False) -> None:
        super().__init__([f"g{k}" for k in range(len(b))])
        self.a, self.b = (torch.nn.Parameter(torch.tensor(np.array(one))) for one in (a, b))
        self.autonomous = not late

    def forward(self, t, x):
        velocity = x @ self.a.T + self.b
        return velocity if self.autonomous else velocity * (1 + t)

    def jacobian(self, x, t=None):
        slopes = self.a if self.autonomous else self.a * (1 + t)
        return slopes.expand(*x.shape, len(self.genes))


def flow(a, b, t: float) -> tuple[np.ndarray, np.ndarray]:
    """e^{At} and ∫₀ᵗ e^{As} b ds."""
    d = len(b)
    whole = scipy.linalg.expm(t * np.block([[a, b[:, None]], [np.zeros((1, d + 1))]]))
    return whole[:d, :d], whole[:d, d]


def cells(d: int = 3, count: int = 60, times=TIMES) -> dict[float, np.ndarray]:
    rng = np.random.default_rng(0)
    mix = np.eye(d) + 0.3 * rng.normal(size=(d, d))
    return {t: rng.normal(size=(count, d)) @ mix.T * (1 + 0.2 * t) + t for t in times}


def bound(problem, field, objective, **heads) -> Training:
    training = Training.of(Heads(field, **heads), problem)
    objective.check(training)
    objective.prepare(training, 0)
    return training


def gaussian_of(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return x.mean(0), np.cov(x.T, bias=True)


def moved(a, b, mean, covariance, x, t):
    """log of the density that a Gaussian has at x after t."""
    e, shift = flow(a, b, t)
    return multivariate_normal(e @ mean + shift, e @ covariance @ e.T).logpdf(x)


def test_of_a_linear_flow_it_is_that_of_gaussians(problem_of, generator) -> None:
    line = cells()
    training = bound(problem_of({"control": line}), Linear(A, B), PLAIN)
    terms = PLAIN.loss(training, 120, generator)  # whole populations are drawn
    start = gaussian_of(line[0.0])
    truth = -np.mean([moved(A, B, *start, line[t], t).mean() for t in TIMES[1:]])
    assert set(terms) == {"likelihood"}
    assert float(terms["likelihood"].detach()) == pytest.approx(truth, abs=2e-4)


def test_probes_estimate_the_same(problem_of, generator) -> None:
    training = bound(problem_of({"control": cells()}), Linear(A, B), PLAIN)
    exact = PLAIN.loss(training, 120, generator)
    probed = replace(PLAIN, probes=200, steps=4, jacobian=1.0)
    bound_again = bound(training.problem, Linear(A, B), probed)
    terms = probed.loss(bound_again, 120, generator)
    assert float(terms["likelihood"].detach()) == pytest.approx(
        float(exact["likelihood"].detach()), abs=0.01
    )
    # u ∫ ‖A‖² dt over both intervals, u = their mean
    assert float(terms["jacobian"].detach()) == pytest.approx(0.75 * 1.5 * (A**2).sum(), rel=0.05)


def test_in_fewer_coordinates_it_is_the_density_of_these(problem_of, generator) -> None:
    line = cells()
    problem = problem_of({"control": line}, basis=2)
    training = bound(problem, Linear(A, B), PLAIN)
    v = problem.components.numpy()
    states = problem.states.numpy()
    off = states[0] - v @ v.T @ states[0]  # where the plane lies
    a, b = v.T @ A @ v, v.T @ (A @ off + B)
    z = [states[rows.numpy()] @ v for rows in problem.by_condition[0].rows]
    start = gaussian_of(z[0])
    spans = zip(z[1:], TIMES[1:], strict=True)
    truth = -np.mean([moved(a, b, *start, one, t).mean() for one, t in spans])
    found = PLAIN.loss(training, 120, generator)["likelihood"].detach()
    assert float(found) == pytest.approx(truth, abs=2e-4)
    probed = replace(PLAIN, probes=100, steps=4)
    training = bound(problem, Linear(A, B), probed)
    found = probed.loss(training, 120, generator)["likelihood"].detach()
    assert float(found) == pytest.approx(truth, abs=0.03)


def test_a_field_that_depends_on_time_starts_from_a_normal_before(problem_of, generator) -> None:
    line = cells()
    training = bound(problem_of({"control": line}), Linear(A / 3, B, late=True), PLAIN)
    every = np.concatenate(list(line.values()))
    normal = every.mean(0), np.diag(every.var(0))
    # τ = t + t²/2 is the time of the autonomous field; the base is a mean interval before 0
    clock = {t: t + t**2 / 2 for t in (-0.75, *TIMES)}
    truth = -np.mean(
        [moved(A / 3, B, *normal, line[t], clock[t] - clock[-0.75]).mean() for t in TIMES]
    )
    found = PLAIN.loss(training, 180, generator)["likelihood"].detach()
    assert float(found) == pytest.approx(truth, abs=1e-4)


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_bases_are_the_densities_they_are_named_after(noise) -> None:
    x, every = cells()[0.0][:20], cells()[1.5]
    weights = np.arange(1, 21) / 210
    given = (torch.from_numpy(one) for one in (x, weights, every))
    first, shares, others = given
    mean = weights @ x
    covariance = (weights[:, None] * (x - mean)).T @ (x - mean)
    at = every[:5]
    gaussian = Base.of("gaussian", first, shares, others, TIMES, noise)
    truth = multivariate_normal(mean, covariance + noise**2 * np.eye(3)).logpdf(at)
    np.testing.assert_allclose(gaussian.log_density(torch.from_numpy(at)), truth, rtol=1e-4)
    assert gaussian.time == 0
    equal = torch.full((20,), 1 / 20).double()
    kernel = Base.of("kernel", first, equal, others, TIMES, noise)
    width = 20 ** (-1 / 7)
    spread = width**2 * np.cov(x.T, bias=True) + noise**2 * np.eye(3)
    truth = np.log(np.mean([multivariate_normal(c, spread).pdf(at) for c in x], axis=0))
    np.testing.assert_allclose(kernel.log_density(torch.from_numpy(at)), truth, rtol=1e-4)
    normal = Base.of("normal", first, equal, others, TIMES, noise)
    truth = multivariate_normal(every.mean(0), np.diag(every.var(0) + noise**2)).logpdf(at)
    np.testing.assert_allclose(normal.log_density(torch.from_numpy(at)), truth, rtol=1e-4)
    assert normal.time == -0.75


def shifted() -> dict[float, np.ndarray]:
    rng = np.random.default_rng(3)
    start = rng.normal(size=(600, 2))
    return {0.0: start, 1.0: np.array([2.0, -1.0]) + rng.normal(size=(600, 2)) * [0.5, 1.5]}


def test_the_trained_flow_has_the_density_of_the_measured_cells(problem_of, descend) -> None:
    # N(0, 1) becomes N((2, −1), diag(.5, 1.5)²)
    problem = problem_of({"control": shifted()}, dtype=torch.float64)
    field = make_field("mlp", problem.genes, hidden=(16,), dtype=torch.float64)
    training = Training.of(Heads(field), problem)
    field.calibrate_(problem.states, torch.full_like(problem.states, 1.0))
    objective = Likelihood(base="gaussian", energy=1e-3, steps=2)
    descend(training, objective, steps=100, cells=200, rate=2e-2)
    end = multivariate_normal([2.0, -1.0], np.diag([0.25, 2.25]))
    x = torch.from_numpy(end.rvs(300, random_state=0))
    with torch.no_grad():
        x0, change = flow_with_log_density(field, x, torch.zeros(300).double(), -1.0, t0=1.0)
    log_p = multivariate_normal([0, 0], np.eye(2)).logpdf(x0) - change.numpy()
    off = end.logpdf(x) - log_p
    assert abs(off.mean()) < 0.05  # the divergence of Kullback and Leibler
    assert off.std() < 0.35


def test_of_flows_with_the_same_populations_the_energy_selects_the_shortest(
    problem_of, descend
) -> None:
    # a standard normal that is turned is the same: only the energy tells the two fields apart
    rng = np.random.default_rng(0)
    line = {t: rng.normal(size=(300, 2)) + np.array([2 * t, 0]) for t in (0.0, 1.0)}
    problem = problem_of({"control": line})
    lengths, likelihoods = {}, {}
    for energy in (1e-9, 0.1):
        field = Linear([[0.0, 1.5], [-1.5, 0.0]], [2.0, 1.5])
        objective = Likelihood(base="gaussian", energy=energy, steps=2)
        training = bound(problem, field, objective)
        descend(training, objective, steps=80, cells=100, rate=5e-2)
        terms = objective.loss(training, 300, torch.Generator().manual_seed(0))
        x, length = torch.from_numpy(line[0.0]), 0.0
        with torch.no_grad():
            for k in range(10):
                step = integrate(field, x, 0.1, t0=0.1 * k)
                length += float((step - x).norm(dim=1).mean())
                x = step
        lengths[energy], likelihoods[energy] = length, float(terms["likelihood"].detach())
    assert lengths[0.1] == pytest.approx(2.0, abs=0.15)  # straight on
    assert lengths[0.1] < 0.8 * lengths[1e-9]
    assert likelihoods[0.1] < likelihoods[1e-9] + 0.05


def test_the_energy_is_that_of_the_paths_in_units_of_the_data(problem_of, generator) -> None:
    line = cells(2)
    for unit in (1.0, 10.0):  # of expression and of time
        grown = {t * unit: unit * x for t, x in line.items()}
        objective = Likelihood(energy=2.0, base="gaussian")
        field = Linear(np.zeros((2, 2)), [3.0, -4.0])
        training = bound(problem_of({"control": grown}), field, objective)
        terms = objective.loss(training, 120, generator)
        every = np.concatenate(list(line.values()))
        expected = 2 * 0.75 / every.var(0).mean() * 25 * 1.5
        assert float(terms["energy"].detach()) == pytest.approx(expected, rel=1e-6)


def test_the_hinge_is_the_distance_to_the_nearest_measured_cells(problem_of, generator) -> None:
    line = cells(2)
    objective = Likelihood(energy=0.0, density=1.0, base="gaussian", threshold=0.2, neighbors=3)
    problem = problem_of({"control": line})
    training = bound(problem, Linear(np.zeros((2, 2)), np.zeros(2)), objective)
    still = objective.loss(training, 120, generator)
    every = np.concatenate(list(line.values()))
    scale = np.sqrt(every.var(0).mean())
    near = np.sort(np.linalg.norm(every[:, None] - every, axis=-1), axis=1)[:, :3] / scale
    each = np.maximum(near - 0.2, 0).mean(1).reshape(3, 60).mean(1)  # by time
    expected = ((each[1] + each[2]) / 2 + each[2]) / 2
    assert float(still["density"].detach()) == pytest.approx(expected, rel=1e-6)
    training = bound(problem, Linear(np.zeros((2, 2)), [50.0, 0.0]), objective)
    away = objective.loss(training, 120, generator)
    assert float(away["density"].detach()) > 5 * expected


class Gathering(VectorField):
    """ẋ = −x³, whose cells come from infinity."""

    has_split = False

    def forward(self, t, x):
        return -(x**3)


def test_cells_that_come_from_infinity_flow_back_at_a_bounded_speed() -> None:
    box = (torch.tensor([-2.0]).double(), torch.tensor([2.0]).double())
    flow_back = DensityField(Gathering(["a"]), box)
    start = torch.tensor([[1.0], [0.1]], dtype=torch.float64)
    end = integrate(flow_back, flow_back.start(start), -1.0, t0=1.0, solver="rk4", steps=200)
    x, change, energy, square = flow_back.split(end)
    # 1/x² falls by 2t, to 1/4 at t = 3/8; from then on the speed is 8 and nothing spreads
    assert float(x[0]) == pytest.approx(2 + 8 * 5 / 8, rel=1e-3)
    assert float(change[0]) == pytest.approx(1.5 * np.log(0.25), rel=0.02)
    # of the other, x = 1/√(100 − 2t) throughout: ∫ 3x² dt and ∫ x⁶ dt
    assert float(x[1]) == pytest.approx(1 / np.sqrt(98), rel=1e-9)
    assert float(change[1]) == pytest.approx(1.5 * np.log(98 / 100), rel=1e-6)
    assert float(energy[1]) == pytest.approx(-(98**-2 - 100**-2) / 4, rel=1e-6)
    assert float(square[1]) == pytest.approx(-4.5 * (1 / 98 - 1 / 100), rel=1e-6)


def test_predicting_no_change_loses_what_gaussians_say(problem_of) -> None:
    line = cells(2)
    training = bound(problem_of({"control": line}), Linear(np.eye(2), np.zeros(2)), PLAIN)
    start = multivariate_normal(*gaussian_of(line[0.0]))
    lost = [
        (multivariate_normal(*gaussian_of(line[t])).logpdf(line[t]) - start.logpdf(line[t])).mean()
        for t in TIMES[1:]
    ]
    assert no_change_objective(training, PLAIN) == pytest.approx(np.mean(lost), rel=1e-4)


def test_what_has_no_such_density_is_refused(problem_of, drifting, with_knockout) -> None:
    problem = problem_of(drifting, dtype=torch.float32)
    field = make_field("mlp", problem.genes)
    training = Training.of(Heads(field), problem)
    with pytest.raises(UnsupportedError, match="depends on time for base='normal'"):
        Likelihood(base="normal").check(training)
    with pytest.raises(InputError, match="density of a model"):
        Likelihood("energy").check(training)
    with pytest.raises(InputError, match=r"simulated cells.*objectives\.Likelihood"):
        Rollout("likelihood").check(training)
    noisy = Training.of(Heads.build(field, ["diffusion"]), problem)
    with pytest.raises(UnsupportedError, match="heads: diffusion"):
        Likelihood().check(noisy)
    known = replace(problem, growth=torch.ones(len(problem.states)))
    with pytest.raises(UnsupportedError, match="known growth rates"):
        Likelihood().check(Training.of(Heads(field), known))
    for wrong, words in (({"base": "gausian"}, "did you mean 'gaussian'"), ({"steps": 0}, "steps")):
        with pytest.raises(InputError, match=words):
            Likelihood(**wrong)
    assert not make_method("trajectorynet").takes_interventions
