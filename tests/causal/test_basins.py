from __future__ import annotations

import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
import torch

from hillflow.causal.basins import follow_to_rest, unsettled_error
from hillflow.fields import VectorField
from hillflow.interventions import Intervention


class Ring(VectorField):
    """Production a/(1 + x_{i−1}ⁿ) around a ring, decay γ x: two genes are a toggle switch."""

    keeps_orthant = True

    def __init__(self, genes: int, strength=3.0, power=3.0, rate=1.0):
        super().__init__([f"G{i}" for i in range(genes)])
        self.strength, self.power = strength, power
        self.register_buffer("rate", torch.full((genes,), rate, dtype=torch.float64))

    def production(self, x, t=None):
        return self.rate * self.strength / (1 + x.roll(1, -1).clamp(min=0) ** self.power)

    def decay(self, x, t=None):
        return self.rate * x

    def decay_rate(self):
        return self.rate


def random_states(rows: int, genes: int, high: float = 3.0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return high * torch.rand(rows, genes, generator=generator, dtype=torch.float64)


def scipy_end(starts, end, strength=3.0, power=3.0, rate=1.0):
    def velocity(t, x):
        return rate * (strength / (1 + np.roll(x, 1) ** power) - x)

    return np.array(
        [
            scipy.integrate.solve_ivp(velocity, (0, end), row, rtol=1e-11, atol=1e-12).y[:, -1]
            for row in starts.numpy()
        ]
    )


@pytest.mark.parametrize("rate", [0.01, 1.0, 30.0])
def test_each_start_goes_where_the_ode_goes_whatever_the_unit_of_time(rate):
    starts = random_states(12, 2)
    found = follow_to_rest(Ring(2, rate=rate), starts)
    assert len(found.states) == 2
    truth = scipy_end(starts, 80 / rate, rate=rate)
    np.testing.assert_allclose(found.states[found.reached], truth, atol=1e-8)
    counts = torch.bincount(found.reached)
    assert counts[0] >= counts[1]
    # u ↔ v: an eigenvalue −1 ± slope each, times the rate.
    for state, leading in zip(found.states.numpy(), found.leading, strict=True):
        slopes = -3.0 * 3 * state**2 / (1 + state**3) ** 2
        assert float(leading.real) == pytest.approx(rate * (-1 + np.sqrt(slopes.prod())), rel=1e-8)


def test_a_start_beside_the_saddle_goes_on_to_the_basin_it_belongs_to():
    # u = v is the separatrix of the symmetric switch; the flow lingers at the saddle first.
    saddle = scipy.optimize.brentq(lambda u: 3 / (1 + u**3) - u, 0, 3)
    starts = torch.tensor([[saddle + 1e-5, saddle], [saddle, saddle + 1e-5]]).double()
    found = follow_to_rest(Ring(2), starts)
    assert len(found.states) == 2
    ends = found.states[found.reached]
    assert ends[0, 0] > ends[0, 1]
    assert ends[1, 1] > ends[1, 0]


def test_a_start_on_the_separatrix_does_not_settle():
    found = follow_to_rest(Ring(2), torch.ones(1, 2).double(), patience=50)
    assert found.reached.tolist() == [-1]
    assert len(found.states) == 0


def test_a_limit_cycle_does_not_settle_and_its_period_is_named():
    field = Ring(3, strength=5.0, power=4.0)
    found = follow_to_rest(field, random_states(4, 3), patience=60)
    assert (found.reached == -1).all()
    assert found.span == pytest.approx(60.0)
    message = str(unsettled_error(field, found, "h", 60))
    # At the symmetric point the Hill slope s gives −1 + s·ω, ω³ = 1: it turns at |s| sin 120°.
    root = scipy.optimize.brentq(lambda u: 5 / (1 + u**4) - u, 0, 5)
    slope = 5 * 4 * root**3 / (1 + root**4) ** 2
    period = 2 * np.pi / (slope * np.sqrt(3) / 2)
    assert f"a period of about {period:.3g} h: a limit cycle" in message
    assert "4 of 4 states that do not settle within 60 h" in message
    assert "patience=120" in message


def test_an_intervention_that_breaks_the_ring_ends_the_cycle():
    field = Ring(3, strength=5.0, power=4.0).do(Intervention.clamp("G0", 0.5))
    found = follow_to_rest(field, random_states(6, 3))
    second = 5 / (1 + 0.5**4)
    np.testing.assert_allclose(found.states, [[0.5, second, 5 / (1 + second**4)]], rtol=1e-10)
    assert (found.reached == 0).all()


def test_all_genes_clamped_rest_at_once():
    field = Ring(2).do(Intervention.clamp("G0", 0.5) + Intervention.clamp("G1", 2.0))
    found = follow_to_rest(field, random_states(3, 2))
    np.testing.assert_array_equal(found.states, [[0.5, 2.0]])
