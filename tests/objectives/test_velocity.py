"""Regression on RNA velocities, against NumPy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from hillflow.data import Snapshots
from hillflow.errors import InputError
from hillflow.fields import make_field
from hillflow.objectives import Heads, Match, Rollout, Training, Velocity, WithVelocity, make_method
from hillflow.objectives.measured_velocity import MeasuredVelocity, scored_genes, velocity_spread
from hillflow.objectives.no_change import no_change_objective
from hillflow.objectives.velocity import velocity_loss, velocity_scale
from hillflow.train.check import uncoupled_problem, unpaired_problem

GENES = ("A", "B", "C")


def seed(number: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(number)


@pytest.fixture
def cells() -> Snapshots:
    """Two conditions at two times; the velocity of C is known in every second cell."""
    random = np.random.default_rng(0)
    x = random.random((80, 3))
    velocity = random.normal(0.3, [1.0, 20.0, 0.1], (80, 3))
    velocity[::2, 2] = np.nan
    return Snapshots.from_arrays(
        x, np.tile([0.0, 1.0], 40), GENES, ["control"] * 40 + ["A=ko"] * 40, velocity=velocity
    )


@pytest.fixture
def field():
    return make_field("linear", GENES, dtype=torch.float64, seed=3)


def training_of(cells, field) -> Training:
    return Training.of(Heads(field), unpaired_problem(cells, field))


def arrays(cells, field, rows):
    """Field and velocity by the spread of each gene, and what is scored, by NumPy."""
    spread = np.nanstd(cells.velocity, axis=0)
    f = np.empty((len(rows), 3))
    for k, row in enumerate(rows):
        acting = field.do("A=ko") if cells.condition[row] else field
        with torch.no_grad():
            f[k] = acting(0.0, torch.from_numpy(cells.x[row]))
    v = cells.velocity[rows]
    scored = np.isfinite(v) & ~((cells.condition[rows] == 1)[:, None] & [True, False, False])
    return f / spread, np.nan_to_num(v) / spread, scored


def test_the_spread_is_that_of_known_velocities(cells):
    np.testing.assert_allclose(velocity_spread(cells.velocity), np.nanstd(cells.velocity, axis=0))
    fixed = cells.velocity.copy()
    fixed[:, 1] = 0.7
    fixed[:, 2] = np.nan
    assert scored_genes(fixed).tolist() == [True, False, False]


def test_drawn_cells_are_those_of_their_condition(cells, field):
    problem = unpaired_problem(cells, field)
    batch = problem.velocities.draw(problem.states, 40, seed())
    assert batch.x.shape == (2, 20, 3)
    assert batch.t.shape == (2, 20)
    for k in (0, 1):
        own = {tuple(row) for row in cells.x[cells.condition == k]}
        assert {tuple(row) for row in batch.x[k].numpy()} <= own


def test_cells_without_weight_are_not_drawn(cells, field):
    weights = (np.arange(80) % 4 < 2).astype(float)
    problem = unpaired_problem(replace(cells, weights=weights), field)
    batch = problem.velocities.draw(problem.states, 400, seed())
    kept = {tuple(row) for row in cells.x[weights > 0]}
    assert {tuple(row) for row in batch.x.flatten(0, 1).numpy()} <= kept


def test_the_loss_is_what_numpy_computes(cells, field):
    training = training_of(cells, field)
    f, v, scored = arrays(cells, field, np.arange(80))
    expected = ((f - v)[scored] ** 2).mean()
    share = np.nanvar(cells.velocity, axis=0).mean()
    loss = Velocity().loss(training, 400_000, seed())["velocity"]
    assert float(loss.detach()) == pytest.approx(share * expected, rel=0.02)
    assert velocity_loss(training) == pytest.approx(expected, rel=0.2)  # of 4,096 drawn cells


def test_beside_snapshots_the_scale_is_the_best(cells, field):
    problem = uncoupled_problem(cells, field, make_method("default"))
    training = Training.of(Heads(field), problem)
    f, v, scored = arrays(cells, field, np.arange(80))
    inverse = (f * v)[scored].sum() / (f * f)[scored].sum()
    cosine = (f * v)[scored].sum() / np.sqrt((f * f)[scored].sum() * (v * v)[scored].sum())
    inverse = max(inverse, 0.01 * inverse / cosine)
    objective = WithVelocity(Match(), weight=0.5)
    objective.prepare(training, 0)
    terms = objective.loss(training, 400_000, seed())
    expected = (
        0.5 * no_change_objective(training, Match()) * ((inverse * f - v)[scored] ** 2).mean()
    )
    assert set(terms) == {"velocity", "rna_velocity"}
    assert float(terms["rna_velocity"].detach()) == pytest.approx(expected, rel=0.02)


def test_the_term_does_not_depend_on_the_unit_of_the_velocities(cells, field):
    values, scales = [], []
    for factor in (1.0, 7.0):
        own = replace(cells, velocity=factor * np.abs(cells.velocity))
        with torch.no_grad():
            field.level.fill_(5.0)  # moves as the velocities do
        problem = uncoupled_problem(own, field, make_method("default"))
        training = Training.of(Heads(field), problem)
        objective = WithVelocity(Match())
        objective.prepare(training, 0)
        values.append(float(objective.loss(training, 64, seed())["rna_velocity"].detach()))
        scales.append(velocity_scale(training))
    assert values[0] == pytest.approx(values[1], rel=1e-9)
    assert scales[0] == pytest.approx(7 * scales[1], rel=1e-9)


def test_a_field_that_points_away_is_turned_not_silenced(cells, field):
    """The scale stays positive, and the gradient increases ⟨f, v⟩."""
    moved = replace(cells, velocity=np.full_like(cells.velocity, -1.0) + 0.1 * cells.x)
    with torch.no_grad():
        field.level.fill_(50.0)
    problem = uncoupled_problem(moved, field, make_method("default"))
    training = Training.of(Heads(field), problem)
    assert velocity_scale(training) > 0
    objective = WithVelocity(Match())
    objective.prepare(training, 0)
    objective.loss(training, 64, seed())["rna_velocity"].backward()
    assert (field.level.grad > 0).all()  # a step down lowers the production


def test_no_change_is_the_speed_of_pairs_or_the_distance_of_populations(cells, field):
    problem = uncoupled_problem(cells, field, make_method("default"))
    training = Training.of(Heads(field), problem)
    squares = []
    for data, kept in zip(problem.by_condition, problem.kept, strict=True):
        move = problem.states[data.target] - problem.states[data.source]
        squares.append((move / data.dt[:, None] * kept).square().mean())
    expected = float(torch.stack(squares).mean())
    assert no_change_objective(training, Match()) == pytest.approx(expected)
    far = replace(problem, states=problem.states.clone())
    later = np.flatnonzero(cells.time == 1)
    far.states[later] += 10
    moved = no_change_objective(Training.of(Heads(field), far), Rollout())
    assert moved > 10 * no_change_objective(training, Rollout()) > 0


def test_cells_without_velocities_are_refused(cells, field):
    training = training_of(replace(cells, velocity=None), field)
    for objective in (Velocity(), WithVelocity(Match())):
        with pytest.raises(InputError, match="velocity_layer"):
            objective.check(training)
    assert (
        MeasuredVelocity.of(replace(cells, velocity=None), cells.conditions, torch.float64) is None
    )


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf])
def test_a_weight_is_finite_and_not_negative(weight):
    with pytest.raises(InputError, match="weight"):
        WithVelocity(Match(), weight)


def test_methods_know_whether_velocities_are_beside_snapshots():
    assert not make_method("velocity").couples
    assert not make_method("velocity").beside_velocity
    method = make_method("default").with_velocity(0.5)
    assert method.couples
    assert method.beside_velocity
    assert [stage.objective.weight for stage in method.stages] == [0.5, 0.5]
