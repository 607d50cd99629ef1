from __future__ import annotations

import torch

from hillflow.objectives.lanes import Lanes


def arms_of(problem_of, with_knockout):
    return problem_of(with_knockout).arms  # times 0, 1, 2.5 and 0, 2


def test_lanes_from_the_first_population(problem_of, with_knockout) -> None:
    lanes = Lanes.lay(arms_of(problem_of, with_knockout), "first", None, 40)
    assert (lanes.starts, lanes.each, lanes.horizon) == (((0,), (0,)), 20, 2)
    reached = [(lane.row, lane.start, at) for lane, at in lanes.arriving(0)]
    assert reached == [(0, 0, 1), (1, 0, 1)]
    assert [(lane.row, lane.start, at) for lane, at in lanes.arriving(1)] == [(0, 0, 2)]


def test_lanes_from_every_population(problem_of, with_knockout) -> None:
    lanes = Lanes.lay(arms_of(problem_of, with_knockout), "every", None, 40)
    assert lanes.starts == ((0, 1), (0, 0))  # the knockout's only lane fills up
    reached = [(lane.row, lane.cells, at) for lane, at in lanes.arriving(0)]
    assert reached == [(0, slice(0, 10), 1), (0, slice(10, 20), 2), (1, slice(0, 10), 1)]
    assert [(lane.row, at) for lane, at in lanes.arriving(1)] == [(0, 2)]


def test_the_clock_stops_at_the_last_time(problem_of, with_knockout) -> None:
    lanes = Lanes.lay(arms_of(problem_of, with_knockout), "every", None, 8)
    t0, dt = lanes.clock(0, torch.zeros(()).double())
    assert t0.tolist() == [[0, 0, 1, 1], [0, 0, 0, 0]]
    assert dt.tolist() == [[1, 1, 1.5, 1.5], [2, 2, 2, 2]]
    t0, dt = lanes.clock(1, torch.zeros(()).double())
    assert t0.tolist() == [[1, 1, 2.5, 2.5], [2, 2, 2, 2]]
    assert dt.tolist() == [[1.5, 1.5, 0, 0], [0, 0, 0, 0]]


def test_a_condition_seen_once_has_a_lane_that_arrives_nowhere(problem_of, with_knockout) -> None:
    from dataclasses import replace

    arms = arms_of(problem_of, with_knockout)
    once = replace(arms[1], times=(0.0,), rows=arms[1].rows[:1], weights=arms[1].weights[:1])
    lanes = Lanes.lay((arms[0], once), "every", 1, 40)
    assert lanes.starts == ((0, 1), (0, 0))
    assert {lane.row for lane, _ in lanes.arriving(0)} == {0}
    assert lanes.horizon == 1
