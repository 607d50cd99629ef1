from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.errors import InputError, UnsupportedError
from hillflow.fields import make_field
from hillflow.objectives import Heads, Training, Variational
from hillflow.objectives.variational import slopes
from hillflow.transport import ExactOT, Unbalanced

RNG = np.random.default_rng(0)


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
        heads = Heads(make_field("mlp", problem.genes), potential=Known(factor))
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
    descend(training, Variational(growth_cost=alpha), steps=400, cells=400)
    x = torch.from_numpy(cells)
    for s in (0.2, 0.5, 0.8):
        growth = field.potential(x, 2 * s).detach() / alpha
        assert float(growth.mean()) == pytest.approx(2 / (1 + 2 * s) / 2, rel=0.1)
        assert field(2 * s, x).abs().mean() < 0.05


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
    with pytest.raises(InputError, match="growth_cost above 0"):
        Variational(growth_cost=0.0)
