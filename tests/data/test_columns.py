"""Whatever is passed from Python in place of a column ends with one message of ours."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch

from hillflow.data import Snapshots, Trajectories
from hillflow.errors import HillflowError, InputError, TimeError

X = np.random.default_rng(0).random((40, 2)).astype(np.float32)
TIME = np.repeat([0, 1], 20)
GENES = ["A", "B"]
NAMES = [f"c{k}" for k in range(40)]
HALF = "\ud800"


def adata(x=X, **obs):
    table = pd.DataFrame({"time": TIME, **obs}, index=NAMES)
    return anndata.AnnData(x, obs=table, var=pd.DataFrame(index=GENES))


def doubled():
    data = adata(again=TIME)
    data.obs.columns = ["time", "time"]
    return data


def of_two_levels():
    data = adata()
    data._obs.index = pd.MultiIndex.from_product([["a"], range(40)])
    return data


COLUMNS = {
    "2-D": np.zeros((40, 2)),
    "sparse": scipy.sparse.csr_matrix(TIME[:, None]),
    "number": 5,
    "text": "a",
    "nested": [["A"]] * 40,
    "complex": TIME.astype(complex),
    "differentiated": torch.ones(40, requires_grad=True),
    "half a character": [f"{HALF}1"] * 40,
}


@pytest.mark.parametrize("given", COLUMNS.values(), ids=COLUMNS)
@pytest.mark.parametrize("name", ["conditions", "weights", "labels", "batch", "cells"])
def test_a_column_beside_the_cells(name, given):
    with pytest.raises(InputError, match=f"{name}.*Fix: "):
        Snapshots.from_arrays(X, TIME, GENES, **{name: given})


@pytest.mark.parametrize("given", COLUMNS.values(), ids=COLUMNS)
def test_a_column_of_times_or_of_series(given):
    with pytest.raises(TimeError, match="time"):
        Snapshots.from_arrays(X, given, GENES)
    with pytest.raises(InputError, match="series"):
        Trajectories.from_rows(X, np.arange(40), GENES, given)


@pytest.mark.parametrize("genes", [None, 5, [["A"], ["B"]]])
def test_gene_names(genes):
    with pytest.raises(InputError, match="gene names"):
        Snapshots.from_arrays(X, TIME, genes)


@pytest.mark.parametrize("unit", [5, "12", HALF, "a\nb", "x" * 41])
def test_a_unit_that_is_none(unit):
    with pytest.raises(TimeError, match="a unit of time"):
        Snapshots.from_arrays(X, TIME, GENES, unit=unit)
    assert Snapshots.from_arrays(X, TIME, GENES, unit=" Days ").time_unit == "d"


@pytest.mark.parametrize("least", ["a", float("nan"), None])
def test_a_least_number_of_cells(least):
    with pytest.raises(InputError, match="min_cells"):
        Snapshots.from_arrays(X, TIME, GENES, min_cells=least)


WRONG = {
    "complex X": (lambda: Snapshots.from_anndata(adata(X.astype(complex))), "real numbers"),
    "text in X": (lambda: Snapshots.from_anndata(adata(np.full((40, 2), "a"))), "real numbers"),
    "complex time": (
        lambda: Snapshots.from_anndata(adata(time=TIME.astype(complex))), "complex numbers",
    ),
    "doubled columns": (lambda: Snapshots.from_anndata(doubled()), "one column 'time', found 2"),
    "two levels": (lambda: Snapshots.from_anndata(of_two_levels()), "one name for each cell"),
    "a column by number": (lambda: Snapshots.from_anndata(adata(), time=5), "a column 5"),
    "columns": (lambda: Snapshots.from_anndata(adata(), time=["time"]), "a column"),
    "genes by number": (lambda: Snapshots.from_anndata(adata(), genes=5), "genes"),
    "a tensor": (
        lambda: Snapshots.from_arrays(torch.tensor(X, requires_grad=True), TIME, GENES), "detach",
    ),
    "ragged": (
        lambda: Trajectories.from_arrays([[[1, 2]], [[1, 2], [3, 4]]], [0, 1], GENES),
        "of numbers, .series, times, genes",
    ),
    "no times": (lambda: Trajectories.from_arrays(np.zeros((2, 3, 2)), None, GENES), "times"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "words"), WRONG.values(), ids=WRONG)
def test_anything_else(make, words):
    with pytest.raises(HillflowError, match=words):
        make()
