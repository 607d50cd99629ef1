"""[SF]²M against the Schrödinger bridge between two Gaussians in closed form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

import hillflow as hf
from hillflow.data import Snapshots
from hillflow.errors import InputError, TimeError, UnsupportedError
from hillflow.fields import make_field
from hillflow.interventions import Intervention
from hillflow.model import Fit
from hillflow.objectives import BrownianBridge, Heads, Match, Stage, make_method
from hillflow.train import Setting, train
from hillflow.transport import ExactOT

from ..gaussian_bridge import BRIDGE

TIMES = [0.0, 0.5, 1.0, 1.5, 2.0]


@pytest.fixture(scope="module")
def cells() -> Snapshots:
    return BRIDGE.snapshots(600)


@pytest.fixture(scope="module")
def fit(cells) -> Fit:
    field = make_field("mlp", cells.genes, time=True, time_scale=2.0, hidden=(48, 48))
    stage = replace(make_method("sf2m").stages[0], steps=450, cells=768)
    method = replace(make_method("sf2m"), stages=(stage,))
    return train(field, cells, method, setting=Setting(sigma=BRIDGE.sigma, validation_share=0.0))


def assert_marginals(path: np.ndarray, times: list[float]) -> None:
    for x, t in zip(path, times, strict=True):
        mean, spread = BRIDGE.marginal(t)
        np.testing.assert_allclose(x.mean(0), mean, atol=0.07)
        np.testing.assert_allclose(np.cov(x.T), spread, atol=0.1)


@pytest.mark.parametrize("noise", [True, False])
def test_random_paths_and_the_flow_have_the_marginals_of_the_bridge(fit, noise) -> None:
    start = BRIDGE.sample(0.0, 2000, 5, exact=True)
    assert_marginals(fit.simulate(start, TIMES, noise=noise), TIMES)


@pytest.mark.parametrize("noise", [True, False])
def test_time_runs_back_from_the_last_population(fit, noise) -> None:
    end = BRIDGE.sample(2.0, 2000, 5, exact=True)
    assert_marginals(fit.simulate(end, TIMES[::-1], noise=noise), TIMES[::-1])


def test_random_paths_forget_their_start_as_the_bridge_does(fit) -> None:
    start = BRIDGE.sample(0.0, 2000, 5, exact=True)
    end = fit.simulate(start, [0.0, 2.0])[-1]
    together = (start - BRIDGE.m0).T @ (end - end.mean(0)) / len(start)
    np.testing.assert_allclose(together, BRIDGE.coupled, atol=0.08)


@pytest.mark.parametrize("t", [0.4, 1.0, 1.6])
def test_the_score_and_the_drift_are_those_of_the_bridge(fit, t) -> None:
    x = BRIDGE.sample(t, 1000, 7)
    with torch.no_grad():
        score = fit.heads.score(torch.from_numpy(x).float(), t).numpy()
    exact = BRIDGE.score(x, t)
    assert np.linalg.norm(score - exact) < 0.2 * np.linalg.norm(exact)
    drift, known = fit.velocity(x, t) + BRIDGE.sigma**2 / 2 * score, BRIDGE.drift(x, t)
    assert np.linalg.norm(drift - known) < 0.12 * np.linalg.norm(known)


@pytest.mark.parametrize("t", [0.0, 1.0, 2.0])
def test_cells_have_the_likelihood_of_the_bridge(fit, t) -> None:
    x = BRIDGE.sample(t, 200, 7).astype(np.float32)
    start, exact = (multivariate_normal(*BRIDGE.marginal(at)).logpdf for at in (0.0, t))
    found = fit.log_density(x, t, start)
    assert np.abs(found - exact(x)).mean() < (0.15 if t else 1e-5)


def test_a_likelihood_needs_a_flow_a_time_and_a_density(fit, cells) -> None:
    def start(x):
        return np.zeros(len(x))

    with pytest.raises(TimeError, match="a time of 0 or later"):
        fit.log_density(cells.x[:5], -1.0, start)
    with pytest.raises(InputError, match="one log density for each of 5"):
        fit.log_density(cells.x[:5], 1.0, lambda x: x)
    heads = Heads(fit.field, diffusion=fit.heads.diffusion)
    with pytest.raises(UnsupportedError, match="whose cells follow a flow"):
        Fit((replace(fit[0], heads=heads),)).log_density(cells.x[:5], 1.0, start)


def test_the_fit_tells_its_noise_and_keeps_it(fit, tmp_path) -> None:
    again = Fit.load(fit.save(tmp_path / "fit"))
    x = BRIDGE.sample(0.0, 5, 0)
    np.testing.assert_array_equal(again.simulate(x, TIMES), fit.simulate(x, TIMES))
    assert "σ = 0.6 in dx = b dt + σ dW, in expression per √h, with b = f + σ²/2" in fit.summary()


def test_cells_under_an_intervention_follow_the_flow(fit) -> None:
    x = BRIDGE.sample(0.0, 20, 0)
    moved = fit.simulate(x, TIMES, "A=clamp:1")
    np.testing.assert_array_equal(moved, fit.simulate(x, TIMES, "A=clamp:1", noise=False))
    with pytest.raises(TimeError, match="unless a score was learned"):
        fit.simulate(x, TIMES[::-1], "A=clamp:1")


def test_noise_stays_in_the_basis_of_the_coupling() -> None:
    random = np.random.default_rng(0)
    z = np.concatenate([random.normal(t, 0.3, (80, 2)) for t in (0.0, 1.0)])
    along = np.linalg.qr(random.normal(size=(5, 2)))[0]
    data = Snapshots.from_arrays(3 + z @ along.T, np.repeat([0.0, 1.0], 80), list("ABCDE"))
    sketch = Setting(effort=0.01, basis=2, sigma=0.4)
    member = train("mlp", data, "sf2m", setting=sketch)[0]
    x0 = member.denoise(data.x[:80])
    moved, mean = (member.simulate(x0, [0.0, 0.5], noise=noise)[1] for noise in (True, False))
    basis = member.basis.components
    off = (moved - mean) @ (np.eye(5) - basis @ basis.T)
    assert np.abs((moved - mean) @ basis).max() > 0.3
    assert np.abs(off).max() < 0.2 * np.abs((moved - mean) @ basis).max()


def test_the_plan_and_the_paths_share_one_sigma(cells) -> None:
    fits = [train("linear", cells, name, setting=Setting(effort=0.003)) for name in
            ("sf2m", "sb-cfm")]  # fmt: skip
    chosen = float(fits[0].heads.diffusion())
    distance = ((cells.x[:600, None] - cells.x[None, 600:]) ** 2).sum(-1).mean()
    assert chosen == pytest.approx(np.sqrt(0.05 * distance / 2 / 2), rel=0.1)
    assert fits[1].heads.diffusion is None


def test_a_fit_takes_a_sigma_and_its_control_is_predicted_with_noise(cells, tmp_path) -> None:
    adata = cells.to_anndata()
    run = hf.fit(adata, field="mlp", method="sf2m", sigma=0.3, effort=0.01, out=tmp_path / "run")
    again = hf.Run.open(tmp_path / "run").fit
    assert float(again.heads.diffusion()) == pytest.approx(0.3)
    later = run.fit.predict(cells, "control", [2.0])
    still = run.fit.predict(cells, "control", [2.0], noise=False)
    assert not np.array_equal(later.x, still.x)
    np.testing.assert_array_equal(later.x, again.predict(cells, "control", [2.0]).x)
    cut, uncut = (run.fit.predict(cells, "A=clamp:1", noise=noise) for noise in (True, False))
    np.testing.assert_array_equal(cut.x, uncut.x)


def test_a_bridge_over_other_pairs_is_refused() -> None:
    with pytest.raises(InputError, match=r"Schrödinger bridge for 'sf2m'.*coupling=Schrodinger"):
        replace(make_method("sf2m"), coupling=ExactOT())
    with pytest.raises(InputError, match=r"Schrödinger bridge for 'custom'"):
        train("linear", BRIDGE.snapshots(20), [Stage(Match(BrownianBridge()))])


def test_a_sigma_without_use_is_refused(cells) -> None:
    with pytest.raises(UnsupportedError, match=r"to give its sigma.*'ot-cfm'"):
        train("linear", cells, "ot-cfm", setting=Setting(sigma=0.1))


def test_a_score_needs_control_cells(cells) -> None:
    treated = replace(cells, conditions=(Intervention.parse("A=ko"),))
    with pytest.raises(InputError, match=r"control cells.*whose score"):
        train("linear", treated, "sf2m")
