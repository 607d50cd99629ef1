"""What holds for every solver, held against SciPy, against each other, one cell at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.errors import InputError, UnsupportedError
from hillflow.interventions import Intervention
from hillflow.solve import SOLVERS, Stepper, integrate, make_solver

STEPPERS = ["euler", "heun", "rk4", "exponential"]
START = torch.tensor([[0.2, 1.0, 0.5], [1.5, 0.1, 0.9]], dtype=torch.float64)


@pytest.mark.parametrize("name", STEPPERS)
def test_error_falls_with_the_order_that_is_claimed(name, ring_law, ring_truth):
    truth = torch.from_numpy(ring_truth(START.numpy(), 2.0, forcing=0.5))
    field = ring_law(forcing=0.5)
    errors = [
        float((integrate(field, START, 2.0, solver=name, steps=steps) - truth).detach().abs().max())
        for steps in (16, 32, 64)
    ]
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    assert slopes == pytest.approx(SOLVERS[name].order, abs=0.25)


@pytest.mark.parametrize("name", [*STEPPERS, "dopri5"])
def test_a_span_and_a_start_per_cell_equal_cells_one_by_one(name, ring_law):
    field = ring_law(forcing=0.5)
    span = torch.tensor([0.5, 3.0], dtype=torch.float64)
    t0 = torch.tensor([0.0, 1.25], dtype=torch.float64)
    solver = make_solver(name, rtol=1e-9, atol=1e-11) if name == "dopri5" else name
    together = integrate(field, START, span, t0=t0, solver=solver)
    for row in range(2):
        alone = integrate(field, START[row], float(span[row]), t0=float(t0[row]), solver=solver)
        torch.testing.assert_close(
            together[row], alone, rtol=0, atol=1e-7 if name == "dopri5" else 1e-14
        )


@pytest.mark.parametrize("name", STEPPERS)
def test_gradients_equal_finite_differences(name, ring_law):
    field = ring_law(forcing=0.5)
    span = torch.tensor([0.5, 1.0], dtype=torch.float64, requires_grad=True)

    def end(x0, span):
        return integrate(field, x0, span, solver=name, steps=3)

    x0 = START.clone().requires_grad_()
    assert torch.autograd.gradcheck(end, (x0, span))

    end(x0, span).square().sum().backward()
    for parameter in (field.strength, field.rate):
        numeric = torch.empty_like(parameter)
        for at in np.ndindex(*parameter.shape):
            around = []
            for shift in (1e-6, -2e-6):
                with torch.no_grad():
                    parameter[at] += shift
                    around.append(end(x0, span).square().sum())
            with torch.no_grad():
                parameter[at] += 1e-6
            numeric[at] = (around[0] - around[1]) / 2e-6
        torch.testing.assert_close(parameter.grad, numeric.detach(), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", STEPPERS)
def test_going_back_returns_to_the_start(name, ring_law):
    field = ring_law()
    there = integrate(field, START, 0.5, solver=name, steps=400)
    back = integrate(field, there, -0.5, solver=name, steps=400)
    tolerance = 5e-3 if name == "euler" else 1e-5
    torch.testing.assert_close(back, START, rtol=0, atol=tolerance)


@pytest.mark.parametrize("name", [*STEPPERS, "dopri5"])
def test_a_stack_of_interventions_equals_them_one_by_one(name, ring_law):
    field = ring_law()
    many = [Intervention.control(), Intervention.knockout("G1"), Intervention.clamp("G0", 0.7)]
    stacked = integrate(field.do_each(many), START, 1.5, solver=name)
    assert stacked.shape == (3, 2, 3)
    for row, intervention in enumerate(many):
        alone = integrate(field.do(intervention), START, 1.5, solver=name)
        torch.testing.assert_close(
            stacked[row], alone, rtol=0, atol=1e-4 if name == "dopri5" else 1e-14
        )
    assert (stacked[2, :, 0] == 0.7).all()


@pytest.mark.parametrize("name", STEPPERS)
def test_one_step_is_the_whole_solve_in_one_step(name, ring_law):
    field = ring_law(forcing=0.5)
    stepper = make_solver(name)
    assert isinstance(stepper, Stepper)
    once = stepper.step(field, 0.3, START, 0.2)
    torch.testing.assert_close(
        once, integrate(field, START, 0.2, t0=0.3, solver=name, steps=1), rtol=0, atol=0
    )


def test_registry_says_what_each_solver_is():
    entries = {entry.name: entry for entry in SOLVERS.values()}
    assert set(entries) == {*STEPPERS, "euler-maruyama", "langevin", "dopri5"}
    assert [entries[name].order for name in STEPPERS] == [1, 2, 4, 2]
    assert entries["exponential"].needs == "linear decay"
    for entry in entries.values():
        assert entry.cls.name == entry.name
        assert all((entry.formula, entry.source, entry.cost, entry.when_not))


def test_an_unknown_solver_is_refused_with_the_nearest_name():
    with pytest.raises(InputError, match="did you mean 'exponential'"):
        make_solver("exponentiel")


def test_exponential_refuses_a_field_without_linear_decay_and_names_rk4(linear_law):
    field = linear_law(torch.eye(2))
    with pytest.raises(UnsupportedError, match=r"linear decay.*use solver='rk4'"):
        integrate(field, torch.ones(1, 2), 1.0, solver="exponential")


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("rk4", {"rtol": 1e-3}, r"option of the solver 'rk4' \(it takes none\), found 'rtol'"),
        ("dopri5", {"rtoll": 1e-3}, "'atol'.*did you mean 'rtol'"),
        ("euler-maruyama", {"diffusion": 0.1}, "'generator' for the solver"),
    ],
)
def test_options_that_a_solver_does_not_take_are_refused(name, options, words):
    with pytest.raises(InputError, match=words):
        make_solver(name, **options)
