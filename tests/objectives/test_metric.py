from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
import torch

from hillflow.errors import InputError
from hillflow.objectives import Linear, Match, Metric
from hillflow.objectives.metric import LocalSpread, NearClusters
from hillflow.transport import Independent

QUICK = {"steps": 120, "landmarks": 200}


@pytest.fixture
def arc(problem_of):
    """Cells along a bow of 120°; those measured first at one end of it, the last at the other."""
    rng = np.random.default_rng(0)

    def cells(low: float, high: float, n: int) -> np.ndarray:
        angle = rng.uniform(low, high, n) * math.pi / 180
        radius = 1 + rng.normal(0, 0.03, n)
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1)

    bow = {0.0: cells(105, 120, 80), 2.0: cells(0, 15, 80)}
    between = {"g1=deg:1": {0.0: cells(60, 110, 80), 2.0: cells(10, 60, 80)}}
    return problem_of({"control": bow} | between, Independent())


def radius_halfway(bent, problem) -> float:
    pairs = problem.draw_pairs(400, torch.Generator().manual_seed(7))
    x, _ = bent.curve(pairs, torch.full_like(pairs.dt, 0.5))
    return float(x[0].norm(dim=-1).mean())


def test_paths_bend_towards_the_data(arc) -> None:
    straight = Metric(epsilon=1e6, **QUICK).learn(arc, 0)
    bent = Metric(**QUICK).learn(arc, 0)
    assert radius_halfway(straight, arc) < 0.65  # cos 52.5° = 0.61
    assert radius_halfway(bent, arc) > 0.8


def test_a_constant_metric_keeps_lines_straight(arc) -> None:
    bent = Metric(epsilon=1e6, steps=150, landmarks=100).learn(arc, 0)
    pairs = arc.draw_pairs(200, torch.Generator().manual_seed(1))
    bow, slope = bent.curve(pairs, torch.full_like(pairs.dt, 0.3))
    line = torch.lerp(pairs.x0, pairs.x1, 0.3)
    size = (pairs.x1 - pairs.x0).norm(dim=-1).mean()
    assert (bow - line).norm(dim=-1).mean() < 0.02 * size
    assert (slope - (pairs.x1 - pairs.x0)).norm(dim=-1).mean() < 0.1 * size


def test_velocity_is_the_derivative_of_the_curve(arc) -> None:
    bent = Metric(**QUICK).learn(arc, 0)
    pairs = arc.draw_pairs(50, torch.Generator().manual_seed(1))
    s, step = torch.full_like(pairs.dt, 0.37), 1e-5
    _, slope = bent.curve(pairs, s)
    late, early = (bent.curve(pairs, s + move)[0] for move in (step, -step))
    torch.testing.assert_close(slope, (late - early) / (2 * step), rtol=1e-6, atol=1e-6)
    for end, x in ((0.0, pairs.x0), (1.0, pairs.x1)):
        torch.testing.assert_close(bent.curve(pairs, torch.full_like(s, end))[0], x)


def test_samples_lie_on_the_curve_in_real_time(arc, generator) -> None:
    bent = Metric(**QUICK).learn(arc, 0)
    pairs = arc.draw_pairs(50, torch.Generator().manual_seed(1))
    bridge = bent.sample(pairs, generator)
    x, slope = bent.curve(pairs, bridge.t / 2)
    torch.testing.assert_close(bridge.x, x)
    torch.testing.assert_close(bridge.velocity, slope / 2)


def test_local_spread_is_the_direct_sum() -> None:
    rng = np.random.default_rng(0)
    cells, x = rng.normal(size=(20, 3)), rng.normal(size=(5, 3))
    apart = x[:, None] - cells[None]
    kernel = np.exp(-(apart**2).sum(-1) / (2 * 0.8**2))
    expected = (kernel[..., None] * apart**2).mean(1) + 0.01
    found = LocalSpread(torch.from_numpy(cells), 0.8, 0.01)(torch.from_numpy(x))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_rbf_is_one_at_cells_little_between_them_and_the_direct_sum() -> None:
    rng = np.random.default_rng(0)
    cells = np.concatenate([rng.normal(at, 0.3, (100, 30)) for at in (0, 2)])
    near = NearClusters.of(torch.from_numpy(cells), 8, 1.5, 0.1, seed=0)
    h = near(torch.from_numpy(cells)) - 0.1
    assert abs(float(h.mean()) - 1) < 0.1
    between = torch.full((1, 30), 1.0, dtype=torch.float64)
    assert float(near(between)) < 0.3
    x = rng.normal(size=(5, 30)) * 0.2
    away = ((x[:, None] - near.centres.numpy()[None]) ** 2).sum(-1)
    expected = (near.weights.numpy() * np.exp(-near.rates.numpy() * away / 2)).sum(-1) + 0.1
    np.testing.assert_allclose(near(torch.from_numpy(x))[:, 0], expected, rtol=1e-6)


def test_rbf_bends_paths_towards_the_data(arc) -> None:
    bent = Metric(kernel="rbf", clusters=20, **QUICK).learn(arc, 0)
    assert radius_halfway(bent, arc) > 0.8
    with pytest.raises(InputError, match="did you mean 'rbf'"):
        Metric(kernel="rb")


def test_outside_the_basis_paths_are_straight(problem_of) -> None:
    rng = np.random.default_rng(0)
    line = {
        float(t): rng.normal(size=(60, 4)) * [1, 1, 0.01, 0.01] + t * np.array([1, 0, 0, 0])
        for t in (0, 1)
    }
    problem = problem_of({"control": line}, Independent(), basis=2)
    bent = Metric(steps=30, landmarks=100).learn(problem, 0)
    pairs = problem.draw_pairs(100, torch.Generator().manual_seed(1))
    bridge = bent.sample(pairs, torch.Generator().manual_seed(2))
    off = bridge.velocity - (pairs.x1 - pairs.x0)
    assert off.norm() > 1e-3
    torch.testing.assert_close(problem.project(off) @ problem.components.mT, off)


def test_the_same_seed_learns_the_same_path(arc, training_of, total) -> None:
    from hillflow.fields import make_field

    losses = []
    for _ in range(2):
        objective = Match(Metric(steps=20, landmarks=100))
        training = training_of(make_field("mlp", arc.genes, dtype=torch.float64), arc)
        torch.rand(3)  # no other random number must matter
        objective.prepare(training, seed=4)
        loss = total(objective.loss(training, 64, torch.Generator().manual_seed(0)))
        losses.append(float(loss.detach()))
    assert losses[0] == losses[1]
    assert objective == Match(Metric(steps=20, landmarks=100))  # options only


def test_sampling_needs_learning_and_options_are_positive(arc, generator) -> None:
    with pytest.raises(RuntimeError, match="before learn"):
        Metric().sample(arc.draw_pairs(2, generator), generator)
    with pytest.raises(InputError, match="epsilon above 0"):
        Metric(epsilon=0)
    assert Linear().learn(arc, 0) == Linear()


def test_forward_mode_warns_of_nothing() -> None:
    script = (
        "import torch, hillflow.objectives as o\n"
        "pairs = o.PairBatch(*torch.zeros(2, 1, 3, 2), torch.zeros(1, 3), torch.ones(1, 3), "
        "torch.ones(1, 3))\n"
        "problem = o.Problem(('a', 'b'), (), (), torch.zeros(1, 2), None)\n"
        "from hillflow.objectives.metric import BentLines\n"
        "path = BentLines(problem, o.StateFunction(4, 2))\n"
        "print(path.sample(pairs, torch.Generator()).velocity.shape)\n"
    )  # in a process of its own: torch warns once
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:torch.jit._script", "-c", script],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
