from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.integrate import solve_ivp

from hillflow.data import Trajectories
from hillflow.fields import make_field
from hillflow.fields.positive import inverse_softplus
from hillflow.objectives import trajectory_problem

ABSORPTION, ELIMINATION, SHARE = 0.9, 0.3, 0.05  # per h, per h, per volume
TIMES = [0.0, 1.0, 3.0, 8.0]


def one_compartment():
    """ẋ = SHARE d − ELIMINATION x, ḋ = −ABSORPTION d, and a covariate without effect."""
    field = make_field("linear", ["blood", "tablet", "weight"], dtype=torch.float64)
    with torch.no_grad():
        rates = torch.tensor([ELIMINATION, ABSORPTION, 1.0], dtype=torch.float64)
        field.units.raw_decay.copy_(inverse_softplus(rates))
        field.level.zero_()
        field.strength.zero_()
        edge = (field.edges.source == 1) & (field.edges.target == 0)
        field.strength[edge] = SHARE
    return field


def truth(doses: pd.DataFrame, times: list[float]) -> np.ndarray:
    """Blood by SciPy, in pieces between which no dose begins or ends."""
    cuts = sorted({*times, *doses["time"], *(doses["time"] + doses["duration"])})
    state, levels = np.zeros(2), {0.0: 0.0}
    for start, end in itertools.pairwise(cuts):
        inflow = np.zeros(2)
        for dose in doses.itertuples():
            place = int(dose.input == "tablet")
            if dose.duration == 0 and dose.time == start:
                state[place] += dose.amount
            elif dose.duration and dose.time <= start and end <= dose.time + dose.duration:
                inflow[place] += dose.amount / dose.duration

        def change(_, z, inflow=inflow):
            flux = [SHARE * z[1] - ELIMINATION * z[0], -ABSORPTION * z[1]]
            return np.array(flux) + inflow

        state = solve_ivp(change, (start, end), state, rtol=1e-10, atol=1e-12).y[:, -1]
        levels[end] = state[0]
    return np.array([levels[time] for time in times])


SCHEDULES = {
    "bolus": [(0.0, "tablet", 100.0, 0.0)],
    "injections": [(0.0, "blood", 2.0, 0.0), (0.5, "blood", 3.0, 0.0), (3.0, "blood", 1.0, 0.0)],
    "infusions": [(0.5, "blood", 4.0, 4.0), (1.5, "tablet", 80.0, 2.5)],
    "several": [(0.0, "tablet", 50.0, 0.0), (2.0, "tablet", 70.0, 0.0), (2.5, "blood", 1.0, 3.0)],
}


def dosed(scale: float = 1.0) -> tuple[Trajectories, np.ndarray]:
    rows = [(name, *dose) for name, doses in SCHEDULES.items() for dose in doses]
    table = pd.DataFrame(rows, columns=["unit", "time", "input", "amount", "duration"])
    table["amount"] *= scale
    levels = np.stack([truth(table[table["unit"] == name], TIMES) for name in SCHEDULES])
    series = Trajectories.from_arrays(levels[..., None], TIMES, ["blood"], list(SCHEDULES))
    weight = pd.DataFrame({"unit": list(SCHEDULES), "weight": [50.0, 60.0, 70.0, 80.0]})
    return series.with_doses(table, weight), levels


def test_a_linear_compartment_is_that_of_scipy() -> None:
    series, levels = dosed()
    problem = trajectory_problem(series, orthant=False, dtype=torch.float64)
    rows = problem.by_condition[0].source
    end = problem.dosing.rows(rows).integrate(
        one_compartment(), problem.states[rows], problem.by_condition[0].t0, solver="rk4", steps=40
    )
    assert end[:, 0].detach().numpy() == pytest.approx(levels[:, 1:].ravel(), abs=1e-6)
    assert torch.equal(end[:, 2], problem.states[rows, 2])  # covariates stay


def test_levels_are_proportional_to_doses() -> None:
    ends = []
    for scale in (1.0, 3.0):
        problem = trajectory_problem(dosed(scale)[0], orthant=False, dtype=torch.float64)
        rows = problem.by_condition[0].source
        ends.append(
            problem.dosing.rows(rows).integrate(
                one_compartment(), problem.states[rows], problem.by_condition[0].t0
            )[:, 0]
        )
    assert torch.allclose(3 * ends[0], ends[1], rtol=1e-9)


def test_absorption_has_a_gradient_through_the_history_of_a_depot() -> None:
    problem = trajectory_problem(dosed()[0], orthant=False, dtype=torch.float64)
    field, rows = one_compartment(), torch.tensor([1])  # the interval after 1 h: no dose in it
    problem.dosing.rows(rows).integrate(
        field, problem.states[rows], torch.ones(1, dtype=torch.float64)
    )[:, 0].sum().backward()
    assert field.units.raw_decay.grad[1] != 0


def test_a_dose_at_an_observation_is_given_once() -> None:
    times = [0.3, 0.9, 1.5]  # 0.3 + (0.9 − 0.3) > 0.9
    series = Trajectories.from_arrays(np.ones((1, 3, 1)), times, ["blood"], ["a"])
    dose = {"unit": ["a"], "time": [0.9], "input": ["blood"], "amount": [2.0]}
    problem = trajectory_problem(series.with_doses(dose), orthant=False, dtype=torch.float64)
    assert problem.dosing.jumps.sum((1, 2)).tolist() == [0.0, 2.0, 0.0]


def test_what_is_given_is_no_target() -> None:
    problem = trajectory_problem(dosed()[0], orthant=False)
    assert problem.kept.flatten().tolist() == [1.0, 0.0, 0.0]
