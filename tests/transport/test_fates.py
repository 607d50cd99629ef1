"""Descendants and ancestors against dense matrix products."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hillflow.errors import InputError
from hillflow.transport import Unbalanced, ancestor_shares, descendant_shares, fit_plan


@pytest.fixture
def labels(snapshots) -> np.ndarray:
    return np.random.default_rng(3).choice(["a", "b", "c"], len(snapshots))


def _blocks(snapshots, plan) -> list[np.ndarray]:
    """Mass from each cell of the control to each of the next time, dense."""
    blocks = []
    for interval in plan.of(plan[0].condition):
        pairs = interval.pairs
        if pairs.entropic is not None and pairs.growth is None:
            (chunk,) = pairs.entropic.chunks  # of one chunk: γ from its potentials
            z = snapshots.states()
            cost = ((z[chunk.i][:, None] - z[chunk.j]) ** 2).sum(-1)
            exponent = chunk.log_start[:, None] + chunk.log_end - cost / pairs.entropic.epsilon
            blocks.append(np.exp(exponent)[np.argsort(chunk.i)][:, np.argsort(chunk.j)])
            continue
        mass = pairs.weight * (1 if pairs.growth is None else pairs.growth)
        dense = np.zeros((len(snapshots), len(snapshots)))
        np.add.at(dense, (pairs.i, pairs.j), mass)
        blocks.append(dense[np.ix_(interval.start.rows, interval.end.rows)])
    return blocks


def _of(snapshots, labels, time, columns) -> np.ndarray:
    return labels[snapshots.rows(time, "control")][:, None] == np.array(columns)


@pytest.mark.parametrize("coupling", ["exact", "independent", "sinkhorn", Unbalanced(tau=0.5)])
def test_descendants_are_products_of_maps(snapshots, labels, coupling) -> None:
    plan = fit_plan(snapshots, coupling)
    got = descendant_shares(plan, snapshots, labels)
    first, second = _blocks(snapshots, plan)
    starts = []
    for interval, block in zip(plan.of(plan[0].condition), (first, second), strict=True):
        mass = np.bincount(interval.pairs.i, interval.pairs.weight, len(snapshots))
        mass = mass[interval.start.rows] if interval.pairs.growth is not None else block.sum(1)
        starts.append(block / mass[:, None])
    later = starts[1] @ _of(snapshots, labels, 3, got.columns)
    earlier = starts[0] @ later
    for time, want in ((0, earlier), (1, later)):
        rows = snapshots.rows(time, "control")
        want = want / want.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(got.loc[snapshots.cells[rows]], want, atol=1e-12)
    assert len(got) == 20 + 30


@pytest.mark.parametrize("coupling", ["exact", "sinkhorn", Unbalanced(tau=0.5)])
def test_ancestors_are_products_of_transposed_maps(snapshots, labels, coupling) -> None:
    plan = fit_plan(snapshots, coupling)
    got = ancestor_shares(plan, snapshots, labels)
    first, second = (b / np.maximum(b.sum(axis=0), 1e-300) for b in _blocks(snapshots, plan))
    middle = first.T @ _of(snapshots, labels, 0, got.columns)
    for time, want in ((1, middle), (3, second.T @ middle)):
        rows = snapshots.rows(time, "control")
        with np.errstate(invalid="ignore"):  # a cell that no kept pair reaches
            want = want / want.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(got.loc[snapshots.cells[rows]], want, atol=1e-12)


def test_a_time_ends_the_chain_and_a_condition_chooses_it(snapshots, labels) -> None:
    plan = fit_plan(snapshots)
    early = descendant_shares(plan, snapshots, labels, time=1)
    assert list(early.index) == list(snapshots.cells[snapshots.rows(0, "control")])
    late = ancestor_shares(plan, snapshots, labels, time=1)
    assert list(late.index) == list(snapshots.cells[snapshots.rows(3, "control")])
    cut = descendant_shares(plan, snapshots, labels, condition="A=ko")
    # The knockout starts from the control cells of time 0.
    assert list(cut.index[:20]) == list(snapshots.cells[snapshots.rows(0, "control")])
    assert len(cut) == 20 + 22


def test_a_dense_plan_is_not_taken_in_another_basis(snapshots, labels) -> None:
    plan = fit_plan(snapshots, "sinkhorn")
    kept = descendant_shares(plan, replace(snapshots, basis=None), labels)
    other = descendant_shares(plan, snapshots.with_basis(2), labels)
    np.testing.assert_array_equal(other, kept)
    assert not np.allclose(descendant_shares(plan, snapshots, labels), kept)


def test_cells_without_descendants_have_no_shares(snapshots, labels) -> None:
    plan = fit_plan(snapshots)
    first = plan[0]
    lone = first.start.rows[0]
    kept = first.pairs.i != lone
    pairs = replace(
        first.pairs, i=first.pairs.i[kept], j=first.pairs.j[kept], weight=first.pairs.weight[kept]
    )
    cut = replace(plan, intervals=(replace(first, pairs=pairs), *plan.intervals[1:]))
    got = descendant_shares(cut, snapshots, labels)
    assert got.index[got.isna().all(axis=1)].tolist() == [snapshots.cells[lone]]


def test_what_cannot_be_chained_is_refused(snapshots, labels) -> None:
    plan = fit_plan(snapshots)
    with pytest.raises(InputError, match="a label for each cell"):
        descendant_shares(plan, snapshots)
    with pytest.raises(InputError, match=r"each of the 125 cells.*124"):
        descendant_shares(plan, snapshots, labels[1:])
    with pytest.raises(InputError, match=r"one of the times 1, 3.*cells before it"):
        descendant_shares(plan, snapshots, labels, time=0)
    with pytest.raises(InputError, match=r"one of the times 0, 1.*cells after it"):
        ancestor_shares(plan, snapshots, labels, time=3)
    with pytest.raises(InputError, match="the cells that this plan was computed from"):
        descendant_shares(plan, snapshots.take(np.arange(60)), labels[:60])
    with pytest.raises(InputError, match="none of B=knockout"):
        descendant_shares(plan, snapshots, labels, condition="B=ko")
