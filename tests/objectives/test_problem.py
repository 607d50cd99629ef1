from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from hillflow.data import Snapshots, Trajectories
from hillflow.fields import make_field
from hillflow.interventions import Intervention
from hillflow.objectives import snapshot_problem, trajectory_problem
from hillflow.objectives.problem import acting
from hillflow.transport import ExactOT, Independent, Sinkhorn, Unbalanced, fit_plan


def test_pairs_are_drawn_by_weight_and_intervals_alike(problem_of, generator) -> None:
    # 2 cells move in one interval and 8 in the next: each interval must get half of the draws
    line = {0.0: [[0.0], [1.0]], 1.0: [[10.0], [11.0]], 2.0: np.arange(20.0, 28.0)[:, None]}
    problem = problem_of({"control": line})
    pairs = problem.draw_pairs(40_000, generator)
    first = pairs.t0 == 0
    assert first.double().mean() == pytest.approx(0.5, abs=0.02)
    for start in (0.0, 1.0):
        share = (pairs.x0[first] == start).double().mean()
        assert share == pytest.approx(0.5, abs=0.02)
    for end in range(20, 28):
        share = (pairs.x1[~first] == end).double().mean()
        assert share == pytest.approx(1 / 8, abs=0.01)


def test_pairs_without_weight_are_never_drawn(problem_of, drifting) -> None:
    problem = problem_of(drifting)
    data = problem.by_condition[0]
    weight = torch.zeros(len(data.source), dtype=torch.float64)
    weight[[3, 7]] = 0.5
    problem = replace(problem, by_condition=(replace(data, cumulative=weight.cumsum(0)),))
    drawn = problem.draw_pairs(1000, torch.Generator().manual_seed(1)).x0
    assert len(torch.unique(drawn.flatten(0, 1), dim=0)) == 2


def test_populations_are_drawn_by_weight(problem_of, drifting, generator) -> None:
    weights = np.tile([0.0, 1.0, 3.0, 0.0], 30)
    problem = problem_of(drifting, weights=weights)
    data = problem.by_condition[0]
    drawn = problem.draw_population(data, 0, 20_000, generator)
    expected = np.average(drifting["control"][0.0], axis=0, weights=weights[:40])
    torch.testing.assert_close(drawn.mean(0), torch.from_numpy(expected), atol=0.01, rtol=0)
    few = problem.draw_population(data, 0, 25, generator)  # more than have a weight at all
    heavy = problem.states[data.rows[0]][weights[:40] > 0]
    assert (torch.cdist(few, heavy).amin(1) < 1e-9).all()


def test_equal_weights_are_drawn_without_repeats(problem_of, drifting, generator) -> None:
    problem = problem_of(drifting)
    whole = problem.draw_population(problem.by_condition[0], 1, 40, generator)
    assert len(torch.unique(whole, dim=0)) == 40


def test_the_same_generator_draws_the_same(problem_of, with_knockout) -> None:
    problem = problem_of(with_knockout)
    first, second = (problem.draw_pairs(64, torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(first.x0, second.x0)
    assert torch.equal(first.x1, second.x1)


def test_coupling_stays_within_the_condition(problem_of, with_knockout, generator) -> None:
    problem = problem_of(with_knockout, Independent())
    pairs = problem.draw_pairs(400, generator)
    for row, condition in enumerate(("control", "g0=ko")):
        own = torch.from_numpy(np.concatenate(list(with_knockout[condition].values())))
        for states in (pairs.x0[row], pairs.x1[row]):
            assert (torch.cdist(states, own).amin(1) < 1e-6).all()
    assert set(pairs.t0[1].tolist()) == {0.0}
    assert set(pairs.dt[1].tolist()) == {2.0}
    assert problem.times == (0.0, 1.0, 2.0, 2.5)


def test_the_equation_of_an_acted_gene_is_marked(problem_of, with_knockout) -> None:
    problem = problem_of(with_knockout)
    assert problem.kept[:, 0].tolist() == [[1, 1, 1], [0, 1, 1]]
    for text in ("g0=cut", "g0=cut@g1"):
        cut = replace(problem, conditions=(Intervention.parse(text), *problem.conditions[1:]))
        assert cut.kept[0, 0].tolist() == [1, 1, 1]


def test_a_knockout_without_a_split_is_a_clamp_at_zero(problem_of, with_knockout) -> None:
    problem = problem_of(with_knockout, dtype=torch.float32)
    under = acting(make_field("mlp", problem.genes), problem)
    state = torch.ones(2, 1, 3)
    assert under.admit(state)[:, 0].tolist() == [[1, 1, 1], [0, 1, 1]]
    assert under(None, state)[1, 0, 0] == 0


def test_a_condition_that_is_never_coupled_is_left_out(problem_of, drifting) -> None:
    rng = np.random.default_rng(0)
    drifting["control"].pop(0.0)
    alone = drifting | {"g1=ko": {0.0: rng.random((20, 3))}}
    with pytest.warns(UserWarning, match="no interval"):
        problem = problem_of(alone)
    assert [c.name for c in problem.conditions] == ["control"]


def test_a_perturbed_population_may_start_from_the_control(problem_of, drifting) -> None:
    rng = np.random.default_rng(0)
    problem = problem_of(drifting | {"g1=ko": {1.0: rng.random((20, 3))}})
    knockout = problem.by_condition[1]
    assert knockout.times == (0.0, 1.0)
    assert torch.equal(knockout.rows[0], problem.by_condition[0].rows[0])


def _snapshots(populations) -> Snapshots:
    line = populations["control"]
    x = np.concatenate(list(line.values()))
    times = np.repeat(list(line), [len(block) for block in line.values()])
    return Snapshots.from_arrays(x, times, list("abc"), unit="h", scale="unknown")


def test_projection_is_numpys(drifting, generator) -> None:
    snapshots = _snapshots(drifting).with_basis(2)
    plan = fit_plan(snapshots, ExactOT())
    problem = snapshot_problem(snapshots, plan, orthant=False, dtype=torch.float64)
    basis = snapshots.basis
    x = np.random.default_rng(3).normal(size=(7, 3))
    expected = x @ basis.components
    np.testing.assert_allclose(problem.project(torch.from_numpy(x)), expected, atol=1e-12)
    centred = snapshots.x - basis.mean
    denoised = basis.mean + centred @ basis.components @ basis.components.T
    np.testing.assert_allclose(problem.states, denoised, atol=1e-9)


def test_denoised_states_are_clipped_for_the_orthant(drifting) -> None:
    snapshots = _snapshots(drifting)
    snapshots = replace(snapshots, x=snapshots.x - 1.2).with_basis(2)
    plan = fit_plan(snapshots, ExactOT())
    free, clipped = (snapshot_problem(snapshots, plan, orthant=o) for o in (False, True))
    assert free.states.min() < 0
    torch.testing.assert_close(clipped.states, free.states.clamp(min=0))


def test_barycentric_targets_are_conditional_means(drifting, generator) -> None:
    snapshots = _snapshots(drifting).with_basis(3)
    plan = fit_plan(snapshots, Sinkhorn())
    problem = snapshot_problem(snapshots, plan, orthant=False, barycentric=True)
    data = problem.by_condition[0]
    interval = plan[0]
    expected = interval.barycentric(snapshots.x, snapshots.states())
    found = problem.states[data.target[data.t0 == 0]].numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_mass_comes_from_the_coupling(problem_of, drifting, generator) -> None:
    problem = problem_of(drifting, Unbalanced())
    assert problem.draw_pairs(100, generator).mass.std() > 0
    assert (problem_of(drifting).draw_pairs(100, generator).mass == 1).all()


def test_trajectories_pair_a_unit_with_itself(generator) -> None:
    x = np.arange(24.0).reshape(2, 4, 3)
    data = Trajectories.from_arrays(x, [0.0, 1.0, 3.0, 4.0], list("abc"), unit="h")
    problem = trajectory_problem(data, orthant=False, dtype=torch.float64)
    pairs = problem.draw_pairs(200, generator)
    assert problem.followed
    assert (pairs.x1 - pairs.x0 == 3).all()
    assert set(zip(pairs.t0.flatten().tolist(), pairs.dt.flatten().tolist(), strict=True)) == {
        (0.0, 1.0), (1.0, 2.0), (3.0, 1.0),
    }  # fmt: skip
