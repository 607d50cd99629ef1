"""Joint fits of several data sets: one operator, a basis for each set.

The truth is dz/dt = A z + b in three hidden coordinates. Each set sees it in a plane of its own,
at a scale and an offset of its own, through noise.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.linalg import expm

import hillflow as hf
from hillflow.cli import main
from hillflow.data import align_data_sets
from hillflow.errors import InputError, UnsupportedError
from hillflow.fields import make_field
from hillflow.train import Setting, train
from hillflow.transport import Plan, fit_plan

from .conftest import quiet

GENES, TIMES = [f"G{k}" for k in range(15)], [0.0, 0.5, 1.0, 1.5, 2.0]
A = np.array([[-0.3, 1.2, 0.0], [-1.2, -0.3, 0.0], [0.0, 0.4, -0.8]])
B = np.array([0.5, 0.2, 0.6])
LABS = {"a": (1.0, 3.0), "b": (2.5, 6.0)}  # scale and offset


def plane(lab: str) -> np.ndarray:
    """Orthonormal [genes, 3]: of `b` that of `a`, tilted."""
    first = np.linalg.qr(np.random.default_rng(100).normal(size=(15, 3)))[0]
    if lab == "a":
        return first
    tilted = np.linalg.qr(first + 0.06 * np.random.default_rng(7).normal(size=(15, 3)))[0]
    return tilted * np.sign((tilted * first).sum(axis=0))


def measured(cells: int, seed: int, noise: float = 0.3) -> hf.Snapshots:
    """So many cells of each lab at each time."""
    random, x, time, batch = np.random.default_rng(seed), [], [], []
    augmented = np.block([[A, B[:, None]], [np.zeros((1, 4))]])
    for lab, (scale, offset) in LABS.items():
        for t in TIMES:
            flow = expm(augmented * t)
            start = random.normal(size=(cells, 3)) * [1.0, 0.5, 0.7] + [2, 0, -1]
            z = start @ flow[:3, :3].T + flow[:3, 3]
            seen = z @ plane(lab).T + noise * random.normal(size=(cells, 15))
            x.append(offset + scale * seen)
            time += [t] * cells
            batch += [lab] * cells
    return hf.Snapshots.from_arrays(
        np.concatenate(x).astype(np.float32), time, GENES, batch=batch, unit="h"
    )


def true_velocity(lab: str, x: np.ndarray) -> np.ndarray:
    """Of noise-free cells, in the genes of their lab."""
    scale, offset = LABS[lab]
    z = (x - offset) @ plane(lab) / scale
    return scale * (z @ A.T + B) @ plane(lab).T


def error(velocity: np.ndarray, truth: np.ndarray) -> float:
    return float(np.linalg.norm(velocity - truth) / np.linalg.norm(truth))


def fitted(cells: hf.Snapshots, seed: int):
    field = make_field("locally-linear", cells.genes, latent=3, time=False, hidden=(16,))
    return quiet(train, field, cells, "ot-cfm", setting=Setting(effort=0.3), seed=seed)


def errors(seed: int) -> dict[str, tuple[float, float]]:
    """Errors of the fit of a lab alone and of the joint fit, by lab; 20 cells at each time."""
    few, clean = measured(20, seed), measured(200, 99, noise=0.0)
    aligned = quiet(align_data_sets, few, 3)
    sets, joint, found = aligned.sets, fitted(aligned, seed), {}
    for k, lab in enumerate(sets.names):
        own = replace(few.take(few.batch == lab), batch=None)
        there = clean.take(clean.batch == lab)
        truth = true_velocity(lab, there.x)
        velocity = joint.velocity(sets.align(there).x)
        in_own_genes = velocity @ sets.components[0] @ sets.components[k].T / sets.scale[k]
        alone = fitted(own, seed).velocity(there.x)
        found[lab] = error(alone, truth), error(in_own_genes, truth)
    return found


def test_the_shared_law_is_better_than_that_of_either_set() -> None:
    """In the mean over two draws of the cells."""
    draws = [errors(seed) for seed in (0, 1)]
    for lab in LABS:
        alone, joint = np.mean([each[lab] for each in draws], axis=0)
        assert joint < 0.8 * alone


def test_cells_are_coupled_within_their_set_at_its_own_times(tmp_path) -> None:
    """Of a set that lacks a time, the interval around it; also of a plan that was saved."""
    every = measured(12, 0)
    cells = every.take((every.batch == "a") | (every.time != 0.5))
    aligned = quiet(align_data_sets, cells, 3).with_basis(3)
    plan = fit_plan(aligned, "exact")
    spans = {lab: [] for lab in LABS}
    for interval in plan:
        assert (aligned.batch[interval.pairs.i] == aligned.batch[interval.pairs.j]).all()
        spans[interval.end.dataset].append((interval.start.time, interval.end.time))
    assert spans["a"] == list(pairwise(TIMES))
    assert spans["b"] == [(0.0, 1.0), (1.0, 1.5), (1.5, 2.0)]
    again = Plan.load(plan.save(tmp_path / "plan.npz"), aligned)
    assert [one.end.dataset for one in again] == [one.end.dataset for one in plan]
    np.testing.assert_array_equal(again[5].pairs.i, plan[5].pairs.i)


OPTIONS = {"field": "locally-linear", "components": 3, "dataset": "batch"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> hf.Run:
    """Of a fit without the cells of 1.5 h of both sets."""
    cells, out = measured(60, 0).to_anndata(), tmp_path_factory.mktemp("sets") / "run"
    return quiet(hf.fit, cells, out, method="cell-mnn", leave_out_time=1.5, effort=0.15, **OPTIONS)


def test_a_left_out_time_is_predicted_in_each_set(run: hf.Run) -> None:
    rows = run.metrics["left_out"]
    assert [row["dataset"] for row in rows] == ["a", "b"]
    assert all(row["w1"] < 0.7 * row["no_change_w1"] for row in rows)
    assert "control at 1.5 h in b" in str(run)
    assert any(one.code == "data.sets" for one in run.findings)


def test_predictions_are_restored_to_the_genes_of_each_set(run: hf.Run) -> None:
    """The mean of the cells of 1.5 h, which no fit saw, in the units of each lab."""
    sets, every = run.data.sets, measured(60, 0)
    for lab in LABS:
        rows = (run.data.batch == lab) & (run.data.time == 1.0)
        path = run.fit.simulate(run.data.x[rows], [1.0, 1.5])[-1]
        moved = sets.restore(replace(run.data.take(rows), x=path.astype(np.float32))).x.mean(0)
        there = every.x[(every.batch == lab) & (every.time == 1.5)].mean(0)
        before = every.x[(every.batch == lab) & (every.time == 1.0)].mean(0)
        assert np.linalg.norm(moved - there) < 0.4 * np.linalg.norm(before - there)


def test_the_run_is_opened_with_its_sets(run: hf.Run) -> None:
    again = hf.Run.open(run.path)
    assert again.data.sets.names == ("a", "b")
    assert {one.dataset for one in again.data.populations()} == {"a", "b"}
    assert len(quiet(hf.graph, again).edges) == 15 * 15


def test_what_cannot_be_joined_is_refused_before_the_work(run: hf.Run) -> None:
    cells = measured(20, 0).to_anndata()
    with pytest.raises(InputError, match=r"components=… .*beside dataset=…"):
        quiet(hf.fit, cells, **(OPTIONS | {"components": None}))
    with pytest.raises(UnsupportedError, match="'linear', whose state is the genes"):
        quiet(hf.fit, cells, **(OPTIONS | {"field": "linear"}))
    with pytest.raises(InputError, match=r"without batches, found batch=…"):
        quiet(hf.fit, cells, batch="batch", **OPTIONS)
    with pytest.raises(InputError, match="'lab'"):
        quiet(hf.fit, cells, **(OPTIONS | {"dataset": "lab"}))


def test_the_command_takes_the_column(tmp_path, capsys) -> None:
    path, out = tmp_path / "cells.h5ad", tmp_path / "run"
    measured(20, 0).to_anndata().write_h5ad(path)
    words = ["fit", path, "--out", out, "--field", "locally-linear", "--method", "ot-cfm"]
    words += ["--dataset", "batch", "--components", "3", "--effort", "0.02"]
    assert main([str(word) for word in words]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert re.search(r"2 data sets on 3 components: a \(100 cells, \d\d% of their variance\)", said)
    assert "components of 15 genes, aligned over 2 data sets" in said
    assert json.loads((out / "manifest.json").read_text())["call"]["options"]["dataset"] == "batch"
