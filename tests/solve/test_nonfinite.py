from __future__ import annotations

import pytest
import torch

from hillflow.errors import NumericalError
from hillflow.fields import VectorField
from hillflow.solve import integrate, make_solver, trajectory
from hillflow.solve.nonfinite import all_finite, all_within, bound_on


class Trap(VectorField):
    """At rest, but for cells above 1 in gene B, whose velocity is lost from time 2 on."""

    has_split = False

    def forward(self, t, x):
        t = torch.as_tensor(t, dtype=x.dtype).expand(x.shape[:-1]).unsqueeze(-1)
        here = torch.tensor([False, True, False]).expand_as(x) & (x > 1) & (t >= 2)
        return torch.where(here, torch.nan, torch.zeros_like(x))


FIELD = Trap(["A", "B", "C"])


@pytest.mark.parametrize(("solver", "steps"), [("euler", 8), ("heun", 8), ("rk4", 8)])
def test_cell_gene_and_time_of_the_first_loss_are_named(solver, steps):
    x0 = torch.zeros(6, 3)
    x0[4, 1] = 2.0
    with pytest.raises(NumericalError) as caught:
        integrate(FIELD, x0, 4.0, solver=solver, steps=steps)
    # Euler asks at the start of a step (t = 2 → state at 2.5), the others also at its end.
    time = "2.5" if solver == "euler" else "2"
    words = str(caught.value)
    assert (
        f"nan in gene 'B' of cell 4 at time {time} (step {5 if solver == 'euler' else 4}" in words
    )
    assert "steps=32" in words
    assert repr(solver) in words
    assert "more cells" not in words


def test_every_cell_has_its_own_time():
    x0 = torch.zeros(2, 3)
    x0[1, 1] = 2.0
    span = torch.tensor([100.0, 10.0])
    with pytest.raises(NumericalError, match=r"cell 1 at time 3 \(step 3 of 10"):
        integrate(FIELD, x0, span, solver="euler", steps=10)


def test_a_stack_names_both_of_its_rows_and_a_single_state_none():
    x0 = torch.zeros(2, 4, 3)
    x0[1, 2, 1] = x0[1, 3, 1] = 2.0
    with pytest.raises(NumericalError, match=r"cell \[1, 2\] .*, and 1 more cells"):
        integrate(FIELD, x0, 4.0, solver="rk4")
    with pytest.raises(NumericalError, match="the only cell"):
        integrate(FIELD, x0[1, 2], 4.0, solver="rk4")


def test_trajectory_stops_in_the_interval_of_the_loss():
    x0 = torch.full((1, 3), 2.0)
    with pytest.raises(NumericalError, match=r"at time 2\.2 \(step 8 of 10"):
        trajectory(FIELD, x0, [0.0, 1.0, 2.5, 5.0], solver="euler")


def test_dopri5_names_them_too(runaway_law):
    x0 = torch.zeros(6, 3)
    x0[2, 1] = 2.0
    with pytest.raises(
        NumericalError, match=r"gene 'B' of cell 2 at time [23]\.\d+ \(solver 'dopri5'"
    ):
        integrate(FIELD, x0, 4.0, solver="dopri5")
    field = runaway_law(["A", "B"])
    with pytest.raises(NumericalError, match="solver 'dopri5'") as caught:
        integrate(field, torch.tensor([[0.1, 1.0]]), 2.0, solver="dopri5")
    assert "at time 1" in str(caught.value) or "at time 0.99" in str(caught.value)


def test_dopri5_says_when_steps_run_out(ring_law):
    solver = make_solver("dopri5", rtol=1e-10, atol=1e-12, max_steps=5)
    with pytest.raises(NumericalError, match=r"at most 5 steps.*not complete at time"):
        integrate(ring_law(), torch.ones(1, 3).double(), 10.0, solver=solver)


def test_overflow_of_a_growing_field_names_the_exponential_solver_only_where_it_applies(
    runaway_law, ring_law
):
    with pytest.raises(NumericalError, match="use solver='dopri5'"):
        integrate(runaway_law(["A"]), torch.ones(1, 1), 20.0, solver="rk4", steps=20)
    field = ring_law(rate=[1e8, 1.0, 1.0], dtype=torch.float32)
    with pytest.raises(NumericalError, match=r"gene 'G0'.*use solver='exponential'"):
        integrate(field, torch.ones(1, 3), 10.0, solver="rk4")


def test_noise_is_drawn_again_to_find_the_first_loss():
    solver = make_solver(
        "euler-maruyama", diffusion=3.0, generator=torch.Generator().manual_seed(2)
    )
    generator = torch.Generator().manual_seed(2)
    x = torch.zeros(40, 3)
    for step in range(1, 11):
        noise = torch.randn(x.shape, generator=generator)
        x = x + 0.4 * FIELD(0.4 * (step - 1), x) + 0.4**0.5 * 3.0 * noise
        if not x.isfinite().all():
            break
    row = int(x.isnan()[:, 1].nonzero()[0])
    with pytest.raises(NumericalError, match=rf"cell {row} at time {0.4 * step:.6g} "):
        integrate(FIELD, torch.zeros(40, 3), 4.0, solver=solver)


def test_a_sum_that_overflows_is_no_loss():
    assert all_finite(torch.full((4,), 3e38))
    assert not all_finite(torch.tensor([1.0, float("inf")]))
    assert not all_finite(torch.tensor([float("inf"), float("-inf")]))
    assert all_finite(torch.empty(0))


def test_a_bound_is_a_multiple_of_the_start_and_nothing_lost_is_within():
    bound = bound_on(torch.tensor([[2.0, -5.0]]))
    assert float(bound) == pytest.approx(5e12)
    assert float(bound_on(torch.zeros(3))) == pytest.approx(1e12)
    assert bound_on(torch.full((1,), 1e30)) == torch.finfo(torch.float32).max
    assert all_within(torch.tensor([-4e12, 1.0]), bound)
    for lost in (6e12, -6e12, float("nan"), float("inf")):
        assert not all_within(torch.tensor([1.0, lost]), bound)
    assert all_within(torch.empty(0), bound_on(torch.empty(0)))


@pytest.mark.parametrize("solver", ["euler", "rk4", "dopri5"])
def test_growth_that_no_cell_shows_is_a_loss_though_it_is_finite(linear_law, solver):
    field = linear_law(torch.tensor([[0.0, 0.0], [0.0, 30.0]]).double())
    x0 = torch.ones(3, 2).double()
    assert integrate(field, x0, 0.5, solver=solver, steps=100).isfinite().all()
    with pytest.raises(NumericalError, match=r"none above 1e\+12.*in gene 'G1' of cell 0 .*, and"):
        integrate(field, x0, 1.5, solver=solver, steps=100)
    path = [0.0, 0.5, 1.0, 1.5]  # 10⁶ an interval: what counts is the start of the path
    with pytest.raises(NumericalError, match=r"at time 0\.9"):
        trajectory(field, x0, path, solver="rk4", steps=50)
    wild = integrate(field, x0, 1.5, solver=solver, steps=100, check_finite=False)
    assert wild.max() > 1e12
