"""Small training problems, and a plain descent that knows nothing of `hillflow.train`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from torch import Tensor

from hillflow.data import Snapshots
from hillflow.fields import VectorField
from hillflow.objectives import Heads, Objective, Problem, Training, snapshot_problem
from hillflow.objectives.base import Terms
from hillflow.transport import Coupling, ExactOT, fit_plan

Populations = dict[str, dict[float, np.ndarray]]


def problem_of(
    populations: Populations,
    coupling: Coupling | None = None,
    *,
    basis: int | None = None,
    weights: np.ndarray | None = None,
    orthant: bool = False,
    dtype: torch.dtype = torch.float64,
) -> Problem:
    """The problem of populations by condition and time; genes are g0, g1, …"""
    blocks = [
        (condition, time, np.asarray(x))
        for condition, line in populations.items()
        for time, x in line.items()
    ]
    x = np.concatenate([block for _, _, block in blocks])
    snapshots = Snapshots.from_arrays(
        x,
        np.repeat([time for _, time, _ in blocks], [len(block) for *_, block in blocks]),
        [f"g{k}" for k in range(x.shape[1])],
        [condition for condition, _, block in blocks for _ in block],
        unit="h",
        scale="unknown",
        min_cells=2,
        weights=weights,
    ).with_basis(x.shape[1] if basis is None else basis)
    plan = fit_plan(snapshots, coupling or ExactOT(), seed=0)
    return snapshot_problem(snapshots, plan, orthant=orthant, dtype=dtype)


def training_of(field: VectorField, problem: Problem, heads: Sequence[str] = ()) -> Training:
    """A model with its heads, told what states and speeds to expect."""
    training = Training.of(Heads.build(field, heads), problem)
    pairs = problem.draw_pairs(2048, torch.Generator().manual_seed(0))
    x = pairs.x0.flatten(0, 1)
    speed = ((pairs.x1 - pairs.x0) / pairs.dt.unsqueeze(-1)).flatten(0, 1).to(x.dtype)
    (x, *unspliced), (speed, *_) = (part.split(len(problem.genes), 1) for part in (x, speed))
    field.calibrate_(x, speed)
    for name in heads:
        if name == "splicing":
            training.heads.splicing.calibrate_(x, *unspliced, field.decay_rate())
        elif name != "diffusion":
            getattr(training.heads, name).calibrate_(x)
    return training


def total(terms: Terms) -> Tensor:
    return torch.stack([term.reshape(()) for term in terms.values()]).sum()


def descend(
    training: Training, objective: Objective, steps: int, cells: int = 256, rate: float = 1e-2
) -> Training:
    """Adam with a cosine schedule."""
    objective.check(training)
    objective.prepare(training, 0)
    generator = torch.Generator().manual_seed(0)
    moving = [p for p in training.heads.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(moving, lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        optimizer.zero_grad(set_to_none=True)
        total(objective.loss(training, cells, generator)).backward()
        torch.nn.utils.clip_grad_norm_(moving, 10.0)
        optimizer.step()
        schedule.step()
    return training


@pytest.fixture(name="problem_of")
def _problem_of() -> Callable[..., Problem]:
    return problem_of


@pytest.fixture(name="training_of")
def _training_of() -> Callable[..., Training]:
    return training_of


@pytest.fixture(name="descend")
def _descend() -> Callable[..., Training]:
    return descend


@pytest.fixture(name="total")
def _total() -> Callable[[Terms], Tensor]:
    return total


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture
def drifting() -> Populations:
    """Three populations of three genes, positive, moving up; as many cells at each time."""
    rng = np.random.default_rng(0)
    return {"control": {t: np.abs(rng.normal(1 + 0.4 * t, 0.2, (40, 3))) for t in (0.0, 1.0, 2.5)}}


@pytest.fixture
def with_knockout(drifting: Populations) -> Populations:
    """The same and a knockout of g0, measured at other times."""
    rng = np.random.default_rng(1)
    lost = np.array([0.1, 1.0, 1.0])
    line = {t: lost * np.abs(rng.normal(1 + 0.2 * t, 0.2, (30, 3))) for t in (0.0, 2.0)}
    return drifting | {"g0=ko": line}
