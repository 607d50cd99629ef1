"""The score of a population whose flow and growth are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.errors import InputError, UnsupportedError
from hillflow.fields import VectorField
from hillflow.objectives import (
    Diffusion,
    FlowScore,
    Heads,
    Rollout,
    StateFunction,
    Training,
)
from hillflow.transport import Independent

SPREAD, TILT = 0.5, 1.2


class Narrowing(VectorField):
    """g0 comes together as e^{−t/2}, g1 stays."""

    has_split = False

    def forward(self, t, x):
        return x * torch.tensor([-0.5, 0.0]).to(x)


class Still(VectorField):
    """Cells stay."""

    has_split = False

    def __init__(self, genes) -> None:
        super().__init__(genes)
        self.register_buffer("zero", torch.zeros((), dtype=torch.float64))

    def forward(self, t, x):
        return self.zero * x


class Tilted(torch.nn.Module):
    """Cells with more of g1 divide faster."""

    def forward(self, x, t=None):
        return TILT * x[..., 1]


@pytest.fixture
def training(problem_of) -> Training:
    rng = np.random.default_rng(0)
    line = {t: SPREAD * rng.normal(size=(1000, 2)) for t in (0.0, 1.0)}
    problem = problem_of({"control": line}, Independent())
    score = StateFunction(2, 2, dtype=torch.float64, slope=True)
    score.calibrate_(problem.states, (0.0, 1.0))
    heads = Heads(Narrowing(problem.genes), score=score, growth=Tilted())
    return Training.of(heads, problem)


def test_the_score_is_that_of_cells_that_moved_and_multiplied(training, descend) -> None:
    descend(training, FlowScore(), steps=150, cells=400, rate=2e-2)
    x = torch.from_numpy(SPREAD * np.random.default_rng(1).normal(size=(400, 2)))
    for t in (0.2, 0.7):
        with torch.no_grad():
            found = training.heads.score(x, t).numpy()
        # growth a·x tilts a Gaussian, whose mean moves by a t S²
        truth = np.stack([
            -x[:, 0] / (SPREAD**2 * np.exp(-t)),
            -(x[:, 1] - TILT * t * SPREAD**2) / SPREAD**2,
        ], axis=1)  # fmt: skip
        off = np.abs(found - truth).mean(0)
        assert (off < 0.3 * np.abs(truth).mean(0)).all()
        without = np.abs(found[:, 1] + x[:, 1].numpy() / SPREAD**2).mean()
        assert t < 0.5 or off[1] < 0.5 * without  # weights matter


def test_the_energy_of_noisy_cells_is_that_of_their_drift(problem_of, generator) -> None:
    class Known(torch.nn.Module):
        def forward(self, x, t=None):
            return torch.tensor([2.0, -1.0]).to(x).expand_as(x)

    line = {t: np.random.default_rng(0).normal(size=(30, 2)) for t in (0.0, 2.0)}
    problem = problem_of({"control": line, "g0=deg:0": line})
    heads = Heads(Still(problem.genes), score=Known(), diffusion=Diffusion(0.6).double())
    terms = Rollout(energy=1.0).loss(Training.of(heads, problem), 60, generator)
    # ∫₀² ‖σ²s/2‖² dt of control cells, 0 of perturbed ones, whose score is not known
    expected = (2 * (0.18**2) * 5 + 0) / 2
    assert float(terms["energy"].detach()) == pytest.approx(expected, rel=1e-6)


def test_what_has_no_score_is_refused(problem_of, training, with_knockout) -> None:
    plain = Training.of(Heads(training.heads.field), training.problem)
    with pytest.raises(UnsupportedError, match="score head"):
        FlowScore().check(plain)
    with pytest.raises(InputError, match="noise above 0"):
        FlowScore(noise=0.0)
    perturbed = problem_of({"g0=deg:0": with_knockout["control"]})
    score = StateFunction(3, 3, slope=True)
    heads = Heads(Narrowing(perturbed.genes), score=score)
    with pytest.raises(InputError, match="control cells"):
        FlowScore().check(Training.of(heads, perturbed))
