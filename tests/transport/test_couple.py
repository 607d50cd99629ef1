from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rich.progress import Progress

import hillflow.transport.couple as couple
from hillflow.data.snapshots import Snapshots
from hillflow.errors import HillflowWarning, InputError
from hillflow.transport import ExactOT, Plan, Sinkhorn, fit_plan


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch) -> None:
    """Each plan is computed, though the same one was asked for before."""
    monkeypatch.setattr(couple, "_MOST_RECENT", 0)


def test_cells_are_coupled_within_condition_and_interval(snapshots) -> None:
    for interval in fit_plan(snapshots, "independent"):
        pairs = interval.pairs
        assert (snapshots.time[pairs.i] == interval.start.time).all()
        assert (snapshots.time[pairs.j] == interval.end.time).all()
        start = snapshots.condition_index(interval.start.condition)
        assert (snapshots.condition[pairs.i] == start).all()
        end = snapshots.condition_index(interval.condition)
        assert (snapshots.condition[pairs.j] == end).all()
        assert pairs.weight.sum() == pytest.approx(1)


def test_a_plan_is_made_in_the_coordinates_of_the_basis(snapshots) -> None:
    first = fit_plan(snapshots)[0]
    z = snapshots.states()
    alone = ExactOT().couple(z[first.start.rows], z[first.end.rows])
    assert first.pairs.cost == pytest.approx(alone.cost)


def test_cell_weights_are_respected(snapshots) -> None:
    weights = np.random.default_rng(0).uniform(0.1, 5, len(snapshots))
    n = len(snapshots)
    for interval in fit_plan(replace(snapshots, weights=weights), "exact"):
        plan = interval.pairs.matrix(n, n)
        for rows, mass in (
            (interval.start.rows, plan.sum(axis=1).A1),
            (interval.end.rows, plan.sum(axis=0).A1),
        ):
            np.testing.assert_allclose(mass[rows], weights[rows] / weights[rows].sum(), atol=1e-7)


def test_a_knockout_need_not_start_from_the_control(snapshots) -> None:
    plan = fit_plan(snapshots, "independent", start_from_control=False)
    assert not any(interval.starts_from_control for interval in plan)
    assert len(plan) == 3


def test_a_knockout_seen_once_has_only_the_control_to_start_from(snapshots) -> None:
    knockout = snapshots.conditions[1]
    once = snapshots.take((snapshots.condition == 0) | (snapshots.time == 3)).with_basis(3)
    plan = fit_plan(once, "independent")
    (interval,) = plan.of(knockout)
    assert (interval.start.time, interval.end.time, interval.gap) == (0, 3, 3)
    with pytest.warns(HillflowWarning, match="no interval for 'A=knockout at 3'"):
        assert len(fit_plan(once, "independent", start_from_control=False)) == 2


def test_without_two_times_of_one_condition_there_is_no_plan() -> None:
    x = np.random.default_rng(0).normal(size=(40, 3))
    apart = Snapshots.from_arrays(
        x, np.repeat([0.0, 1.0], 20), ["A", "B", "C"], ["A=ko"] * 20 + ["B=ko"] * 20
    ).with_basis(2)
    with pytest.raises(InputError, match="at least two times"):
        fit_plan(apart)


def test_same_seed_same_plan_and_intervals_draw_apart(snapshots) -> None:
    first, again, other = (fit_plan(snapshots, "sinkhorn", seed=s) for s in (7, 7, 8))
    for k in range(len(first)):
        np.testing.assert_array_equal(first[k].pairs.j, again[k].pairs.j)
        assert not np.array_equal(first[k].pairs.j, other[k].pairs.j)
    draws = [child.generate_state(1)[0] for child in np.random.SeedSequence(7).spawn(4)]
    assert len(set(draws)) == 4


def test_the_cache_is_read_and_knows_its_options(snapshots, tmp_path, monkeypatch) -> None:
    plan = fit_plan(snapshots, Sinkhorn(), seed=1, cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 1

    def never(*args: object) -> None:
        raise AssertionError("coupled again")

    with monkeypatch.context() as patch:
        patch.setattr(Sinkhorn, "_couple", never)
        again = fit_plan(snapshots, Sinkhorn(), seed=1, cache=tmp_path)
    for one, other in zip(plan, again, strict=True):
        np.testing.assert_array_equal(one.pairs.j, other.pairs.j)
    fit_plan(snapshots, Sinkhorn(), seed=2, cache=tmp_path)
    fit_plan(snapshots, Sinkhorn(epsilon=0.1), seed=1, cache=tmp_path)
    fit_plan(snapshots.with_basis(2), Sinkhorn(), seed=1, cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 4


def test_a_damaged_cache_is_computed_again(snapshots, tmp_path) -> None:
    plan = fit_plan(snapshots, cache=tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"half a plan")
    with pytest.warns(HillflowWarning, match="computed again"):
        again = fit_plan(snapshots, cache=tmp_path)
    np.testing.assert_array_equal(again[0].pairs.j, plan[0].pairs.j)
    Plan.load(path, snapshots)


def test_progress_is_told(snapshots) -> None:
    told = []
    fit_plan(snapshots, "independent", progress=lambda done, total: told.append((done, total)))
    assert told == [(k, 4) for k in range(1, 5)]
    with Progress(disable=True) as display:
        fit_plan(snapshots, "independent", progress=display)
        (task,) = display.tasks
        assert (task.completed, task.total) == (4, 4)


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda s: replace(s, basis=None), {}, r"call \.with_basis"),
        (lambda s: s, {"coupling": "exakt"}, "did you mean 'exact'"),
        (lambda s: s, {"memory_mb": 0}, "memory above 0"),
        (lambda s: replace(s, weights=np.full(len(s), -1.0)), {}, "at least 0"),
        (lambda s: replace(s, weights=1.0 * (s.time > 0)), {}, r"time 0 \(control\)"),
    ],
)
def test_mistakes_are_found_before_any_work(snapshots, monkeypatch, change, options, message):
    monkeypatch.setattr(couple, "Interval", None)  # reaching the work would be a TypeError
    monkeypatch.setattr(ExactOT, "_couple", None)
    with pytest.raises(InputError, match=message):
        fit_plan(change(snapshots), **options)


def test_a_plan_that_was_asked_for_before_is_the_same_object(snapshots, monkeypatch) -> None:
    monkeypatch.setattr(couple, "_MOST_RECENT", 4)
    first = fit_plan(snapshots, "exact", seed=3)
    assert fit_plan(snapshots, "exact", seed=3) is first
    assert fit_plan(snapshots, "exact", seed=4) is not first
    for seed in range(5, 9):
        fit_plan(snapshots, "independent", seed=seed)
    assert fit_plan(snapshots, "exact", seed=3) is not first
    monkeypatch.setattr(couple, "_MOST_PAIRS", 0)
    assert fit_plan(snapshots, "exact", seed=10) is not fit_plan(snapshots, "exact", seed=10)
