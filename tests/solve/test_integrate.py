from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch

from hillflow.errors import HillflowWarning, InputError, TimeError
from hillflow.interventions import Intervention
from hillflow.solve import integrate, trajectory
from hillflow.solve.integrate import choose_solver

START = torch.tensor([[0.2, 1.0, 0.5], [1.5, 0.1, 0.9]], dtype=torch.float64)


def test_auto_is_exponential_where_decay_is_linear_else_rk4(ring_law, linear_law):
    assert choose_solver(ring_law()).name == "exponential"
    assert choose_solver(linear_law(torch.eye(2))).name == "rk4"
    assert torch.equal(
        integrate(ring_law(), START, 1.0), integrate(ring_law(), START, 1.0, solver="exponential")
    )


def test_trajectory_is_integrate_from_time_to_time(ring_law):
    field, times = ring_law(forcing=0.5), [1.0, 1.5, 4.0]
    path = trajectory(field, START, times, solver="rk4", steps=7)
    assert path.shape == (3, 2, 3)
    assert torch.equal(path[0], START)
    x = START
    for index in (1, 2):
        gap = times[index] - times[index - 1]
        x = integrate(field, x, gap, t0=times[index - 1], solver="rk4", steps=7)
        assert torch.equal(path[index], x)


def test_max_step_gives_each_interval_the_steps_it_needs(ring_law):
    field, times = ring_law(), torch.tensor([0.0, 0.3, 2.0])
    path = trajectory(field, START, times, solver="rk4", max_step=0.1)
    by_hand = integrate(field, START, float(times[1]), solver="rk4", steps=4)  # 0.3 in float32
    torch.testing.assert_close(path[1], by_hand, rtol=0, atol=1e-8)
    for step, count in ((0.5, 2 + 4), (0.25, 4 + 8)):
        calls = []
        counted = ring_law()
        counted.register_forward_pre_hook(lambda *given, calls=calls: calls.append(given))
        trajectory(counted, START, [0.0, 1.0, 3.0], solver="rk4", max_step=step)
        assert len(calls) == 4 * count


def test_falling_times_go_back(ring_law):
    forth = trajectory(ring_law(), START, [0.0, 0.5, 1.0], solver="rk4", steps=50)
    back = trajectory(ring_law(), forth[-1], [1.0, 0.5, 0.0], solver="rk4", steps=50)
    torch.testing.assert_close(back.flip(0), forth, rtol=0, atol=1e-7)


def test_one_time_gives_the_start_as_admitted(ring_law):
    path = trajectory(ring_law().do(Intervention.clamp("G0", 3.0)), START, [2.0])
    assert path.shape == (1, 2, 3)
    assert (path[0, :, 0] == 3.0).all()


@pytest.mark.parametrize("span", [0.0, torch.zeros(2)])
def test_no_time_is_no_motion(ring_law, span):
    assert torch.equal(integrate(ring_law(), START, span), START)


def test_recomputing_steps_changes_neither_value_nor_gradient(ring_law):
    found = []
    for checkpoint in (False, True):
        field = ring_law(forcing=0.5)
        x0 = START.clone().requires_grad_()
        span = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
        end = integrate(field, x0, span, solver="rk4", checkpoint=checkpoint)
        end.square().sum().backward()
        found.append((end.detach(), x0.grad, span.grad, field.rate.grad, field.strength.grad))
    for plain, again in zip(*found, strict=True):
        assert torch.equal(plain, again)


def test_recomputing_keeps_fewer_tensors(ring_law):
    kept = []
    for checkpoint in (False, True):
        count = [0]

        def pack(tensor, count=count):
            count[0] += tensor.numel()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            integrate(ring_law(), START, 1.0, solver="rk4", steps=20, checkpoint=checkpoint)
        kept.append(count[0])
    assert kept[1] < kept[0] / 5


def test_the_derivative_by_the_span_is_the_velocity_at_the_end(ring_law):
    field = ring_law()
    span = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
    end = integrate(field, START[0], span, solver="rk4", steps=200)
    rates = torch.stack([torch.autograd.grad(e, span, retain_graph=True)[0] for e in end])
    torch.testing.assert_close(rates, field(None, end), rtol=1e-8, atol=1e-9)


def test_float32_stays_float32_with_a_float64_span(ring_law):
    field = ring_law(dtype=torch.float32)
    end = integrate(field, START.float(), torch.tensor([1.0, 2.0], dtype=torch.float64))
    assert end.dtype == torch.float32


def test_flow_has_a_derivative_under_vmap(ring_law):
    field = ring_law()

    def flow(x):
        return integrate(field, x[None], 1.0, solver="rk4", check_finite=False)[0]

    found = torch.func.vmap(torch.func.jacrev(flow))(START)
    numeric = torch.stack(
        [
            (flow_rows(field, START + e) - flow_rows(field, START - e)) / 2e-6
            for e in 1e-6 * torch.eye(3, dtype=torch.float64)
        ],
        dim=-1,
    )
    torch.testing.assert_close(found, numeric, rtol=1e-7, atol=1e-9)


def flow_rows(field, x):
    return integrate(field, x, 1.0, solver="rk4")


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"steps": 0}, InputError, "at least one step"),
        ({"steps": 2.5}, InputError, "at least one step"),
        ({"span": float("nan")}, TimeError, "finite span"),
        ({"t0": float("inf")}, TimeError, "finite t0"),
        ({"span": torch.ones(5)}, TimeError, r"one per cell, \[2\], found shape \[5\]"),
        ({"span": torch.ones(4, 2)}, TimeError, "one per cell"),
        ({"x0": torch.ones(2, 4)}, InputError, r"states \[..., 3\].*shape \[2, 4\]"),
        ({"x0": torch.ones(2, 3, dtype=torch.long)}, InputError, "floating-point.*int64"),
        ({"solver": "rk5"}, InputError, "did you mean 'rk4'"),
        ({"x0": START * torch.nan}, InputError, "finite states to start"),
        ({"x0": START.float()}, InputError, r"of the field, float64, found float32.*x\.to\(torch"),
        ({"x0": START.numpy()}, InputError, r"found ndarray\. Fix: .*torch\.from_numpy"),
    ],
)
def test_mistakes_are_named(ring_law, change, error, words):
    given = {"x0": START, "span": 1.0} | change
    with pytest.raises(error, match=words):
        integrate(ring_law(), given.pop("x0"), given.pop("span"), **given)


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ([], "at least"),
        ([[0.0, 1.0]], "a list of finite times"),
        ([0.0, np.nan], "a list of finite times"),
        ([0.0, 1.0, 1.0], "rise"),
        ([0.0, 2.0, 1.0], "rise"),
    ],
)
def test_times_that_make_no_path_are_refused(ring_law, times, words):
    with pytest.raises(TimeError, match=words):
        trajectory(ring_law(), START, times)


def test_a_step_of_no_length_is_refused(ring_law):
    with pytest.raises(InputError, match="max_step above 0"):
        trajectory(ring_law(), START, [0.0, 1.0], max_step=0.0)


def test_states_below_zero_are_warned_of_where_the_field_keeps_above(ring_law, linear_law):
    x0 = START.clone()
    x0[1, 2] = -0.3
    with pytest.warns(HillflowWarning, match="1 of the states start below 0") as said:
        trajectory(ring_law(), x0, [0.0, 1.0, 2.0])
    assert len(said) == 1  # not once an interval, nor once a step
    assert said[0].filename == __file__
    x0[1, 2] = -1e-9  # rounding
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        integrate(ring_law(), x0, 1.0)
        integrate(linear_law(-torch.eye(3).double()), -START, 1.0)
