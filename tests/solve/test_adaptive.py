from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.errors import InputError, UnsupportedError
from hillflow.solve import integrate, make_solver, trajectory

START = torch.tensor([[0.2, 1.0, 0.5], [1.5, 0.1, 0.9]], dtype=torch.float64)
TIGHT = {"rtol": 1e-10, "atol": 1e-12}


def test_it_is_the_solution(ring_law, ring_truth):
    end = integrate(ring_law(forcing=0.5), START, 5.0, solver=make_solver("dopri5", **TIGHT))
    truth = ring_truth(START.numpy(), 5.0, forcing=0.5)
    np.testing.assert_allclose(end.detach(), truth, rtol=1e-8)


def test_fixed_steps_agree_with_it(ring_law):
    exact = integrate(ring_law(), START, 3.0, solver=make_solver("dopri5", **TIGHT))
    rk4 = integrate(ring_law(), START, 3.0, solver="rk4", steps=200)
    torch.testing.assert_close(rk4, exact, rtol=1e-8, atol=0)
    exponential = integrate(ring_law(), START, 3.0, solver="exponential", steps=2000)
    torch.testing.assert_close(exponential, exact, rtol=1e-5, atol=0)


def test_adjoint_gradients_equal_plain_ones_and_those_of_small_steps(ring_law):
    found = []
    for solver in (
        make_solver("dopri5", **TIGHT),
        make_solver("dopri5", adjoint=True, **TIGHT),
        "rk4",
    ):
        field, x0 = ring_law(forcing=0.5), START.clone().requires_grad_()
        span = torch.tensor([1.0, 3.0], dtype=torch.float64)
        integrate(field, x0, span, solver=solver, steps=200).square().sum().backward()
        found.append((x0.grad, field.strength.grad, field.rate.grad))
    for other in found[1:]:
        for one, two in zip(found[0], other, strict=True):
            torch.testing.assert_close(one, two, rtol=1e-6, atol=1e-9)


def test_path(ring_law, ring_truth):
    path = trajectory(ring_law(), START, [0.0, 1.0, 4.0], solver=make_solver("dopri5", **TIGHT))
    for state, time in zip(path[1:], (1.0, 4.0), strict=True):
        np.testing.assert_allclose(state.detach(), ring_truth(START.numpy(), time), rtol=1e-8)


def test_what_it_cannot_do_is_refused_with_what_can(ring_law):
    with pytest.raises(UnsupportedError, match="adjoint=True"):
        integrate(ring_law(), START, 1.0, solver="dopri5", checkpoint=True)
    span = torch.ones(2, dtype=torch.float64, requires_grad=True)
    with pytest.raises(UnsupportedError, match="adjoint=False"):
        integrate(ring_law(), START, span, solver=make_solver("dopri5", adjoint=True))
    with pytest.raises(InputError, match="tolerances above 0"):
        make_solver("dopri5", rtol=0.0)
