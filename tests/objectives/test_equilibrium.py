"""Means, misfit and sparse effects against NumPy; a known law is recovered from rest states."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.screens_at_rest import GENES, rest, screen

from hillflow.data import Snapshots, leave_out_condition
from hillflow.errors import UnsupportedError
from hillflow.fields import make_field
from hillflow.model import Fit
from hillflow.objectives import Equilibrium, Heads, Training
from hillflow.objectives.equilibrium import Means, one_mean_loss, rest_loss
from hillflow.train import Setting, train
from hillflow.train.check import unpaired_problem

SETTING = Setting(validation_share=0.0, bootstrap=False, effort=0.3)


@pytest.fixture(scope="module")
def cells() -> Snapshots:
    return Snapshots.from_anndata(screen("A", "B", "C", "D", "E", "A+D"))


def training_of(cells: Snapshots) -> Training:
    field = make_field("linear", cells.genes, seed=0, dtype=torch.float64)
    training = Training.of(Heads.build(field, ()), unpaired_problem(cells, field))
    field.calibrate_(Means.of(training.problem).mean)
    return training


def test_means_and_their_errors(cells) -> None:
    problem = training_of(cells).problem
    means = Means.of(problem)
    groups = [cells.x[cells.rows(None, c)].astype(float) for c in problem.conditions]
    assert np.allclose(means.mean, [group.mean(0) for group in groups], atol=1e-6)
    pooled = sum(len(g) * g.var(0) for g in groups) / sum(len(g) - 1 for g in groups)
    assert np.allclose(means.spread, np.sqrt(pooled), atol=1e-6)
    assert np.allclose(means.error, means.spread / np.sqrt(100), atol=1e-6)


def test_the_loss_is_that_of_the_exact_fixed_points(cells) -> None:
    training = training_of(cells)
    field, means = training.heads.field, Means.of(training.problem)
    weight, basal = field.edge_weights().detach().numpy(), field.basal.detach().numpy()

    def fixed(*removed: str) -> np.ndarray:
        left, right = np.diag(field.decay_rate().detach()) - weight, basal.copy()
        for gene in removed:
            k = GENES.index(gene)
            left[k], right[k] = np.eye(5)[k], 0.0
        return np.linalg.solve(left, right)

    with torch.no_grad():
        terms = Equilibrium(effects=0.5).loss(training, 1, torch.Generator())
    misfit = np.array([fixed(*c.genes) for c in training.problem.conditions]) - means.mean.numpy()
    kept = np.array([[g not in c.genes for g in GENES] for c in training.problem.conditions])
    wanted = 0.5 * np.mean(kept * (misfit / means.error.numpy()) ** 2)
    assert float(terms["misfit"]) == pytest.approx(wanted, rel=1e-2)
    shift = np.array([fixed(gene) - fixed() for gene in GENES]) / means.typical.numpy()
    size = (np.sqrt(shift**2 + 0.01) - 0.1) * ~np.eye(5, dtype=bool)
    assert float(terms["effects"]) == pytest.approx(0.5 * size.sum() / misfit.size, rel=1e-2)
    assert rest_loss(training) == pytest.approx(
        np.mean(kept * (misfit / means.spread.numpy()) ** 2), rel=1e-2
    )
    apart = means.mean.numpy() - means.mean.numpy().mean(0)
    assert one_mean_loss(training) == pytest.approx(
        np.mean(kept * (apart / means.spread.numpy()) ** 2)
    )


@pytest.fixture(scope="module")
def known(cells) -> Snapshots:
    return leave_out_condition(cells, "A=ko,D=ko").train


@pytest.fixture(scope="module")
def fits(known) -> dict[str, Fit]:
    names = ("linear", "hill")
    return {name: train(name, known, "equilibrium", setting=SETTING) for name in names}


@pytest.mark.parametrize("name", ["linear", "hill"])
def test_rest_states_are_recovered_and_an_unseen_pair_is_predicted(known, fits, name) -> None:
    fit = fits[name]
    for condition in known.conditions:
        found = fit.predict(known, condition, absolute=True).x.mean(0)
        assert np.abs(found - rest(*condition.genes)).max() < 0.1
    predicted = fit.predict(known, "A=ko,D=ko", absolute=True).x.mean(0)
    additive = np.maximum(rest("A") + rest("D") - rest(), 0)
    error = np.abs(predicted - rest("A", "D")).mean()
    assert error < 0.1
    assert error < 0.3 * np.abs(additive - rest("A", "D")).mean()


def test_the_weights_per_decay_are_those_of_the_law(fits) -> None:
    fit = fits["linear"]
    weight = fit.field.edge_weights().detach().numpy()
    weight /= fit.field.decay_rate().detach().numpy()[:, None]
    for target, source, value in [(1, 0, 0.8), (2, 1, -0.5), (3, 0, 0.6), (4, 3, 0.7)]:
        assert weight[target, source] == pytest.approx(value, abs=0.12)


def test_cells_of_several_times_and_cells_at_rest_need_their_own_method(cells) -> None:
    with pytest.raises(UnsupportedError, match="'equilibrium'"):
        train("linear", cells, "default")
    moving = Snapshots.from_arrays(cells.x[:200], np.repeat([0, 1], 100), cells.genes)
    with pytest.raises(UnsupportedError, match="cells of several times"):
        train("linear", moving, "equilibrium")
    with pytest.raises(UnsupportedError, match="linear decay"):
        train("mlp", cells, "equilibrium")
