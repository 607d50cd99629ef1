from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.linalg import expm

from hillflow.data import Trajectories
from hillflow.fields import VectorField, make_field
from hillflow.objectives import (
    BrownianBridge,
    Heads,
    Linear,
    Match,
    Shooting,
    Training,
    trajectory_problem,
)
from hillflow.objectives.match import projected_square
from hillflow.transport import ExactOT, Independent

RNG = np.random.default_rng(0)


class Affine(VectorField):
    """ẋ = x Mᵀ + c, both trained: just large enough for an affine truth."""

    has_split = False

    def __init__(self, genes) -> None:
        super().__init__(genes)
        size = len(genes)
        self.matrix = torch.nn.Parameter(torch.zeros(size, size, dtype=torch.float64))
        self.shift = torch.nn.Parameter(torch.zeros(size, dtype=torch.float64))

    def forward(self, t, x):
        return x @ self.matrix.mT + self.shift


def gaussian_times(n: int, mean: float, spread: float) -> dict[float, np.ndarray]:
    """N(0, 1) at time 0 becomes N(mean, spread²) at time 2, in two dimensions."""
    x = RNG.normal(size=(n, 2))
    x = (x - x.mean(0)) / x.std(0)
    y = RNG.normal(size=(n, 2))
    return {0.0: x, 2.0: mean + spread * (y - y.mean(0)) / y.std(0)}


def error_against(field, velocity) -> float:
    """Root mean square error relative to the truth, over times and two standard deviations."""
    wrong = size = 0.0
    for s in (0.1, 0.3, 0.5, 0.7, 0.9):
        x, wanted = velocity(s, torch.from_numpy(RNG.normal(size=(500, 2))))
        with torch.no_grad():
            wrong += float((field(torch.full((500,), 2 * s), x) - wanted).square().sum())
        size += float(wanted.square().sum())
    return (wrong / size) ** 0.5


def test_flow_matching_between_gaussians(problem_of, training_of, descend) -> None:
    # Optimal transport of N(0,1) to N(m, r²) is x ↦ m + r x: the flow is at a point of state
    # (1−s)x + s(m + r x), and ẋ = (m + (r − 1) x)/Δ.
    mean, spread = 2.0, 0.4
    problem = problem_of({"control": gaussian_times(400, mean, spread)}, ExactOT())
    field = make_field(
        "mlp", problem.genes, hidden=(32, 32), time=True, time_scale=2.0, dtype=torch.float64
    )
    descend(training_of(field, problem), Match(), steps=500)

    def velocity(s: float, start):
        end = mean + spread * start
        return torch.lerp(start, end, s), (end - start) / 2

    assert error_against(field, velocity) < 0.08


def test_an_affine_flow_is_found_by_an_affine_field(problem_of, training_of, descend) -> None:
    # one unit translation a time unit is the same at all times, so no time is needed
    start = RNG.normal(size=(300, 2))
    shift = np.array([1.0, -3.0])
    problem = problem_of({"control": {0.0: start, 2.0: start + 2 * shift}}, ExactOT())
    field = Affine(problem.genes)
    descend(training_of(field, problem), Match(), steps=600, rate=0.05)
    torch.testing.assert_close(field.shift.detach(), torch.tensor(shift), atol=1e-2, rtol=0)
    assert field.matrix.abs().max() < 1e-2


def test_bridges_between_gaussians_give_flow_and_score(problem_of, training_of, descend) -> None:
    # With independent pairs p_s = N(s m, V), V = (1−s)² + s² r² + σ²Δ s(1−s); its score is
    # −(x − s m)/V and its flow m/Δ + ½ (V'/V)(x − s m)/Δ.
    mean, spread, sigma, gap = 1.5, 0.5, 0.6, 2.0
    problem = problem_of({"control": gaussian_times(1500, mean, spread)}, Independent())
    field = make_field(
        "mlp", problem.genes, hidden=(32, 32), time=True, time_scale=2.0, dtype=torch.float64
    )
    training = training_of(field, problem, ["score"])
    descend(training, Match(BrownianBridge(sigma)), steps=900, cells=512)

    def moments(s: float) -> tuple[float, float]:
        variance = (1 - s) ** 2 + s**2 * spread**2 + sigma**2 * gap * s * (1 - s)
        slope = -2 * (1 - s) + 2 * s * spread**2 + sigma**2 * gap * (1 - 2 * s)
        return variance, slope

    def velocity(s: float, noise):
        variance, slope = moments(s)
        off = variance**0.5 * noise
        return s * mean + off, (mean + 0.5 * slope / variance * off) / gap

    def score(s: float, noise):
        variance, _ = moments(s)
        return s * mean + variance**0.5 * noise, -noise / variance**0.5

    assert error_against(field, velocity) < 0.15
    assert error_against(lambda t, x: training.heads.score(x, t), score) < 0.15


def test_shooting_recovers_linear_dynamics(training_of, descend) -> None:
    matrix = np.array([[-0.5, 0.8, 0.0], [-0.8, -0.4, 0.0], [0.3, 0.0, -1.0]])
    shift = np.array([0.5, 1.0, 0.2])
    flow = expm(np.block([[matrix, shift[:, None]], [np.zeros((1, 4))]]))
    x = [RNG.normal(size=(40, 3))]
    for _ in range(4):
        x.append((np.c_[x[-1], np.ones(40)] @ flow.T)[:, :3])
    data = Trajectories.from_arrays(
        np.stack(x, 1), [0.0, 1.0, 2.0, 3.0, 4.0], list("abc"), unit="h"
    )
    problem = trajectory_problem(data, orthant=False, dtype=torch.float64)
    field = Affine(problem.genes)
    training = training_of(field, problem)
    descend(training, Match(Shooting(steps=8, solver="rk4")), steps=700, cells=160, rate=0.03)
    torch.testing.assert_close(field.matrix.detach(), torch.from_numpy(matrix), atol=3e-3, rtol=0)
    torch.testing.assert_close(field.shift.detach(), torch.from_numpy(shift), atol=3e-3, rtol=0)


def test_a_shot_that_lands_costs_nothing(problem_of, training_of, generator) -> None:
    class Fall(VectorField):
        has_split = False

        def forward(self, t, x):
            return -x

    start = np.abs(RNG.normal(size=(20, 2)))
    line = {0.0: start, 0.5: start * np.exp(-0.5), 2.0: start * np.exp(-2.0)}
    problem = problem_of({"control": line}, ExactOT())
    training = Training.of(Heads(Fall(problem.genes)), problem)
    loss = Match(Shooting(steps=20, solver="rk4")).loss(training, 64, generator)
    assert float(loss["velocity"]) < 1e-9


def test_what_a_shot_misses_by(problem_of, generator) -> None:
    class Rest(VectorField):
        has_split = False

        def forward(self, t, x):
            return torch.zeros_like(x)

    x = RNG.normal(size=(12, 4, 3))
    data = Trajectories.from_arrays(x, [0.0, 1.0, 3.0, 7.0], list("abc"), unit="h")
    seen = trajectory_problem(data, orthant=False, dtype=torch.float64)
    coupled = problem_of({"control": {t: x[:, k] for k, t in enumerate((0.0, 1.0, 3.0, 7.0))}})
    for problem, share in ((seen, lambda dt: 1.0), (coupled, lambda dt: 1 / dt.unsqueeze(-1))):
        pairs = problem.draw_pairs(50, generator)
        training = Training.of(Heads(Rest(problem.genes)), problem)
        missed = Shooting().residual(training, pairs)
        torch.testing.assert_close(missed, (pairs.x0 - pairs.x1) * share(pairs.dt))


def test_off_basis_residuals_count_by_their_weight(problem_of, training_of) -> None:
    x = RNG.normal(size=(50, 4)) * [2, 1, 0.1, 0.1]
    problem = problem_of({"control": {0.0: x, 1.0: x + np.eye(4)[0]}}, basis=2)
    training = training_of(make_field("mlp", problem.genes, dtype=torch.float64), problem)
    residual = RNG.normal(size=(1, 6, 4))
    weight = RNG.random((1, 6))
    v = problem.components.numpy()
    inside = ((residual @ v) ** 2).sum(-1)
    across = ((residual @ (np.eye(4) - v @ v.T)) ** 2).sum(-1)
    expected = (weight * (inside + 0.3 * across)).mean() / 2
    found = projected_square(training, torch.from_numpy(residual), 0.3, torch.from_numpy(weight))
    assert float(found) == pytest.approx(expected)
    alone = projected_square(training, torch.from_numpy(residual), 0.0)
    assert float(alone) == pytest.approx(inside.mean() / 2)


def test_noise_outside_the_basis_is_ignored(problem_of, training_of, generator) -> None:
    x = RNG.normal(size=(50, 4)) * [2, 1, 0.01, 0.01]
    problem = problem_of({"control": {0.0: x, 1.0: x + np.eye(4)[0]}}, basis=2)
    across = torch.eye(4).double() - problem.components @ problem.components.mT
    training = training_of(make_field("mlp", problem.genes, dtype=torch.float64), problem)
    push = 100 * across[2]

    class Pushed(VectorField):
        has_split = False

        def forward(self, t, x):
            return training.heads.field(t, x) + push

    pushed = replace(training, acting=Pushed(problem.genes))
    losses = [
        Match(off_basis=0.0).loss(which, 64, torch.Generator().manual_seed(1))["velocity"]
        for which in (training, pushed)
    ]
    torch.testing.assert_close(*losses)


@pytest.mark.parametrize("path", [Linear(), Shooting()], ids=["line", "shooting"])
def test_a_knocked_out_genes_equation_is_not_trained(problem_of, training_of, path) -> None:
    x = np.abs(RNG.normal(1, 0.2, (30, 3)))
    both = {"control": {0.0: x, 1.0: 1.5 * x}, "g0=ko": {0.0: x, 1.0: x * [0.5, 1.2, 1.2]}}
    problem = problem_of(both)
    knockout = replace(
        problem, conditions=problem.conditions[1:], by_condition=problem.by_condition[1:]
    )
    gradients = {}
    for name, which in (("both", problem), ("knockout", knockout)):
        field = make_field("linear", which.genes, dtype=torch.float64)
        with torch.no_grad():  # no regulation, so that g0 reaches no other gene's loss
            field.strength.zero_()
        training = training_of(field, which)
        loss = Match(path).loss(training, 64, torch.Generator().manual_seed(0))["velocity"]
        loss.backward()
        gradients[name] = field.edges.dense(field.strength.grad)
    assert (gradients["knockout"][0] == 0).all()
    assert (gradients["knockout"][1:] != 0).all()
    assert (gradients["both"] != 0).all()  # the control still teaches it, parameters are shared


def test_conditions_share_their_parameters(problem_of, training_of, with_knockout) -> None:
    problem = problem_of(with_knockout)
    field = make_field("linear", problem.genes, dtype=torch.float64)
    training = training_of(field, problem)
    assert training.acting is not field
    assert {id(p) for p in training.acting.parameters()} == {id(p) for p in field.parameters()}


def test_states_are_clipped_where_the_field_lives_in_the_orthant(
    problem_of, training_of, generator
) -> None:
    problem = problem_of({"control": {0.0: np.eye(3), 1.0: np.eye(3)[::-1]}})
    field = make_field("hill", problem.genes, dtype=torch.float64)
    seen = []
    field.register_forward_pre_hook(lambda _, args: seen.append(args[1]))
    training = training_of(field, problem)
    Match(Linear(sigma=1.0)).loss(training, 64, generator)
    assert seen[-1].min() == 0


def test_the_same_generator_gives_the_same_loss(problem_of, training_of, with_knockout) -> None:
    problem = problem_of(with_knockout)
    training = training_of(
        make_field("mlp", problem.genes, dtype=torch.float64), problem, ["score"]
    )
    losses = []
    for _ in range(2):
        torch.rand(1)
        terms = Match(BrownianBridge(0.1)).loss(training, 32, torch.Generator().manual_seed(3))
        losses.append({name: float(term.detach()) for name, term in terms.items()})
    assert losses[0] == losses[1]
    assert set(losses[0]) == {"velocity", "score"}


def test_what_a_match_learns_is_what_its_path_carries() -> None:
    assert Match().learns == ("velocity",)
    assert Match(BrownianBridge()).learns == ("velocity", "score")
    assert Match(Shooting()).learns == ("velocity",)
