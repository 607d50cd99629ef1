"""Fused Gromov–Wasserstein couplings of clones, on lineages that are known."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

import hillflow as hf
from hillflow.data import Snapshots
from hillflow.errors import HillflowWarning, InputError
from hillflow.transport import ExactOT, Moslin, fit_plan

ALPHA = 0.8


def lineage(seed: int = 0) -> tuple[Snapshots, np.ndarray]:
    """Two clones of 24 and 12 cells that pass each other, and the ancestor's clone of each cell.

    Clones are at −1 and 1, then at 0.4 and −0.4: the nearest cells are those of the other clone.
    Names of clones are new at each time, as those of evolving barcodes.
    """
    rng = np.random.default_rng(seed)
    truth = np.tile(np.repeat(["large", "small"], [24, 12]), 2)
    centre = np.concatenate([np.repeat([-1, 1], [24, 12]), np.repeat([0.4, -0.4], [24, 12])])
    x = np.column_stack([centre, np.zeros(72)]) + rng.normal(0, 0.1, (72, 2)) + 5
    clone = np.where(np.arange(72) < 36, "early ", "late ").astype(object) + truth
    cells = Snapshots.from_arrays(
        x, np.repeat([0, 1], 36), ["A", "B"], clone=clone, cells=[f"c{k}" for k in range(72)]
    )
    return cells.with_basis(2), truth


def right(cells: Snapshots, truth: np.ndarray, coupling) -> float:
    """Share of the mass that stays in its clone."""
    pairs = fit_plan(cells, coupling)[0].pairs
    return float(pairs.weight[truth[pairs.i] == truth[pairs.j]].sum() / pairs.weight.sum())


def test_relatives_stay_together_where_distances_mislead() -> None:
    cells, truth = lineage()
    assert right(cells, truth, ExactOT()) < 0.5
    assert right(cells, truth, Moslin(alpha=ALPHA)) > 0.99


def test_marginals_hold_and_little_weight_of_clones_is_the_exact_plan() -> None:
    cells, _ = lineage()
    pairs = fit_plan(cells, Moslin(alpha=ALPHA))[0].pairs
    matrix = pairs.matrix(72, 72).toarray()
    np.testing.assert_allclose(matrix.sum(1)[:36], 1 / 36, atol=1e-7)
    np.testing.assert_allclose(matrix.sum(0)[36:], 1 / 36, atol=1e-7)
    near, exact = (fit_plan(cells, c)[0].pairs for c in (Moslin(alpha=1e-6), ExactOT()))
    assert near.cost == pytest.approx(exact.cost, rel=1e-3)


def objective(z0, z1, clone0, clone1, order, alpha: float) -> float:
    """The formula, written out, for the plan that sends cell i to cell order[i]."""
    n = len(z0)
    scale = np.mean([(p - q) ** 2 for p in z0 for q in z1])
    moved = np.mean([(z0[i] - z1[order[i]]) ** 2 for i in range(n)]) / scale
    kept = np.mean([
        ((clone0[i] != clone0[k]) - int(clone1[order[i]] != clone1[order[k]])) ** 2
        for i in range(n) for k in range(n)
    ])  # fmt: skip
    return float((1 - alpha) * moved + alpha * kept)


@pytest.mark.parametrize("alpha", [0.2, 0.5, 0.9])
def test_few_cells_have_the_plan_of_least_cost(alpha) -> None:
    z0, z1 = np.array([0.0, 0.1, 0.2, 1.0, 1.1]), np.array([0.0, 0.12, 0.85, 1.0, 1.2])
    clone0, clone1 = np.array([1, 1, 1, 2, 2]), np.array([5, 5, 4, 4, 4])
    pairs = Moslin(alpha=alpha).couple(np.column_stack([z0, clone0]), np.column_stack([z1, clone1]))
    best = min(objective(z0, z1, clone0, clone1, order, alpha) for order in permutations(range(5)))
    assert len(pairs) == 5
    order = pairs.j[np.argsort(pairs.i)]
    assert objective(z0, z1, clone0, clone1, order, alpha) == pytest.approx(best)


def test_chunks_keep_marginals_and_some_of_the_lineage() -> None:
    cells, truth = lineage()
    chunked = Moslin(alpha=ALPHA, chunk=18)
    assert right(cells, truth, chunked) > right(cells, truth, ExactOT())
    matrix = fit_plan(cells, chunked)[0].pairs.matrix(72, 72).toarray()
    np.testing.assert_allclose(matrix.sum(1)[:36], 1 / 36, atol=1e-7)
    np.testing.assert_allclose(matrix.sum(0)[36:], 1 / 36, atol=1e-7)


def test_cells_of_unknown_clones_are_alone() -> None:
    cells, truth = lineage()
    clone = cells.clone.copy()
    clone[::12] = ""
    some = replace(cells, clone=clone)
    assert right(some, truth, Moslin(alpha=ALPHA)) > 0.9
    read = Snapshots.from_arrays(
        cells.x, cells.time, cells.genes, clone=np.where(clone == "", None, clone)
    )
    np.testing.assert_array_equal(read.clone, clone)


def test_clones_decide_the_plan_and_survive_the_file(tmp_path) -> None:
    cells, _ = lineage()
    other = replace(cells, clone=cells.clone[::-1].copy())
    one, two = (fit_plan(c, Moslin()) for c in (cells, other))
    assert one.options["clones"] != two.options["clones"]
    adata = cells.to_anndata()
    adata.write_h5ad(tmp_path / "cells.h5ad")
    np.testing.assert_array_equal(
        Snapshots.from_anndata(tmp_path / "cells.h5ad").clone, cells.clone
    )
    np.testing.assert_array_equal(cells.take(np.arange(5)).clone, cells.clone[:5])
    adata.obs = adata.obs.rename(columns={"clone": "scar"})
    quick = {"field": "linear", "effort": 0.005, "coupling": "moslin"}
    run = hf.fit(adata, clone="scar", out=tmp_path / "run", **quick)
    assert run.fit.provenance["method"]["coupling"]["coupling"] == "moslin"
    with pytest.raises(InputError, match=r"a clone for each cell, for the coupling 'moslin'"):
        hf.fit(adata, **quick)


def test_clones_that_say_nothing_are_said() -> None:
    cells, _ = lineage()
    names = np.array([f"clone{k}" for k in range(72)])
    spans = [(one.start, one.end) for one in fit_plan(cells)]
    with pytest.warns(HillflowWarning, match="control at 0, control at 1"):
        Moslin().check(replace(cells, clone=names), spans)
    with pytest.raises(InputError, match="alpha above 0 and below 1"):
        Moslin(alpha=1.0)
