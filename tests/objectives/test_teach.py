from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.errors import GeneNameError, UnsupportedError
from hillflow.fields import VectorField, make_field
from hillflow.objectives import Heads, Teach, Training
from hillflow.transport import ExactOT


class Relax(VectorField):
    """ẋ = b − γ x."""

    has_split = False
    level = torch.tensor([1.0, 0.5, 2.0], dtype=torch.float64)
    rate = torch.tensor([0.5, 1.0, 0.2], dtype=torch.float64)

    def forward(self, t, x):
        return self.level - self.rate * x


@pytest.fixture
def problem(problem_of):
    x, y = np.random.default_rng(0).gamma(2.0, 0.5, (2, 300, 3))
    return problem_of({"control": {0.0: x, 1.0: 0.8 * y + 0.3}}, ExactOT(), orthant=True)


def test_a_student_learns_its_teachers_law(problem, training_of, descend) -> None:
    student = make_field("linear", problem.genes, dtype=torch.float64)
    teacher = Relax(problem.genes)
    descend(training_of(student, problem), Teach(teacher), steps=300, rate=0.1)
    x = problem.states[:100]
    with torch.no_grad():
        off = (student(None, x) - teacher(None, x)).square().mean().sqrt()
    assert off < 0.02


def test_the_teacher_stays_as_it_is(problem, training_of, descend) -> None:
    teacher = make_field("mlp", problem.genes, dtype=torch.float64)
    before = {name: value.clone() for name, value in teacher.state_dict().items()}
    training = training_of(make_field("linear", problem.genes, dtype=torch.float64), problem)
    descend(training, Teach(teacher), steps=3)
    assert all(torch.equal(before[name], value) for name, value in teacher.state_dict().items())
    assert all(parameter.grad is None for parameter in teacher.parameters())


def test_a_model_may_learn_from_its_own_potential(problem, training_of, descend) -> None:
    class Bowl(torch.nn.Module):  # ∇s = b − γ x
        def forward(self, x, t=None):
            return (Relax.level * x - 0.5 * Relax.rate * x.square()).sum(-1)

        def calibrate_(self, x):
            pass

    field = make_field("linear", problem.genes, dtype=torch.float64)
    training = training_of(field, problem)
    training.heads.potential = Bowl()
    descend(training, Teach(), steps=300, rate=0.1)
    x = problem.states[:100]
    with torch.no_grad():
        off = (field(None, x) - Relax(problem.genes)(None, x)).square().mean().sqrt()
    assert off < 0.02


def test_under_an_intervention_the_teacher_is_intervened(problem_of, with_knockout) -> None:
    problem = problem_of(with_knockout)
    teacher = Relax(problem.genes)
    training = Training.of(Heads(teacher), problem)
    objective = Teach(teacher)
    objective.prepare(training, 0)
    loss = objective.loss(training, 64, torch.Generator().manual_seed(0))
    assert float(loss["velocity"]) == 0  # as its own teacher, in both conditions


def test_a_teacher_of_other_genes_is_refused(problem) -> None:
    training = Training.of(Heads(make_field("linear", problem.genes)), problem)
    with pytest.raises(GeneNameError, match="fit the teacher on the same genes"):
        Teach(make_field("mlp", ("x", "y", "z"))).check(training)
    with pytest.raises(UnsupportedError, match="potential head"):
        Teach().check(training)
