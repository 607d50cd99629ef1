from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.data import Trajectories
from hillflow.errors import InputError, UnsupportedError
from hillflow.fields import CandidateEdges, make_field
from hillflow.objectives import Heads, Match, Shooting, Training, WithPrior, trajectory_problem

EDGES = CandidateEdges([0, 1, 2], [1, 2, 0], 3, sign=[1, -1, 1])


@pytest.fixture
def problem():
    x = np.random.default_rng(0).random((10, 4, 3))
    data = Trajectories.from_arrays(x, np.arange(4.0), list("abc"), unit="h")
    return trajectory_problem(data, orthant=False, dtype=torch.float64)


def test_the_prior_is_what_numpy_computes_on_the_datas_range(problem) -> None:
    field = make_field("linear", problem.genes, dtype=torch.float64, seed=3)
    training = Training.of(Heads(field), problem)
    objective = WithPrior(Match(Shooting()), EDGES, strength=0.7, states=200_000)
    objective.check(training)
    objective.prepare(training, 0)
    generator = torch.Generator().manual_seed(1)
    terms = objective.loss(training, 16, generator)
    assert set(terms) == {"velocity", "prior"}

    rng = np.random.default_rng(5)
    low, high = problem.states.numpy().min(0), problem.states.numpy().max(0)
    x = rng.uniform(low, high, (200_000, 3))
    signs = np.zeros((3, 3))
    signs[[0, 1, 2], [1, 2, 0]] = [1, -1, 1]  # [source, target]
    production = field.production(torch.from_numpy(x)).detach().numpy()
    expected = 0.7 * ((production - x @ signs) ** 2).mean()
    assert float(terms["prior"].detach()) == pytest.approx(expected, rel=0.01)


def test_a_strong_prior_wins(problem, training_of, descend) -> None:
    field = make_field("linear", problem.genes, dtype=torch.float64)
    objective = WithPrior(Match(Shooting()), EDGES, strength=1e4)
    descend(training_of(field, problem), objective, steps=300, rate=0.05)
    found = field.edge_weights().detach()
    expected = EDGES.dense(EDGES.sign.double())
    torch.testing.assert_close(found, expected, atol=0.05, rtol=0)


def test_weights_stand_in_for_signs(problem) -> None:
    field = make_field("linear", problem.genes, dtype=torch.float64, seed=3)
    training = Training.of(Heads(field), problem)
    losses = []
    for weights in (None, torch.tensor([1.0, 1.0, -1.0]), torch.tensor([5.0, 0.0, 2.0])):
        objective = WithPrior(Match(Shooting()), EDGES, weights)
        objective.prepare(training, 0)
        terms = objective.loss(training, 16, torch.Generator().manual_seed(1))
        losses.append(float(terms["prior"].detach()))
    assert EDGES.sign.tolist() == [1, 1, -1]  # sorted by target
    assert losses[0] == losses[1]
    assert losses[2] != losses[0]


def test_random_states_come_from_the_generator(problem) -> None:
    field = make_field("linear", problem.genes, dtype=torch.float64)
    training = Training.of(Heads(field), problem)
    objective = WithPrior(Match(Shooting()), EDGES)
    objective.prepare(training, 0)
    assert objective.learns == ("velocity",)
    first, second, other = (
        float(objective.loss(training, 16, torch.Generator().manual_seed(seed))["prior"].detach())
        for seed in (1, 1, 2)
    )
    assert first == second != other


def test_what_a_prior_needs(problem) -> None:
    objective = WithPrior(Match(Shooting()), EDGES)
    with pytest.raises(UnsupportedError, match="leave the prior out"):
        objective.check(Training.of(Heads(make_field("mlp", problem.genes)), problem))
    large = WithPrior(Match(Shooting()), CandidateEdges([0], [4], 5))
    with pytest.raises(InputError, match="among 3 genes"):
        large.check(Training.of(Heads(make_field("linear", problem.genes)), problem))
    with pytest.raises(InputError, match="one weight for each of 3 edges"):
        WithPrior(Match(), EDGES, torch.ones(2))
    with pytest.raises(InputError, match="strength"):
        WithPrior(Match(), EDGES, strength=-1.0)
