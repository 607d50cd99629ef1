"""Two branches of known growth and spread, moved with noise of a given size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from hillflow.causal import simulated_fates
from hillflow.data import Snapshots
from hillflow.model import Fit
from hillflow.objectives import Rollout, make_method
from hillflow.train import Setting, train
from hillflow.transport import Independent

RATE, TIMES, FIRST, SIGMA = 0.6, (0.0, 2.0), 150, 0.1
BRANCHES = {"grows": (RATE, (0.4, 0.0)), "rests": (0.0, (0.0, 0.4))}


@pytest.fixture(scope="module")
def cells() -> Snapshots:
    """Both branches move away from (2, 2) and spread as e^{t/2}; "grows" has e^{0.6 t} cells."""
    random = np.random.default_rng(0)
    x, times, labels = [], [], []
    for t in TIMES:
        for label, (rate, way) in BRANCHES.items():
            count = round(FIRST * np.exp(rate * t))
            off = np.array(way) + 0.1 * random.standard_normal((count, 2))
            x.append(2 + off * np.exp(t / 2))
            times += [t] * count
            labels += [label] * count
    x = np.concatenate(x).astype(np.float32)
    return Snapshots.from_arrays(x, times, ("A", "B"), labels=labels, unit="h")


def quick(name: str, steps: tuple[int, ...], rates: tuple[float, ...]):
    """The method with fewer and larger steps."""
    method, stages = make_method(name), []
    for stage, count, rate in zip(method.stages, steps, rates, strict=True):
        objective = stage.objective
        if isinstance(objective, Rollout):
            objective = replace(objective, steps=2)
        stages.append(replace(stage, objective=objective, steps=count, cells=128, rate=rate))
    coupling = method.coupling.of_sigma(SIGMA) if method.coupling.bridges else Independent()
    return replace(method, stages=tuple(stages), coupling=coupling)


@pytest.fixture(scope="module")
def fit(cells) -> Fit:
    method = quick("deepruot", (100, 20, 20, 110), (2e-2, 1e-2, 5e-3, 1e-2))
    return train("linear", cells, method, setting=Setting(validation_share=0.0, sigma=SIGMA))


def spread(x: np.ndarray, labels: np.ndarray, label: str) -> float:
    return float(x[labels == label].var(axis=0).mean())


def test_rates_and_shares_of_branches_are_found(fit, cells) -> None:
    labels = np.asarray(cells.labels)
    for label, (rate, _) in BRANCHES.items():
        x = [cells.x[(labels == label) & (cells.time == t)] for t in TIMES]
        with torch.no_grad():
            found = [
                float(fit.heads.growth(torch.from_numpy(part), t).mean())
                for part, t in zip(x, TIMES, strict=True)
            ]
        assert np.mean(found) == pytest.approx(rate, abs=0.25)
    share = simulated_fates(fit, cells).set_index("label").loc["grows"]
    assert share["measured"] == pytest.approx(0.77, abs=0.01)
    assert share["simulated"] == pytest.approx(share["measured"], abs=0.08)


def test_noise_moves_cells_and_the_score_keeps_the_spread_of_branches(fit, cells) -> None:
    first, labels = cells.time == TIMES[0], np.asarray(cells.labels)
    start = cells.x[first]
    noisy, other = (fit.simulate(start, TIMES, seed=seed)[-1] for seed in (0, 1))
    quiet = fit.simulate(start, TIMES, noise=False)[-1]
    assert np.abs(noisy - other).mean() > SIGMA / 2
    added = SIGMA**2 * (np.exp(TIMES[-1]) - 1)  # by noise without the score: σ² ∫ e^s ds
    for label in BRANCHES:
        measured = spread(cells.x[~first], labels[~first], label)
        flow, paths = (spread(x, labels[first], label) for x in (quiet, noisy))
        assert 0.6 < paths / measured < 1.5
        assert paths < flow + 0.6 * added
        assert added > 0.7 * measured


def test_tigon_has_growth_and_no_noise_and_sf2m_noise_and_no_growth(fit, cells) -> None:
    heads = {
        name: train("linear", cells, quick(name, (1,), (1e-3,)), setting=Setting(basis=2)).heads
        for name in ("tigon", "sf2m")
    }
    assert heads["tigon"].names == ("growth",)
    assert heads["sf2m"].names == ("score", "diffusion")
    assert fit.heads.names == ("score", "growth", "diffusion")
