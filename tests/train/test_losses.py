from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from hillflow.objectives.heads import Heads
from hillflow.objectives.problem import acting
from hillflow.objectives.registry import make_method
from hillflow.train.losses import no_change_loss, validation_loss
from hillflow.train.prepare import prepare
from hillflow.transport import make_divergence

from ..small_fits import GENES, TIMES, Law, flow
from .test_train import perturbed


def bound(training, field):
    return replace(training, heads=Heads(field), acting=acting(field, training.problem))


@pytest.fixture
def training(cells):
    from hillflow.fields import make_field

    field = make_field("linear", GENES, dtype=torch.float64)
    return prepare(field, cells, make_method("ot-cfm")).training


def test_no_motion_is_the_distance_between_populations(training):
    populations = [training.problem.states[rows] for rows in training.problem.by_condition[0].rows]
    energy = make_divergence("energy")
    expected = np.mean([float(energy(populations[k], populations[k + 1])) for k in (0, 1)])
    assert no_change_loss(training, cells=54) == pytest.approx(expected, rel=1e-6)


def test_the_true_law_lands_at_the_noise_of_sampling(training):
    error = validation_loss(bound(training, Law()))
    halves = training.problem.states[:54]
    floor = float(make_divergence("energy")(halves[:27], halves[27:]))
    assert error < floor
    assert error < 0.05 * no_change_loss(training)


def test_the_same_call_gives_the_same_number(training):
    assert validation_loss(training) == validation_loss(training)
    assert torch.is_grad_enabled()


def test_units_that_are_followed_are_compared_with_themselves(courses):
    from hillflow.fields import make_field

    field = make_field("linear", GENES, dtype=torch.float64)
    training = prepare(field, courses, make_method("endpoint")).training
    assert validation_loss(bound(training, Law()), steps=40) < 1e-6
    pairs = training.problem.draw_pairs(16 * 256, torch.Generator().manual_seed(0))
    assert no_change_loss(training) == pytest.approx(float((pairs.x1 - pairs.x0).square().mean()))
    start = courses.x[courses.time == TIMES[0]]
    np.testing.assert_allclose(courses.x[courses.time == TIMES[1]], flow(start, 1.0))


def test_a_gene_that_was_acted_on_is_not_judged():
    from hillflow.fields import make_field

    data = perturbed("A=ko", control=False)
    field = make_field("linear", GENES)
    training = prepare(field, data, make_method("ot-cfm")).training
    still = no_change_loss(training)
    training.problem.states[:, 0] += torch.linspace(0, 50, len(training.problem.states))
    assert no_change_loss(training) == pytest.approx(still, rel=1e-5)


@pytest.mark.parametrize(("asked", "each"), [(54, 54), (3000, 4096 // 2)])
def test_of_many_populations_fewer_cells_are_drawn(training, monkeypatch, asked, each):
    """Two intervals and 162 cells: at most 4,096 are drawn."""
    drawn = []
    draw = type(training.problem).draw_rows

    def counted(self, data, index, cells, generator):
        drawn.append(cells)
        return draw(self, data, index, cells, generator)

    monkeypatch.setattr(type(training.problem), "draw_rows", counted)
    validation_loss(training, cells=asked)
    assert set(drawn) == {each}
