from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from hillflow.errors import UnsupportedError
from hillflow.fields import make_field
from hillflow.objectives import (
    Growth,
    Heads,
    Kinetic,
    Potential,
    Training,
    Variational,
    WFRDirac,
)
from hillflow.objectives.variational import slopes
from hillflow.transport import ExactOT, Independent, Unbalanced

RNG = np.random.default_rng(0)
LEFT, RIGHT = np.array([-2.0, 1.0]), np.array([2.0, 1.0])


def landscape(problem, **options):
    return make_field(
        "potential", problem.genes, hidden=(24, 24), time_scale=2.0, dtype=torch.float64, **options
    )


def test_a_translation_is_recovered(problem_of, training_of, descend) -> None:
    start, shift = RNG.normal(size=(400, 2)), np.array([2.0, -1.0])
    problem = problem_of({"control": {0.0: start, 2.0: start + shift}}, ExactOT())
    field = landscape(problem)
    descend(training_of(field, problem), Variational(), steps=400, cells=512)
    for s in (0.2, 0.5, 0.8):
        x = torch.from_numpy(start[:200] + s * shift)
        with torch.no_grad():
            off = field(2 * s, x) - torch.from_numpy(shift / 2)
        assert off.square().mean().sqrt() < 0.15 * np.linalg.norm(shift / 2)


def test_a_scaling_is_recovered(problem_of, training_of, descend) -> None:
    # N(0, 1) to N(0, 9) along the optimal plan: x_s = (1 + 2s) x0, velocity 2 x / (1 + 2s) / Δ
    start = RNG.normal(size=(400, 2))
    problem = problem_of({"control": {0.0: start, 2.0: 3 * start}}, ExactOT())
    field = landscape(problem)
    descend(training_of(field, problem), Variational(), steps=600, cells=512)
    wrong = size = 0.0
    for s in (0.2, 0.5, 0.8):
        x = torch.from_numpy((1 + 2 * s) * start)
        truth = torch.from_numpy(start)
        with torch.no_grad():
            wrong += float((field(2 * s, x) - truth).square().sum())
        size += float(truth.square().sum())
    assert (wrong / size) ** 0.5 < 0.2


def test_the_action_of_the_truth_is_known_and_least(problem_of, generator) -> None:
    # v = c: s = c·x − ½|c|² t solves ∂_t s + ½|∇s|² = 0, so the action is E s(x0) − E s(x1)
    # = −½ |x1 − x0|²/Δ; any multiple of s does worse
    start, shift = RNG.normal(size=(200, 2)), np.array([2.0, -1.0])
    problem = problem_of({"control": {0.0: start, 2.0: start + shift}}, ExactOT())
    c = torch.from_numpy(shift / 2)

    class Known(torch.nn.Module):
        def __init__(self, factor: float) -> None:
            super().__init__()
            self.factor = factor

        def forward(self, x, t=None):
            return self.factor * (x @ c - 0.5 * c.square().sum() * t)

    actions = []
    for factor in (1.0, 0.8, 1.2):
        heads = Heads(make_field("mlp", problem.genes, dtype=c.dtype), potential=Known(factor))
        training = Training.of(heads, problem)
        actions.append(float(Variational().loss(training, 200, generator)["action"].detach()))
    assert actions[0] == pytest.approx(-0.5 * 5 / 2)
    assert actions[0] < min(actions[1:])


def test_growth_alone_is_found_by_the_unbalanced_action(problem_of, training_of, descend) -> None:
    # everything triples where it is: mass 1 + 2s, so s/α = growth 2/(1 + 2s)/Δ and ∇s = 0
    cells = RNG.normal(size=(200, 2))
    problem = problem_of({"control": {0.0: cells, 2.0: cells}}, ExactOT())
    (data,) = problem.by_condition
    data.mass.fill_(3.0)
    field, alpha = landscape(problem), 0.5
    training = training_of(field, problem)
    field.scale.fill_(1.0)  # no velocity in the data to take a scale from
    descend(training, Variational(lagrangian=Growth(alpha)), steps=400, cells=400)
    x = torch.from_numpy(cells)
    for s in (0.2, 0.5, 0.8):
        growth = field.potential(x, 2 * s).detach() / alpha
        assert float(growth.mean()) == pytest.approx(2 / (1 + 2 * s) / 2, rel=0.1)
        assert field(2 * s, x).abs().mean() < 0.05


def whitened(cells: int, seed: int) -> np.ndarray:
    """Cells with the very mean 0 and covariance 1."""
    z = np.random.default_rng(seed).normal(size=(cells, 2))
    z -= z.mean(0)
    return np.linalg.solve(np.linalg.cholesky(np.cov(z.T, bias=True)), z.T).T


def off(field, motion) -> float:
    """Root mean square error of the velocities, relative to them, at five times of a motion.

    `motion` gives states and velocities at a time.
    """
    wrong = size = 0.0
    for t in (0.2, 0.6, 1.0, 1.4, 1.8):
        x, truth = (torch.from_numpy(one) for one in motion(t))
        with torch.no_grad():
            wrong += float((field(t, x) - truth).square().sum())
        size += float(truth.square().sum())
    return (wrong / size) ** 0.5


def test_moved_paths_find_optimal_transport_from_independent_pairs(
    problem_of, training_of, descend
) -> None:
    # N(0, 1) to N(2e, 9) by x_s = (1 + 2s) z + 2s e; on the lines between independent cells the
    # variance is (1 − s)² + 9s² in place of (1 + 2s)², and the velocity another
    z, e = whitened(300, 0), np.array([2.0, 0.0])
    problem = problem_of({"control": {0.0: z, 2.0: 3 * whitened(300, 1) + e}}, Independent())
    errors = []
    for moves in (False, True):
        field = landscape(problem)
        training = training_of(field, problem, ("path",) * moves)
        descend(training, Variational(moves_paths=moves), steps=250, cells=150)
        errors.append(off(field, lambda t: ((1 + t) * z + t / 2 * e, z + e / 2)))
    assert errors[0] > 0.3
    assert errors[1] < 0.25
    pairs = problem.draw_pairs(2000, torch.Generator().manual_seed(1))
    with torch.no_grad():
        bow, _ = training.heads.path(pairs.x0, pairs.x1, torch.ones_like(pairs.dt))
    spread = (torch.lerp(pairs.x0, pairs.x1, 0.5) + bow)[0].std(0).mean()
    assert float(spread) == pytest.approx(2.0, rel=0.12)  # 1.58 on lines


def test_a_quadratic_potential_bends_paths_as_it_should(problem_of, training_of, descend) -> None:
    # V = ½ω²|x|²: ẍ = ω² x, so x(t) = (x0 sinh ω(T − t) + x1 sinh ωt) / sinh ωT
    omega, last, z = 1.2, 2.0, 0.4 * whitened(200, 0)
    x0, x1 = z + LEFT, z + RIGHT
    problem = problem_of({"control": {0.0: x0, last: x1}}, ExactOT())

    def motion(t: float) -> tuple[np.ndarray, np.ndarray]:
        a, b, size = omega * (last - t), omega * t, math.sinh(omega * last)
        x = (x0 * math.sinh(a) + x1 * math.sinh(b)) / size
        return x, omega * (x1 * math.cosh(b) - x0 * math.cosh(a)) / size

    field, cost = landscape(problem), Potential(lambda t, x: 0.5 * omega**2 * x.square().sum(-1))
    training = training_of(field, problem, ("path",))
    descend(training, Variational(lagrangian=cost, moves_paths=True), steps=250, cells=150)
    assert off(field, motion) < 0.25  # 0.33 on straight lines, on which cells do not go down
    for t, sign in ((0.2, -1), (1.8, 1)):
        with torch.no_grad():
            vertical = float(field(t, torch.from_numpy(motion(t)[0]))[:, 1].mean())
        assert 0.3 < sign * vertical < 1.1  # 0.74


def test_moved_masses_find_the_geodesic_of_growth(problem_of, training_of, descend) -> None:
    # everything triples where it is, at the least cost of growth: mass (1 + (√3 − 1) s)², where
    # the given path has 1 + 2s
    cells = whitened(200, 0)
    problem = problem_of({"control": {0.0: cells, 2.0: cells}}, ExactOT())
    (data,) = problem.by_condition
    data.mass.fill_(3.0)
    field, cost = landscape(problem), Growth(0.5)
    training = training_of(field, problem, ("path", "growth"))
    field.scale.fill_(1.0)
    descend(training, Variational(lagrangian=cost, moves_paths=True), steps=300, cells=200)
    x, root = torch.from_numpy(cells), math.sqrt(3) - 1
    for s in (0.0, 0.5, 1.0):  # on the given path 1, 0.5, 0.33
        truth = root / (1 + root * s)
        with torch.no_grad():
            growth = field.potential(x, 2 * s) / 0.5
            learned = training.heads.growth(x, 2 * s)
        assert float(growth.mean()) == pytest.approx(truth, rel=0.2)
        assert float((learned - growth).abs().mean()) < 0.1 * truth


def test_growth_and_motion_of_a_dirac_are_those_of_the_geodesic(
    problem_of, training_of, descend
) -> None:
    # m(s) = A s² − 2B s + 1 and x(s) = 2δ atan2(τ q s, 1 − B s) along the line (`WFRDirac`)
    cells, mass, shift = 0.15 * whitened(200, 0), 2.0, np.array([1.2, 0.0])
    problem = problem_of({"control": {0.0: cells, 2.0: cells + shift}}, ExactOT())
    (data,) = problem.by_condition
    data.mass.fill_(mass)
    field, lam = landscape(problem), 1.0
    training = training_of(field, problem)
    field.scale.fill_(1.0)
    objective = Variational(WFRDirac(delta=1.0), lagrangian=Growth(lam))
    descend(training, objective, steps=300, cells=200)
    tau = math.tan(0.6)
    q = math.sqrt(mass / (1 + tau**2))
    a, b = mass + 1 - 2 * q, 1 - q
    for s in (0.25, 0.5, 0.75):
        here = a * s**2 - 2 * b * s + 1
        moved = 2 * math.atan2(tau * q * s, 1 - b * s) / 1.2
        x = torch.from_numpy(cells + moved * shift)
        with torch.no_grad():
            growth, velocity = field.potential(x, 2 * s) / lam, field(2 * s, x)
        assert float(velocity[:, 0].mean()) == pytest.approx(tau * q / here, rel=0.1)
        assert float(growth.mean()) == pytest.approx((a * s - b) / here, abs=0.08)


def test_a_field_beside_the_potential_learns_its_velocity(problem_of, training_of, descend) -> None:
    # ½|v − c|²: the best motion of a translation is the translation, and ∇s what c lacks of it
    z, shift, c = whitened(200, 0), np.array([2.0, -1.0]), torch.tensor([0.4, 0.5]).double()
    problem = problem_of({"control": {0.0: z, 2.0: z + shift}}, ExactOT())

    class Wind(Kinetic):
        slope_is_velocity = False

        def cost(self, t, x, v):
            return super().cost(t, x, v - c)

        def hamiltonian(self, t, x, p):
            return super().hamiltonian(t, x, p) + p @ c

    field = make_field("linear", problem.genes, dtype=torch.float64)
    training = training_of(field, problem, ("potential",))
    descend(training, Variational(lagrangian=Wind()), steps=250, cells=200)
    x = torch.from_numpy(z + shift / 2)
    truth = torch.from_numpy(shift / 2)
    slope = slopes(training.heads.potential, x, torch.ones(()))[2].detach()
    assert (slope.mean(0) - (truth - c)).norm() < 0.1 * truth.norm()
    assert (field(1.0, x).detach().mean(0) - truth).norm() < 0.15 * truth.norm()
    with pytest.raises(UnsupportedError, match="do not move by the slope"):
        Variational(lagrangian=Wind()).check(training_of(landscape(problem), problem))


def test_slopes_are_those_of_the_function() -> None:
    x = torch.randn(4, 3, dtype=torch.float64)
    t = torch.rand(4, dtype=torch.float64)
    with torch.no_grad():
        value, along_t, along_x = slopes(lambda x, t: t**2 * x.square().sum(-1), x, t)
    torch.testing.assert_close(value.detach(), t**2 * x.square().sum(-1))
    torch.testing.assert_close(along_t.detach(), 2 * t * x.square().sum(-1))
    torch.testing.assert_close(along_x.detach(), 2 * t.square().unsqueeze(-1) * x)
    _, still, _ = slopes(lambda x, t: x.sum(-1), x, t)
    assert (still == 0).all()


def test_a_potential_is_needed_and_no_perturbed_cells(problem_of, drifting, with_knockout) -> None:
    problem = problem_of(drifting)
    with pytest.raises(UnsupportedError, match="potential head"):
        Variational().check(Training.of(Heads(make_field("mlp", problem.genes)), problem))
    perturbed = problem_of(with_knockout, Unbalanced())
    with pytest.raises(UnsupportedError, match="g0=knockout"):
        Variational().check(Training.of(Heads(landscape(perturbed)), perturbed))
