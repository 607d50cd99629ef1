"""States and productions between two times, against an exact solution and SciPy's integrals."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from hillflow.baselines.differences import mean_differences
from hillflow.closed_form.coupled import LEAST, TOP, coupled
from hillflow.closed_form.steps import BLOCKS, Steps, joined
from hillflow.data import Cells, Snapshots, Trajectories
from hillflow.interventions import Intervention

GENES = ("A", "B", "C")
RATES = np.array([0.01, 0.4, 5.0])
PRODUCED = np.array([0.3, 1.0, 4.0])


def relaxing(rate: float, gaps: np.ndarray) -> Steps:
    """Pairs on ẋ = p − γx with a p of each gene, from random starts."""
    start = np.random.default_rng(0).uniform(0, 1, size=(len(gaps), len(GENES)))
    fixed = PRODUCED / rate
    end = fixed + (start - fixed) * np.exp(-rate * gaps)[:, None]
    return Steps(
        GENES, start.astype(np.float32), end.astype(np.float32), gaps,
        np.zeros(len(gaps), dtype=np.int64), (Intervention.control(),), np.array([0, len(gaps)]),
        np.zeros(len(GENES)), np.ones(len(GENES)), float(len(gaps)),
    )  # fmt: skip


def cells(conditions: tuple[str, ...] = ("control",), each: int = 30) -> Snapshots:
    random = np.random.default_rng(2)
    times = (0.0, 1.0, 3.0)
    count = len(conditions) * len(times) * each
    return Snapshots.from_arrays(
        random.uniform(0.5, 4, size=(count, 3)) * (1, 10, 0.1),
        np.tile(np.repeat(times, each), len(conditions)), GENES,
        np.repeat(conditions, len(times) * each).tolist(), scale="unknown",
    )  # fmt: skip


def steps_of(data: Cells, seed: int = 0) -> tuple[Steps, Steps]:
    """To the mean descendants, of all pieces, and to single ones."""
    source = coupled(data, seed)
    return joined([source.steps(k) for k in range(len(source.pieces))]), source.singles(
        [source.single_pairs(k) for k in range(len(source.samples))]
    )


def by_value(rows: np.ndarray) -> np.ndarray:
    """Rows in an order of their own: by the last column, a velocity, which no two rows share."""
    return rows[np.argsort(rows[:, -1])]


@pytest.mark.parametrize("rate", RATES)
def test_at_the_true_rate_the_production_is_exact_over_any_gap(rate) -> None:
    steps = relaxing(rate, np.array([0.1, 0.5, 1.0, 2.0, 4.0]))
    _, production = steps.at(rate)
    np.testing.assert_allclose(production, np.tile(PRODUCED, (5, 1)), rtol=1e-4)
    _, wrong = steps.at(2 * rate)
    assert np.abs(wrong - PRODUCED).max() > 1e-3


@pytest.mark.parametrize("rate", RATES)
def test_the_state_is_where_the_states_along_a_straight_path_weigh_the_same(rate) -> None:
    steps = relaxing(1.0, np.array([0.5, 3.0]))
    states, _ = steps.at(rate)
    for row, gap in enumerate(steps.gap):
        mass = quad(lambda s, gap=gap: np.exp(-rate * (gap - s)), 0, gap)[0]
        mean = quad(lambda s, gap=gap: np.exp(-rate * (gap - s)) * s / gap, 0, gap)[0] / mass
        expected = steps.start[row] + mean * (steps.end[row] - steps.start[row])
        np.testing.assert_allclose(states[row], expected, rtol=1e-5)


@pytest.mark.parametrize("rate", [0.0, 1e-5])
def test_without_decay_it_is_the_velocity_at_the_midpoint(rate) -> None:
    steps = relaxing(0.4, np.array([0.1, 0.5, 2.0]))
    states, production = steps.at(rate)
    np.testing.assert_allclose(states, (steps.start + steps.end) / 2, rtol=1e-5)
    velocity = (steps.end - steps.start) / steps.gap[:, None]
    np.testing.assert_allclose(production, velocity + rate * steps.start, rtol=1e-4)


def test_with_fast_decay_it_is_the_level_at_the_end() -> None:
    steps = relaxing(0.4, np.array([1.0, 2.0]))
    states, production = steps.at(1e5)
    np.testing.assert_allclose(states, steps.end, rtol=1e-4)
    np.testing.assert_allclose(production / 1e5, steps.end, rtol=1e-4)


def test_small_and_larger_rates_join_without_a_step() -> None:
    """The limit is taken below γΔ = 1e-3; just above it the formula gives the same."""
    steps = relaxing(0.4, np.array([1.0]))
    for one, other in zip(steps.at(0.999e-3), steps.at(1.001e-3), strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-3)


def test_a_perturbed_gene_has_the_level_that_it_is_held_at() -> None:
    data = cells(("control", "A=ko", "B=clamp:12", "C=kd:0.5"))
    steps = steps_of(data)[0]
    place = {one.name: k for k, one in enumerate(steps.conditions)}
    for rate in (0.0, 2.0):
        states, _ = steps.at(rate)
        knocked_out = steps.condition == place["A=knockout"]
        clamped = steps.condition == place["B=clamp:12"]
        assert (states[knocked_out, 0] == 0).all()
        assert (states[~knocked_out, 0] > 0).all()
        np.testing.assert_allclose(states[clamped, 1], 12 / steps.top[1], rtol=1e-6)
        assert len(np.unique(states[~clamped, 1])) == (~clamped).sum()
        assert len(np.unique(states[:, 2])) == len(states)  # a knockdown holds no level
    perturbed = {name: steps.perturbed[k].tolist() for name, k in place.items()}
    assert perturbed == {
        "control": [False] * 3, "A=knockout": [True, False, False],
        "B=clamp:12": [False, True, False], "C=knockdown:0.5": [False, False, True],
    }  # fmt: skip


def test_blocks_part_the_rows_evenly_and_at_random() -> None:
    steps = steps_of(cells(("control", "A=ko")))[0]
    sizes = np.diff(steps.bounds)
    assert len(sizes) == BLOCKS
    assert steps.bounds[0] == 0
    assert steps.bounds[-1] == len(steps.start) == len(steps.end) == len(steps.gap) == 120
    assert set(sizes) == {7, 8}
    both = [len(np.unique(steps.condition[i:j])) for i, j in pairwise(steps.bounds)]
    assert both.count(2) > BLOCKS // 2
    other = steps_of(cells(("control", "A=ko")), seed=1)[0]
    assert (steps.start != other.start).any()
    np.testing.assert_array_equal(by_value(steps.start), by_value(other.start))


def test_rows_are_cells_and_the_mean_of_their_descendants_on_the_entropic_plan() -> None:
    """Where no gene has other units than the next, coupled as `mean_differences` does."""
    data = cells()
    unit = np.quantile(data.x, TOP, axis=0)
    steps, known = steps_of(data)[0], mean_differences(replace(data, x=data.x / unit))
    np.testing.assert_allclose(steps.top, unit, rtol=1e-6)
    states, velocity = steps.at(0.0)
    found = by_value(np.column_stack([states, velocity]))
    expected = by_value(np.column_stack([known.x, known.velocity]))
    np.testing.assert_allclose(found, expected, atol=2e-3)
    assert steps.observations == known.observations


def test_a_gene_that_few_cells_have_is_measured_in_its_highest_level() -> None:
    data = cells()
    data.x[:, 2] = 0
    data.x[4, 2] = 20.0
    steps = steps_of(data)[0]
    assert steps.top[2] == pytest.approx(LEAST * 20)
    data.x[4, 2] = 0.0
    assert steps_of(data)[0].top[2] == 1  # of a gene that no cell has, any unit will do


def test_levels_below_zero_are_measured_from_the_lowest() -> None:
    data = cells(("control", "A=ko", "B=clamp:12"))
    lowered = replace(data, x=data.x - data.x.min(axis=0) - (0.0, 7.0, 0.0))
    raised = replace(data, x=data.x - data.x.min(axis=0))
    one, other = steps_of(lowered)[0], steps_of(raised)[0]
    np.testing.assert_allclose(one.start, other.start, atol=1e-5)
    np.testing.assert_allclose(one.top, other.top, rtol=1e-5)
    clamped = [k.name for k in one.conditions].index("B=clamp:12")
    held = one.at(0.0)[0][one.condition == clamped, 1]
    np.testing.assert_allclose(held, (12 + 7) / one.top[1], rtol=1e-5)


def test_steps_of_series_are_their_consecutive_observations() -> None:
    random = np.random.default_rng(3)
    x = random.uniform(size=(4, 6, 3))
    times = np.array([0.0, 1.0, 2.0, 4.0, 5.0, 9.0])
    names = ["a", "b", "c", "d"]
    of_row = np.repeat(["control", "control", "A=ko", "B=ko"], 6).tolist()
    series = Trajectories.from_arrays(x, times, GENES, names, conditions=of_row)
    steps = steps_of(series)[0]
    assert steps.observations == len(steps.start) == 20
    states, velocity = steps.at(0.0)
    gaps = np.tile(np.diff(times), 4)
    middle = ((x[:, 1:] + x[:, :-1]) / 2).reshape(-1, 3)
    middle[10:15, 0] = middle[15:, 1] = 0
    slope = (np.diff(x, axis=1)).reshape(-1, 3) / gaps[:, None]
    expected = np.column_stack([gaps, middle / steps.top, slope / steps.top])
    found = np.column_stack([steps.gap, states, velocity])
    np.testing.assert_allclose(by_value(found), by_value(expected), atol=1e-5)


def test_single_descendants_are_pairs_of_the_exact_plan() -> None:
    """Each pair is of cells measured at consecutive times, and states are those before the step."""
    data = cells(("control", "A=ko"))
    singles = steps_of(data)[1]
    states, velocity = singles.at_start()
    step = singles.end - singles.start
    np.testing.assert_allclose(velocity * singles.gap[:, None], step, atol=1e-5)
    measured = {row.tobytes() for row in (data.x / singles.top).astype(np.float32)}
    assert {row.tobytes() for row in singles.end} <= measured
    held = states[singles.perturbed[singles.condition, data.genes.index("A")]]
    assert len(held)
    assert (held[:, data.genes.index("A")] == 0).all()
