from __future__ import annotations

import torch

from hillflow.objectives.rollout_batch import RolloutBatch


def arms_of(problem_of, with_knockout):
    return problem_of(with_knockout).by_condition  # times 0, 1, 2.5 and 0, 2


def test_lanes_from_the_first_population(problem_of, with_knockout) -> None:
    batch = RolloutBatch.lay(arms_of(problem_of, with_knockout), "first", None, 40)
    assert (batch.starts, batch.each, batch.horizon) == (((0,), (0,)), 20, 2)
    reached = [(slot.row, slot.start, at) for slot, at in batch.arriving(0)]
    assert reached == [(0, 0, 1), (1, 0, 1)]
    assert [(slot.row, slot.start, at) for slot, at in batch.arriving(1)] == [(0, 0, 2)]


def test_lanes_from_every_population(problem_of, with_knockout) -> None:
    batch = RolloutBatch.lay(arms_of(problem_of, with_knockout), "every", None, 40)
    assert batch.starts == ((0, 1), (0, 0))  # the knockout's only slot fills up
    reached = [(slot.row, slot.cells, at) for slot, at in batch.arriving(0)]
    assert reached == [(0, slice(0, 10), 1), (0, slice(10, 20), 2), (1, slice(0, 10), 1)]
    assert [(slot.row, at) for slot, at in batch.arriving(1)] == [(0, 2)]


def test_the_clock_stops_at_the_last_time(problem_of, with_knockout) -> None:
    batch = RolloutBatch.lay(arms_of(problem_of, with_knockout), "every", None, 8)
    t0, dt = batch.clock(0, torch.zeros(()).double())
    assert t0.tolist() == [[0, 0, 1, 1], [0, 0, 0, 0]]
    assert dt.tolist() == [[1, 1, 1.5, 1.5], [2, 2, 2, 2]]
    t0, dt = batch.clock(1, torch.zeros(()).double())
    assert t0.tolist() == [[1, 1, 2.5, 2.5], [2, 2, 2, 2]]
    assert dt.tolist() == [[1.5, 1.5, 0, 0], [0, 0, 0, 0]]


def test_a_condition_seen_once_has_a_lane_that_arrives_nowhere(problem_of, with_knockout) -> None:
    from dataclasses import replace

    by_condition = arms_of(problem_of, with_knockout)
    once = replace(
        by_condition[1],
        times=(0.0,),
        rows=by_condition[1].rows[:1],
        weights=by_condition[1].weights[:1],
    )
    batch = RolloutBatch.lay((by_condition[0], once), "every", 1, 40)
    assert batch.starts == ((0, 1), (0, 0))
    assert {slot.row for slot, _ in batch.arriving(0)} == {0}
    assert batch.horizon == 1
