"""Differences of coupled cells under weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hillflow.baselines.differences import mean_differences
from hillflow.baselines.truth_tables import truth_tables
from hillflow.data import Snapshots
from hillflow.systems import build_system, simulate
from hillflow.train.regulators import candidate_regulators
from hillflow.train.resample import resample


@pytest.fixture(scope="module")
def cells() -> Snapshots:
    data = simulate(build_system("six-gene"), (0, 1, 2, 4), 60, ["G1=ko", "G2=ko"], seed=0)
    return Snapshots.from_anndata(data.to_anndata())


def test_a_bootstrap_is_the_cells_as_often_as_they_were_drawn(cells) -> None:
    """The weights of cells against the same cells, repeated in the data itself."""
    drawn = resample(cells.with_basis(3), seed=1)
    assert (drawn.weights == 0).any()
    rows = np.repeat(np.arange(len(cells)), drawn.weights.astype(int))
    repeated = replace(drawn.take(rows), weights=None)
    found, expected = (mean_differences(one) for one in (drawn, repeated))
    for name in ("x", "velocity"):
        ours, theirs = getattr(found, name), getattr(expected, name)
        assert np.abs(ours - theirs).mean() < 0.03 * np.abs(theirs).mean()  # plans end when near


def test_the_candidates_of_a_bootstrap_are_nearly_those_of_the_cells(cells) -> None:
    whole = candidate_regulators(cells)
    for seed in range(3):
        drawn = resample(cells, seed)
        assert (truth_tables(drawn).edges["weight"] != 0).any()
        of_drawn = candidate_regulators(drawn)
        both = set(zip(whole.source.tolist(), whole.target.tolist(), strict=True)) & set(
            zip(of_drawn.source.tolist(), of_drawn.target.tolist(), strict=True)
        )
        assert len(both) > 0.7 * len(whole)


def test_the_equation_of_a_target_does_not_hold_where_its_edge_is_cut() -> None:
    data = simulate(build_system("six-gene"), (0, 1), 10, ["G1=cut@G2"], seed=0)
    cells = Snapshots.from_anndata(data.to_anndata())
    (row,) = np.flatnonzero([not one.is_control for one in cells.conditions])
    alone = mean_differences(cells.take(np.flatnonzero(cells.condition == row)))
    assert (alone.free == (np.array(cells.genes) != "G2")).all()
