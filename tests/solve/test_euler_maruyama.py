from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.errors import InputError
from hillflow.interventions import Intervention
from hillflow.solve import integrate, make_solver, trajectory


def noisy(diffusion, seed=0):
    return make_solver(
        "euler-maruyama", diffusion=diffusion, generator=torch.Generator().manual_seed(seed)
    )


def test_ornstein_uhlenbeck_moments_are_those_of_the_scheme_and_near_the_exact_ones(supply_law):
    rate, mean, noise, span, steps = 1.5, 2.0, 0.8, 0.6, 60
    field = supply_law(torch.tensor([rate * mean]).double(), torch.tensor([rate]).double())
    x0 = torch.full((40_000, 1), 0.5, dtype=torch.float64)
    end = integrate(field, x0, span, solver=noisy(noise, 3), steps=steps).detach().numpy()
    h, kept = span / steps, (1 - rate * span / steps) ** steps
    # Moments of the discrete chain, to sampling error; then the exact transition, to O(h).
    chain_variance = noise**2 * h * (1 - kept**2) / (1 - (1 - rate * h) ** 2)
    error = np.sqrt(chain_variance / len(x0))
    assert end.mean() == pytest.approx(mean + (0.5 - mean) * kept, abs=4 * error)
    assert end.var() == pytest.approx(chain_variance, rel=4 * np.sqrt(2 / len(x0)))
    exact_variance = noise**2 / (2 * rate) * (1 - np.exp(-2 * rate * span))
    assert end.mean() == pytest.approx(mean + (0.5 - mean) * np.exp(-rate * span), abs=0.02)
    assert end.var() == pytest.approx(exact_variance, rel=0.04)


def test_stationary_variance(supply_law):
    field = supply_law(torch.tensor([2.0]), torch.tensor([1.0]))
    end = integrate(field, torch.full((20_000, 1), 2.0), 8.0, solver=noisy(0.5), steps=200)
    end = end.detach()
    assert float(end.mean()) == pytest.approx(2.0, abs=0.015)
    assert float(end.var()) == pytest.approx(0.125, rel=0.06)


def test_same_seed_same_bytes_and_another_seed_another_path(ring_law):
    x0 = torch.ones(7, 3, dtype=torch.float64)
    first, again, other = (
        trajectory(ring_law(), x0, [0.0, 1.0, 2.5], solver=noisy(0.3, seed)) for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first[1:], other[1:])


def test_the_noise_of_a_step_is_the_next_draw_of_the_generator(ring_law):
    field, x0 = ring_law(), torch.ones(4, 3, dtype=torch.float64)
    span = torch.tensor([0.1, 0.2, 0.4, 0.8], dtype=torch.float64)
    generator = torch.Generator().manual_seed(5)
    x = x0
    for _ in range(3):
        draw = torch.randn(4, 3, generator=generator, dtype=torch.float64)
        h = span[:, None] / 3
        x = x + h * field(None, x) + 0.3 * h.sqrt() * draw
    found = integrate(field, x0, span, solver=noisy(0.3, 5), steps=3)
    torch.testing.assert_close(found, x, rtol=0, atol=1e-15)


def test_diffusion_may_be_a_tensor_or_depend_on_time_and_state(ring_law):
    field, x0 = ring_law(), torch.ones(4, 3, dtype=torch.float64)
    size = torch.tensor([0.1, 0.0, 0.4], dtype=torch.float64)
    by_tensor = integrate(field, x0, 1.0, solver=noisy(size))
    by_function = integrate(field, x0, 1.0, solver=noisy(lambda t, x: size.expand_as(x)))
    assert torch.equal(by_tensor, by_function)
    seen = []
    integrate(field, x0, 1.0, t0=2.0, steps=2, solver=noisy(lambda t, x: seen.append(t) or 0.1 * x))
    assert seen == [2.0, 2.5]


def test_no_noise_is_euler(ring_law):
    x0 = torch.ones(2, 3, dtype=torch.float64)
    assert torch.equal(
        integrate(ring_law(), x0, 1.0, solver=noisy(0.0)),
        integrate(ring_law(), x0, 1.0, solver="euler"),
    )


def test_gradients_flow_to_the_drift_and_to_the_size_of_the_noise(ring_law):
    field, x0 = ring_law(), torch.ones(2, 3, dtype=torch.float64)
    size = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda size: integrate(field, x0, 1.0, solver=noisy(size, 4), steps=3), (size,)
    )


def test_clamped_genes_are_not_shaken(ring_law):
    field = ring_law().do(Intervention.clamp("G1", 0.4))
    end = integrate(field, torch.ones(9, 3, dtype=torch.float64), 1.0, solver=noisy(0.5))
    assert (end[:, 1] == 0.4).all()
    assert (end[:, 0].diff() != 0).all()


def test_recomputing_steps_draws_the_same_noise(ring_law):
    x0, gradients, states = torch.ones(3, 3, dtype=torch.float64), [], []
    for checkpoint in (False, True):
        field, solver = ring_law(), noisy(lambda t, x: 0.2 * x, 8)
        integrate(field, x0, 1.0, solver=solver, checkpoint=checkpoint).sum().backward()
        gradients.append(field.rate.grad)
        states.append(solver.generator.get_state())
    assert torch.equal(*gradients)
    assert torch.equal(*states)


@pytest.mark.parametrize("diffusion", [-0.1, float("nan"), float("inf")])
def test_an_impossible_diffusion_is_refused(diffusion):
    with pytest.raises(InputError, match="diffusion"):
        noisy(diffusion)


def test_noise_cannot_run_back_in_time(ring_law):
    x0 = torch.ones(2, 3, dtype=torch.float64)
    for span in (-1.0, torch.tensor([1.0, -1.0])):
        with pytest.raises(InputError, match="a positive span"):
            integrate(ring_law(), x0, span, solver=noisy(0.1))


def test_the_name_alone_is_refused_with_what_to_write(ring_law):
    with pytest.raises(InputError, match=r"diffusion=0\.1"):
        integrate(ring_law(), torch.ones(2, 3).double(), 1.0, solver="euler-maruyama")


@pytest.mark.parametrize("size", [-0.1, float("inf"), torch.tensor([0.1, -0.2]), np.float32(-1)])
def test_noise_of_no_size_is_refused(size):
    with pytest.raises(InputError, match="finite and not negative"):
        noisy(size)
