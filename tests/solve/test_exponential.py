from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given
from hypothesis import strategies as st

from hillflow.interventions import Intervention
from hillflow.solve import integrate

F64 = torch.float64
RATE = [0.0, 1e-9, 0.3, 2.0, 40.0]
SUPPLY = [1.0, 0.5, 2.0, 0.0, 3.0]


@pytest.mark.parametrize("span", [1e-6, 0.7, 30.0])
@pytest.mark.parametrize("steps", [1, 3])
def test_linear_decay_is_exact_at_any_step(supply_law, span, steps):
    field = supply_law(torch.tensor(SUPPLY, dtype=F64), torch.tensor(RATE, dtype=F64))
    x0 = np.array([1.0, 2.0, 0.0, 5.0, 4.0])
    augmented = np.zeros((6, 6))
    augmented[:5, :5], augmented[:5, 5] = -np.diag(RATE), SUPPLY
    truth = (scipy.linalg.expm(augmented * span) @ np.append(x0, 1.0))[:5]
    found = integrate(field, torch.tensor(x0), span, solver="exponential", steps=steps)
    np.testing.assert_allclose(found.detach(), truth, rtol=2e-14)


@given(
    st.floats(1e-3, 1e4), st.floats(0.0, 50.0), st.integers(0, 2**16), st.sampled_from([1, 2, 7])
)
def test_states_stay_non_negative_at_any_step(ring_law, h, rate, seed, steps):
    generator = torch.Generator().manual_seed(seed)
    x0 = 10 * torch.rand(4, 3, generator=generator) * (torch.rand(4, 3, generator=generator) > 0.3)
    field = ring_law(rate=[rate] * 3, dtype=torch.float32)
    end = integrate(field, x0, h, solver="exponential", steps=steps)
    assert (end >= 0).all()


def test_long_steps_are_stable_where_rk4_is_not(ring_law):
    field = ring_law(rate=[300.0, 1.0, 1.0])
    x0 = torch.ones(1, 3, dtype=torch.float64)
    end = integrate(field, x0, 50.0, solver="exponential", steps=50)
    assert (end < 3).all()
    wild = integrate(field, x0, 0.5, solver="rk4", steps=10, check_finite=False)
    assert wild.abs().max() > 1e3


def test_a_clamped_gene_stays_at_its_level_exactly(ring_law):
    field = ring_law().do(Intervention.clamp("G2", 0.37))
    end = integrate(field, torch.ones(5, 3, dtype=torch.float64), 4.0, solver="exponential")
    assert (end[:, 2] == 0.37).all()


def test_a_knocked_out_gene_decays_exactly(ring_law):
    field = ring_law(rate=[0.5, 1.0, 2.0]).do(Intervention.knockout("G0"))
    end = integrate(field, torch.ones(1, 3, dtype=torch.float64), 4.0, steps=2)
    assert float(end[0, 0].detach()) == pytest.approx(np.exp(-2.0), rel=1e-14)
