from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.stats import norm

from hillflow.errors import InputError, UnsupportedError
from hillflow.fields import VectorField, make_field
from hillflow.objectives import (
    Diffusion,
    Growth,
    Heads,
    Kinetic,
    Potential,
    Riemannian,
    Rollout,
    Training,
    make_method,
)
from hillflow.solve import integrate
from hillflow.transport import ExactOT, energy_distance

RNG = np.random.default_rng(0)
LEFT, RIGHT = np.array([-2.0, 1.0]), np.array([2.0, 1.0])


class Wind(VectorField):
    """ẋ = v, and a count of how often it was asked."""

    has_split = False

    def __init__(self, genes, velocity) -> None:
        super().__init__(genes)
        self.velocity = torch.as_tensor(velocity, dtype=torch.float64)
        self.calls = 0

    def forward(self, t, x):
        self.calls += 1
        return self.velocity.expand_as(x)


class Fade(VectorField):
    """ẋ = −x."""

    has_split = False

    def forward(self, t, x):
        return -x


def blown(velocity, times=(0.0, 1.0, 3.0), n: int = 40) -> dict[float, np.ndarray]:
    start = RNG.normal(size=(n, 2))
    return {t: start + t * np.asarray(velocity) for t in times}


def bound(problem, field, **heads) -> Training:
    return Training.of(Heads(field, **heads), problem)


def test_energy_of_a_constant_wind_and_no_evaluation_more(problem_of, generator) -> None:
    velocity = (3.0, -4.0)
    problem = problem_of({"control": blown(velocity)})
    calls = {}
    for weight in (0.0, 2.0):
        field = Wind(problem.genes, velocity)
        rollout = Rollout(energy=weight, steps=4, solver="rk4")
        terms = rollout.loss(bound(problem, field), 80, torch.Generator().manual_seed(0))
        calls[weight] = field.calls
    assert float(terms["energy"]) == pytest.approx(2.0 * 25 * 3, rel=1e-12)  # λ |v|² T
    assert calls == {0.0: 2 * 4 * 4, 2.0: 2 * 4 * 4}  # intervals × steps × rk4's stages


def test_energy_counts_each_lane_over_its_own_time(problem_of, generator) -> None:
    problem = problem_of({"control": blown((1.0, 0.0))})
    field = Wind(problem.genes, (1.0, 0.0))
    for horizon, mean in ((None, (3 + 2) / 2), (1, (1 + 2) / 2)):
        rollout = Rollout(starts="every", horizon=horizon, energy=1.0, solver="rk4")
        terms = rollout.loss(bound(problem, field), 80, generator)
        assert float(terms["energy"]) == pytest.approx(mean)


@pytest.mark.parametrize("starts", ["first", "every"])
@pytest.mark.parametrize("horizon", [None, 1])
def test_an_exact_field_lands(problem_of, generator, starts, horizon) -> None:
    # conditions with different times, one of them with two only; whole populations are drawn
    velocity = (0.5, 2.0)
    problem = problem_of(
        {"control": blown(velocity), "g0=deg:0": blown(velocity, (0.0, 4.0))}, ExactOT()
    )
    cells = 40 * 2 * (1 if starts == "first" else 2)
    rollout = Rollout(starts=starts, horizon=horizon, solver="rk4")
    right = rollout.loss(bound(problem, Wind(problem.genes, velocity)), cells, generator)
    assert abs(float(right["distance"])) < 1e-9
    wrong = rollout.loss(bound(problem, Wind(problem.genes, (0.5, 1.0))), cells, generator)
    assert float(wrong["distance"]) > 0.1


def test_real_times_are_used(problem_of, generator) -> None:
    start = 1 + RNG.random((50, 2))
    line = {t: start * np.exp(-t) for t in (0.0, 0.3, 2.0)}
    problem = problem_of({"control": line})
    rollout = Rollout(steps=20, solver="rk4")
    loss = rollout.loss(bound(problem, Fade(problem.genes)), 50, generator)
    assert abs(float(loss["distance"])) < 1e-8


def test_discount_weighs_comparisons_further_on(problem_of) -> None:
    velocity = (1.0, 0.0)
    line = blown(velocity, (0.0, 1.0, 2.0))
    problem = problem_of({"control": line})
    still = bound(problem, Wind(problem.genes, (0.0, 0.0)))
    near, far = (
        float(energy_distance(*(torch.from_numpy(line[t]) for t in (0.0, end))))
        for end in (1.0, 2.0)
    )
    for discount in (1.0, 0.5):
        loss = Rollout(discount=discount).loss(still, 40, torch.Generator().manual_seed(0))
        expected = (near + discount * far) / (1 + discount)
        assert float(loss["distance"]) == pytest.approx(expected, rel=1e-6)


def test_an_acted_gene_is_left_out_of_the_comparison(problem_of, generator) -> None:
    velocity = (0.0, 1.0)
    line = blown(velocity)
    lifted = {
        t: x + 5 * t * np.eye(2)[0] for t, x in line.items()
    }  # its measured level goes elsewhere
    problem = problem_of({"g0=deg:0": lifted})
    loss = Rollout(solver="rk4").loss(bound(problem, Wind(problem.genes, velocity)), 40, generator)
    assert abs(float(loss["distance"])) < 1e-9


class Constant(torch.nn.Module):
    """A growth rate that is the same everywhere."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = torch.nn.Parameter(torch.tensor(rate, dtype=torch.float64))

    def forward(self, x, t=None):
        return self.rate.expand(x.shape[:-1])


@pytest.mark.parametrize("velocity", [(0.0, 0.0), (1.0, -2.0)], ids=["still", "moving"])
@pytest.mark.parametrize("starts", ["first", "every"])
def test_an_exponentially_growing_population(problem_of, descend, velocity, starts) -> None:
    rate, times = 0.6, (0.0, 1.0, 2.0)
    line = {
        t: RNG.normal(size=(round(60 * np.exp(rate * t)), 2)) + t * np.array(velocity)
        for t in times
    }
    problem = problem_of({"control": line})
    growth = Constant(0.0)
    training = bound(problem, Wind(problem.genes, velocity), growth=growth)
    rollout = Rollout(starts=starts, mass=1.0, solver="rk4")
    descend(training, rollout, steps=120, cells=60, rate=0.05)
    assert float(growth.rate.detach()) == pytest.approx(rate, abs=0.01)
    exact = bound(problem, Wind(problem.genes, velocity), growth=Constant(rate))
    terms = rollout.loss(exact, 60, torch.Generator().manual_seed(0))
    assert float(terms["mass"].detach()) < 1e-3


def test_mass_is_counted_within_each_condition(problem_of, generator) -> None:
    grow = {0.0: RNG.normal(size=(20, 2)), 1.0: RNG.normal(size=(40, 2))}
    halve = {0.0: RNG.normal(size=(60, 2)), 1.0: RNG.normal(size=(30, 2))}
    problem = problem_of({"control": grow, "g0=deg:0": halve})
    training = bound(problem, Wind(problem.genes, (0.0, 0.0)), growth=Constant(0.0))
    terms = Rollout(mass=1.0).loss(training, 40, generator)
    assert float(terms["mass"].detach()) == pytest.approx(np.log(2) ** 2)


def test_heavy_cells_count_more(problem_of) -> None:
    # Cells right of 0 grow, the others do not; nobody moves. Their share must rise.
    class Right(torch.nn.Module):
        def forward(self, x, t=None):
            return torch.where(x[..., 0] > 0, 3.0, 0.0).to(x)

    sides = np.array([-1.0] * 50 + [1.0] * 50)[:, None] + 0.01 * RNG.normal(size=(100, 2))
    later = np.array([-1.0] * 5 + [1.0] * 95)[:, None] + 0.01 * RNG.normal(size=(100, 2))
    problem = problem_of({"control": {0.0: sides, 1.0: later}})
    field = Wind(problem.genes, (0.0, 0.0))
    losses = [
        float(Rollout().loss(training, 100, torch.Generator().manual_seed(0))["distance"])
        for training in (bound(problem, field, growth=Right()), bound(problem, field))
    ]
    assert losses[0] < 0.01 * losses[1]


def test_the_hinge_is_zero_on_the_data_and_grows_away_from_it(problem_of, generator) -> None:
    problem = problem_of({"control": blown((0.0, 0.0))})
    hinge = [
        float(
            Rollout(density=1.0).loss(bound(problem, Wind(problem.genes, wind)), 40, generator)[
                "density"
            ]
        )
        for wind in ((0.0, 0.0), (10.0, 0.0))
    ]
    assert hinge[0] < 0.3
    assert hinge[1] == pytest.approx(20, abs=3)  # mean displacement over both times, 10 and 30


def test_noise_spreads_by_the_diffusion_head(problem_of) -> None:
    from hillflow.objectives import Diffusion

    sigma, n = 0.5, 4000
    start = np.zeros((n, 2)) + 1e-9 * RNG.normal(size=(n, 2))
    problem = problem_of(
        {"control": {0.0: start[:400], 2.0: sigma * 2**0.5 * RNG.normal(size=(n, 2))}}
    )
    field = Wind(problem.genes, (0.0, 0.0))
    noisy = Rollout(solver="euler-maruyama", energy=1.0)
    training = bound(problem, field, diffusion=Diffusion(sigma).double())
    noisy.check(training)
    losses = [
        rollout.loss(training, 400, torch.Generator().manual_seed(0))
        for rollout in (noisy, noisy, Rollout(solver="rk4"))
    ]
    assert float(losses[0]["distance"]) == float(losses[1]["distance"])
    assert float(losses[0]["distance"]) < 0.02 * float(losses[2]["distance"])
    assert float(losses[0]["energy"]) == 0  # accounts are kept without noise


def test_noise_needs_its_head_and_exact_flow_its_field(problem_of, drifting) -> None:
    problem = problem_of(drifting, dtype=torch.float32)
    training = Training.of(Heads(make_field("mlp", problem.genes)), problem)
    with pytest.raises(UnsupportedError, match="diffusion head"):
        Rollout(solver="euler-maruyama").check(training)
    with pytest.raises(UnsupportedError, match="propagate"):
        Rollout(solver="exact").check(training)
    with pytest.raises(InputError, match="did you mean 'rk4'"):
        Rollout(solver="rk5").check(training)
    with pytest.raises(InputError, match="divergence"):
        Rollout("wassertein").check(training)


def test_options_are_checked() -> None:
    with pytest.raises(InputError, match="'first' or 'every'"):
        Rollout(starts="all")
    with pytest.raises(InputError, match="horizon"):
        Rollout(horizon=0)


def test_the_locally_linear_field_is_rolled_out_by_its_own_flow(problem_of, generator) -> None:
    line = {t: RNG.normal(size=(30, 3)) + t for t in (0.0, 1.0, 2.0)}
    problem = problem_of({"control": line}, dtype=torch.float64)
    field = make_field("locally-linear", problem.genes, dtype=torch.float64, time=False)
    with torch.no_grad():
        for parameter in field.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator).double())
    training = Training.of(Heads(field), problem)
    seeds = [torch.Generator().manual_seed(0) for _ in range(2)]
    exact = Rollout(solver="exact", steps=64, energy=1.0).loss(training, 60, seeds[0])
    stepped = Rollout(solver="rk4", steps=64, energy=1.0).loss(training, 60, seeds[1])
    for term in ("distance", "energy"):
        assert float(exact[term]) == pytest.approx(float(stepped[term]), rel=0.02)


@pytest.mark.parametrize("growth", [0.0, 0.5])
def test_the_energy_of_an_exact_flow_is_that_of_its_path(growth) -> None:
    # ẋ = −x from 1: ∫₀² e^{gt} (e^{−2t} + 1.5 g²) dt, by the trapezoidal rule on the windows
    from hillflow.objectives.augmented_field import AugmentedField

    class Known(Fade):
        def propagate(self, x, dt, t=0.0, windows=1):
            return x * torch.exp(-torch.as_tensor(dt)).unsqueeze(-1)

    class Bound:
        acting = Known(("a",))
        problem = type("P", (), {"genes": ("a",)})
        heads = type("H", (), {"growth": Constant(growth), "score": None})

    augmented = AugmentedField(Bound(), Growth(1.5))
    state = augmented.start(torch.ones(1, 1, dtype=torch.float64))
    end = augmented.propagate(state, torch.tensor([2.0]).double(), 0.0, windows=200)
    x, log_mass, energy = augmented.split(end)
    assert float(x) == pytest.approx(np.exp(-2))
    moved = (1 - np.exp(2 * growth - 4)) / (2 - growth)
    grown = 1.5 * growth * (np.exp(2 * growth) - 1)
    assert float(energy) == pytest.approx(moved + grown, rel=1e-4)
    assert float(log_mass) == pytest.approx(2 * growth)


def test_accounts_are_the_same_by_the_exponential_solver(problem_of, with_knockout) -> None:
    problem = problem_of(with_knockout)
    field = make_field("linear", problem.genes, dtype=torch.float64)
    training = Training.of(Heads(field, growth=Constant(0.3)), problem)
    terms = [
        Rollout(solver=solver, steps=40, energy=1.0, lagrangian=Growth(3.0), mass=1.0).loss(
            training, 40, torch.Generator().manual_seed(0)
        )
        for solver in ("exponential", "rk4")
    ]
    for name in ("distance", "energy", "mass"):
        assert float(terms[0][name]) == pytest.approx(float(terms[1][name]), rel=1e-3)


def test_the_energy_weighs_motion_and_growth_by_mass(problem_of, generator) -> None:
    # ∫₀³ e^{gt} (‖v‖² + α g²) dt of cells that all move at v and grow at g
    velocity, rate, cost = (3.0, -4.0), 0.4, 2.0
    problem = problem_of({"control": blown(velocity)})
    training = bound(problem, Wind(problem.genes, velocity), growth=Constant(rate))
    rollout = Rollout(energy=1.0, lagrangian=Growth(cost), steps=8, solver="rk4")
    found = float(rollout.loss(training, 80, generator)["energy"].detach())
    exact = (25 + cost * rate**2) * (np.exp(3 * rate) - 1) / rate
    assert found == pytest.approx(exact, rel=1e-6)


class Pull(VectorField):
    """ẋ = 2 − x."""

    has_split = False

    def forward(self, t, x):
        return 2 - x


def relaxing(problem_of, sigma: float):
    """Cells of dx = (2 − x) dt + σ dW from N(0, ½²), exactly distributed."""
    z = norm.ppf((np.arange(300) + 0.5) / 300)[:, None]
    z, line = z / z.std(), {}
    for t in (0.0, 0.5, 1.0, 2.0):
        left = math.exp(-t)
        spread = math.sqrt(0.25 * left**2 + sigma**2 * (1 - left**2) / 2)
        line[t] = 2 - 2 * left + spread * z
    return problem_of({"control": line})


def test_drift_and_noise_are_told_apart(problem_of, training_of, descend) -> None:
    # the stages of 'nlsb', with the energy distance, which is faster
    problem = relaxing(problem_of, 0.8)
    field = make_field("linear", problem.genes, dtype=torch.float64)
    training = training_of(field, problem)
    training.heads.diffusion = Diffusion(0.3).double().requires_grad_(True)
    rollout = Rollout(energy=1e-3, solver="euler-maruyama", learns_noise=True, steps=8)
    descend(training, rollout, steps=100, cells=100, rate=5e-2)
    assert float(training.heads.diffusion().detach()) == pytest.approx(0.8, rel=0.15)
    x = torch.tensor([[0.0], [2.0], [3.0]], dtype=torch.float64)
    drift = field(0.0, x).detach().flatten().tolist()
    assert drift == pytest.approx([2.0, 0.0, -1.0], abs=0.25)


def test_the_distances_of_nlsb_are_least_at_the_true_noise(problem_of) -> None:
    problem = relaxing(problem_of, 0.8)
    (stage,) = make_method("nlsb").stages
    losses = {}
    for sigma in (0.4, 0.6, 0.8, 1.05, 1.4):
        training = bound(problem, Pull(problem.genes), diffusion=Diffusion(sigma).double())
        terms = stage.objective.loss(training, 250, torch.Generator().manual_seed(0))
        losses[sigma] = float(terms["distance"].detach())
    assert min(losses, key=losses.get) == 0.8


def test_a_potential_bends_simulated_paths(problem_of, training_of, descend) -> None:
    # V = ½ω²|x|²: a path from (−2, 1) to (2, 1) goes down to 1/cosh(ω) halfway, 0.55
    omega, z = 1.2, 0.2 * np.random.default_rng(0).normal(size=(100, 2))
    problem = problem_of({"control": {0.0: z + LEFT, 2.0: z + RIGHT}})
    halfway = []
    cost = Potential(lambda t, x: 0.5 * omega**2 * x.square().sum(-1))
    for lagrangian in (Kinetic(), cost):
        field = make_field(
            "mlp", problem.genes, hidden=(24, 24), time=True, time_scale=2.0, dtype=torch.float64
        )
        rollout = Rollout(energy=0.15, lagrangian=lagrangian, steps=4, solver="heun")
        descend(training_of(field, problem), rollout, steps=120, cells=30, rate=3e-2)
        with torch.no_grad():
            middle = integrate(field, torch.from_numpy(z + LEFT), 1.0, t0=0.0, steps=6)
        halfway.append(float(middle[:, 1].mean()))
    assert halfway[0] > 0.9
    assert halfway[1] == pytest.approx(1 / math.cosh(omega), abs=0.15)


def test_the_hjb_residual_needs_a_potential_and_its_motion(problem_of, training_of) -> None:
    problem = problem_of({"control": blown((1.0, 0.5))})
    rollout = Rollout(hjb=1.0, steps=2)
    law = training_of(make_field("linear", problem.genes, dtype=torch.float64), problem)
    rollout.prepare(law, 0)
    assert "hjb" not in rollout.loss(law, 40, torch.Generator().manual_seed(0))
    potential = training_of(make_field("potential", problem.genes, dtype=torch.float64), problem)
    rollout.prepare(potential, 0)
    assert rollout.loss(potential, 40, torch.Generator().manual_seed(0))["hjb"] > 0
    with pytest.raises(UnsupportedError, match="hjb=0"):
        Rollout(hjb=1.0, lagrangian=Riemannian()).check(potential)
    with pytest.raises(InputError, match="'euler-maruyama' to learn noise"):
        Rollout(learns_noise=True)
