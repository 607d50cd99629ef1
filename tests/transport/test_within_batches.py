"""Couplings within batches: block by block, with the batches that lack an end said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hillflow.errors import HillflowWarning, InputError, UnsupportedError
from hillflow.transport import ExactOT, Given, Unbalanced, WithinBatches, fit_plan


@pytest.fixture
def batched(snapshots):
    return replace(snapshots, batch=np.where(np.arange(len(snapshots)) % 3, "a", "b"))


@pytest.mark.parametrize("coupling", [ExactOT(), Unbalanced(tau=0.5)])
def test_each_batch_is_coupled_on_its_own(batched, coupling) -> None:
    plan = fit_plan(batched, WithinBatches(coupling))
    for interval in plan:
        pairs, batch = interval.pairs, batched.batch
        assert (batch[pairs.i] == batch[pairs.j]).all()
        assert pairs.weight.sum() == pytest.approx(1.0)
        for name in "ab":
            start, end = (p.rows[batch[p.rows] == name] for p in (interval.start, interval.end))
            inside = batch[pairs.i] == name
            share = len(start) / len(interval.start)
            assert pairs.weight[inside].sum() == pytest.approx(share)
            if isinstance(coupling, ExactOT):  # deterministic: the plan of the batch alone
                alone = coupling.between(batched, start, end, 0)
                n = len(batched)
                got = replace(
                    pairs, i=pairs.i[inside], j=pairs.j[inside], weight=pairs.weight[inside]
                ).matrix(n, n)
                np.testing.assert_allclose(
                    got.toarray(), share * alone.matrix(n, n).toarray(), atol=1e-12
                )
        states = batched.states()
        moved = ((states[pairs.i] - states[pairs.j]) ** 2).sum(axis=1) @ pairs.weight
        assert pairs.cost == pytest.approx(moved)
        assert (pairs.growth is None) == isinstance(coupling, ExactOT)


def test_a_difference_between_batches_is_not_taken_for_motion(snapshots) -> None:
    """Batch b is measured higher by 5; most cells at the start are b, at the end a."""
    rng = np.random.default_rng(0)
    batch = np.where(rng.random(len(snapshots)) < 0.3 + 0.4 * (snapshots.time == 0), "b", "a")
    x = rng.normal(10, 0.5, snapshots.x.shape) + 5.0 * (batch == "b")[:, None]
    cells = replace(snapshots, x=x, batch=batch, basis=None).with_basis(3)

    def mean_motion(coupling) -> float:
        pairs = fit_plan(cells, coupling)[0].pairs
        return float(pairs.weight @ (x[pairs.j] - x[pairs.i]).mean(axis=1))

    assert mean_motion(ExactOT()) < -1
    assert abs(mean_motion(WithinBatches(ExactOT()))) < 0.3


def test_plans_of_other_batches_are_other_plans(batched) -> None:
    other = replace(batched, batch=np.where(np.arange(len(batched)) % 2, "a", "b"))
    one, two = (fit_plan(cells, WithinBatches(ExactOT())) for cells in (batched, other))
    assert one.options["within_batches"] != two.options["within_batches"]
    assert (other.batch[two[0].pairs.i] == other.batch[two[0].pairs.j]).all()


def test_batches_without_both_ends_are_said(batched) -> None:
    early = replace(batched, batch=np.where(batched.time == 0, "a", batched.batch))
    with pytest.warns(HillflowWarning, match=r"not coupled in it: 'b \(control 0 to 1\)'"):
        plan = fit_plan(early, WithinBatches(ExactOT()))
    assert set(early.batch[plan[0].pairs.j]) == {"a"}
    apart = replace(batched, batch=batched.time.astype(str))
    with pytest.raises(InputError, match=r"none from 0 to 1 \(control\)"):
        fit_plan(apart, WithinBatches(ExactOT()))
    with pytest.raises(InputError, match="a batch for each cell"):
        fit_plan(replace(batched, batch=None), WithinBatches(ExactOT()))


def test_a_batch_that_a_bootstrap_leaves_out_is_skipped(batched) -> None:
    weights = np.where(batched.batch == "b", 0.0, 1.0)
    plan = fit_plan(replace(batched, weights=weights), WithinBatches(ExactOT()))
    assert set(batched.batch[plan[0].pairs.i]) == {"a"}


def test_a_plan_is_not_kept_within_batches() -> None:
    given = Given(np.array(["a"]), np.array(["b"]), np.ones(1))
    with pytest.raises(UnsupportedError, match="says itself"):
        WithinBatches(given)
    with pytest.raises(UnsupportedError, match="states alone"):
        WithinBatches(ExactOT()).couple(np.zeros((2, 1)), np.ones((2, 1)))
