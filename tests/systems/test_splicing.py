"""The splicing system against SciPy, and what it writes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from hillflow.systems import Measurement, Noise, Splicing, simulate, simulate_trajectories


@pytest.fixture
def system() -> Splicing:
    return Splicing(Noise("additive", 0.0))


def test_cells_follow_the_two_equations(system):
    """Written out gene by gene, and integrated by another program."""
    data = simulate_trajectories(system, (0.0, 2.0), 3)
    first, end = (data.population("control", time).state for time in (0.0, 2.0))

    def flow(_, state):
        s, u = state[:6], state[6:]
        made = np.log1p(np.exp(np.array([1, -1, 0, -1, 0, 0]) + system.weights @ s))
        return np.concatenate([system.splicing_rate * u - system.decay * s,
                               made - system.splicing_rate * u])  # fmt: skip

    expected = [solve_ivp(flow, (0, 2), cell, rtol=1e-9, atol=1e-11).y[:, -1] for cell in first]
    np.testing.assert_allclose(end, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("done", ["", "A=clamp:0.4,D=ko", "B=cut"])
def test_the_jacobian_is_the_slope_of_the_drift(system, done):
    system = system.apply(done) if done else system
    x = system.hold(np.random.default_rng(0).uniform(0.1, 1, (4, 12)))
    step = 1e-6 * np.eye(12)
    slopes = [(system.drift(x + h) - system.drift(x - h)) / 2e-6 for h in step]
    expected = np.stack(slopes, axis=-1)
    np.testing.assert_allclose(system.jacobian(x), expected, atol=1e-7)


def test_a_knockout_ends_transcription_and_what_is_there_is_spliced(system):
    change = system.apply("A=ko").drift(np.full((1, 12), 0.5))
    assert change[0, 0] == pytest.approx(3.0 * 0.5 - 1.0 * 0.5)
    assert change[0, 6] == pytest.approx(-3.0 * 0.5)


def test_both_layers_are_measured_with_the_depth_of_the_cell():
    data = simulate(Splicing(), (0.0, 1.0), 200, measurement=Measurement(counts=True))
    adata = data.to_anndata()
    assert (adata.layers["spliced"] == adata.X).all()
    assert (adata.layers["unspliced"] == adata.layers["unspliced"].round()).all()
    depth = adata.obs["true_depth"]
    for layer in ("spliced", "unspliced"):
        assert np.corrcoef(adata.layers[layer].sum(axis=1), depth)[0, 1] > 0.3
