from __future__ import annotations

import math

import pytest
import torch

from hillflow.errors import InputError
from hillflow.fields.base import VectorField
from hillflow.fields.with_protein import WithProtein
from hillflow.solve import integrate, make_solver


class BirthDeath(VectorField):
    """ẋ = b − γ x for two genes."""

    def __init__(self, birth: float = 3.0, rate: float = 0.5) -> None:
        super().__init__(["A", "B"])
        self.birth, self.rate = birth, rate

    def production(self, x, t=None):
        return torch.full_like(x, self.birth)

    def decay(self, x, t=None):
        return self.rate * x

    def decay_rate(self):
        return torch.full((2,), self.rate, dtype=torch.float64)


def langevin(noise: float, seed: int = 0, **options):
    generator = torch.Generator().manual_seed(seed)
    size = torch.full((2,), noise, dtype=torch.float64)
    return make_solver("langevin", noise=size, generator=generator, **options)


@pytest.mark.parametrize("steps", [20, 100])
def test_a_birth_death_process_has_its_mean_and_variance(steps: int) -> None:
    """From rest, mean b/γ = 6 and stationary variance ν b/γ = 0.6, for any step."""
    x0 = torch.full((20_000, 2), 6.0, dtype=torch.float64)
    end = integrate(BirthDeath(), x0, 12.0, solver=langevin(0.1), steps=steps)
    assert end.mean().item() == pytest.approx(6.0, abs=0.02)
    assert end.var().item() == pytest.approx(0.6 * (1 - math.exp(-12)), rel=0.03)


def test_variance_grows_as_known_from_a_point() -> None:
    """var x(t) = ν [b/γ (1 − e^{−γt}) + (x0 − b/γ)(e^{−γt} − e^{−2γt}) …] at x0 = b/γ and 0."""
    b, rate, nu, t = 3.0, 0.5, 0.1, 1.0
    x0 = torch.zeros(40_000, 2, dtype=torch.float64)
    end = integrate(BirthDeath(b, rate), x0 + 20, t, solver=langevin(nu), steps=50)
    e1, e2 = math.exp(-rate * t), math.exp(-2 * rate * t)
    # d var/dt = −2γ var + ν (b + γ m), m = b/γ + (x0 − b/γ) e^{−γt}
    known = nu * (b / rate * (1 - e2) + (20 - b / rate) * (e1 - e2))
    assert end.var().item() == pytest.approx(known, rel=0.03)


def test_without_noise_it_is_the_exact_mean() -> None:
    x0 = torch.tensor([[0.0, 10.0]], dtype=torch.float64)
    end = integrate(BirthDeath(), x0, 2.0, solver=langevin(0.0), steps=1)
    wanted = 6 + (x0 - 6) * math.exp(-1)
    torch.testing.assert_close(end, wanted, rtol=0, atol=1e-5)  # the least variance


def test_interventions_share_their_noise_and_a_clamped_gene_has_none() -> None:
    field = BirthDeath().do_each(["control", "control", "A=clamp:2"])
    x0 = torch.full((3, 50, 2), 6.0, dtype=torch.float64)
    end = integrate(field, x0, 4.0, solver=langevin(0.1, common=True), steps=10)
    torch.testing.assert_close(end[0], end[1], rtol=0, atol=0)
    torch.testing.assert_close(end[0, :, 1], end[2, :, 1], rtol=0, atol=0)
    assert (end[2, :, 0] == 2).all()
    apart = integrate(field, x0, 4.0, solver=langevin(0.1), steps=10)
    assert not torch.equal(apart[0], apart[1])


def test_a_protein_averages_its_level() -> None:
    """At rest a low-pass of rate g has the variance of x times g / (g + γ)."""
    rate = torch.full((2,), 0.25, dtype=torch.float64)
    x0 = torch.full((20_000, 2), 6.0, dtype=torch.float64)
    field = WithProtein(BirthDeath(), rate)
    end = integrate(field, x0, 30.0, solver=langevin(0.1), steps=300)
    assert end[:, 2:].var().item() == pytest.approx(0.6 / 3, rel=0.04)


def test_time_runs_forward_and_the_name_alone_is_refused() -> None:
    x0 = torch.ones(3, 2, dtype=torch.float64)
    with pytest.raises(InputError, match="positive span"):
        integrate(BirthDeath(), x0, -1.0, solver=langevin(0.1))
    with pytest.raises(InputError, match="noise of each gene"):
        integrate(BirthDeath(), x0, 1.0, solver="langevin")
