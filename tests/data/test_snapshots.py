from __future__ import annotations

import dataclasses
import inspect
import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from hillflow.data import LinearBasis, Snapshots, Trajectories
from hillflow.errors import GeneNameError, InputError, InterventionError, TimeError
from hillflow.interventions import Intervention

CONTROL, KNOCKOUT = Intervention.control(), Intervention.knockout("GATA1")
GENES = ("GATA1", "SPI1", "KLF1")


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).random((30, 3), dtype=np.float32)


@pytest.fixture
def time() -> np.ndarray:
    return np.repeat([0.0, 1.0], 15)


def test_from_arrays(x, time):
    data = Snapshots.from_arrays(x, time, GENES, unit="h")
    np.testing.assert_array_equal(data.x, x)
    np.testing.assert_array_equal(data.time, time)
    assert (data.genes, data.time_unit, data.scale) == (GENES, "h", "unknown")
    assert data.conditions == (CONTROL,)
    assert not data.condition.any()
    assert len(data) == 30
    assert repr(data) == "Snapshots(30 cells × 3 genes, times 0, 1 h, 1 condition, scale unknown)"


def test_labels_conditions_and_columns_in_many_forms(x):
    data = Snapshots.from_arrays(
        x,
        pd.Categorical(["day 1"] * 15 + ["day 0"] * 15),
        pd.Index(GENES),
        np.array(["SPI1=clamp:2", "control", "SPI1=clamp:2.0"] * 10),
        min_cells=5,
        labels=pd.Categorical(["a", "b"] * 15),
        batch=[1, 2] * 15,
        weights=[1] * 30,
        cells=range(30),
    )
    assert list(data.times) == [0, 1]
    assert data.conditions == (CONTROL, Intervention.clamp("SPI1", 2))
    assert list(data.condition[:3]) == [1, 0, 1]
    assert list(data.labels[:2]) == ["a", "b"]
    assert list(data.batch[:2]) == ["1", "2"]
    assert data.cells[29] == "29"
    assert data.weights.dtype == np.float64


@pytest.mark.parametrize(
    ("change", "kind", "expected", "found", "fix"),
    [
        ({"x": np.ones((30, 2))}, InputError, "[cells, genes]", "with 3 gene names", "transpose"),
        ({"x": np.ones((0, 3))}, InputError, "cells", "none left", "less strict filter"),
        ({"x": np.ones((30, 0)), "genes": []}, InputError, "genes", "none left", "less strict"),
        ({"x": scipy.sparse.csr_matrix((30, 3))}, InputError, "dense", "sparse", "toarray()"),
        ({"x": np.full((30, 3), "a")}, InputError, "numbers", "that are not", "out of x"),
        ({"x": np.full((30, 3), np.nan)}, InputError, "finite", "90 NaN", "leave out"),
        ({"x": np.full((30, 3), np.inf)}, InputError, "finite", "'GATA1', 'SPI1'", "leave out"),
        ({"time": [1.0] * 30}, TimeError, "two time points", "one (1)", "several times"),
        ({"time": [0] * 21 + [1] * 9}, TimeError, "at least 10 cells", "9 at 1", "min_cells"),
        ({"time": [0] * 10}, InputError, "time per cell (30)", "10", "align time"),
        ({"time": ["soon"] * 30}, TimeError, "can be read", "'soon'", "write times as"),
        ({"time": [None, 1.0] * 15}, TimeError, "every cell", "15 of 30", "without a time"),
        ({"genes": ["A", "A", "B"]}, GeneNameError, "each gene once", "'A'", "duplicated"),
        ({"genes": ["A", "B", "1-Mar"]}, GeneNameError, "symbols", "'1-Mar'", "Excel"),
        ({"genes": ["A", "", "B"]}, GeneNameError, "a name for every gene", "1 empty", "name"),
        ({"conditions": ["GATA2"] * 30}, InterventionError, "genes of the data", "'GATA2'",
         "did you mean 'GATA1'?"),
        ({"conditions": ["GATA1=kockout"] * 30}, InterventionError, "one of knockout",
         "'kockout'", "did you mean 'knockout'"),
        ({"conditions": ["control"] * 3}, InputError, "condition per cell (30)", "3", "align"),
        ({"weights": [-1.0] * 30}, InputError, "at least 0", "30 negative", "weight column"),
        ({"weights": [0.0] * 30}, InputError, "not all 0", "30 zero", "weight column"),
        ({"weights": [np.nan] + [1.0] * 29}, InputError, "finite", "1 not finite", "weight"),
        ({"weights": ["heavy"] * 30}, InputError, "that are numbers", "'heavy'", "weight column"),
        ({"weights": [1.0]}, InputError, "weights per cell", "1", "align weights"),
        ({"labels": ["a"]}, InputError, "labels per cell", "1", "align labels"),
        ({"cells": ["a", "a", *map(str, range(28))]}, InputError, "each cell name once", "'a'",
         "obs_names_make_unique()"),
        ({"scale": "tpm"}, InputError, "log1p", "'tpm'", "use 'unknown'"),
    ],
)  # fmt: skip
def test_mistakes_are_refused(x, time, refused, change, kind, expected, found, fix):
    given = {"x": x, "time": time, "genes": GENES} | change
    with refused(kind, expected, found, fix):
        Snapshots.from_arrays(**given)


def test_few_cells_under_one_condition_are_refused(x, time, refused):
    conditions = np.where(np.arange(30) == 29, "GATA1", "control")
    with refused(TimeError, "of every condition", "1 at 1 h (GATA1=knockout)", "min_cells"):
        Snapshots.from_arrays(x, time, GENES, conditions, unit="h")
    data = Snapshots.from_arrays(x, time, GENES, conditions, min_cells=1)
    assert [len(population) for population in data.populations()] == [15, 14, 1]


def test_the_constructor_holds_shapes_together(x, time, refused):
    index = np.zeros(30, dtype=np.int32)
    with refused(InputError, "condition per cell", "3", "align"):
        Snapshots(x, GENES, time, index[:3])
    with refused(InputError, "[cells, genes]", "shape (3, 30)", "transpose"):
        Snapshots(x.T, GENES, time[:3], index[:3])


def test_frozen(snapshots):
    with pytest.raises(dataclasses.FrozenInstanceError):
        snapshots.x = snapshots.x * 2
    population = next(snapshots.populations())
    with pytest.raises(dataclasses.FrozenInstanceError):
        population.time = 3.0


def test_changes_make_new_objects(snapshots):
    x, genes = snapshots.x.copy(), snapshots.genes
    taken = snapshots.with_basis(2).select_genes(["GATA1"]).take(np.arange(5))
    taken.x[:] = -1
    np.testing.assert_array_equal(snapshots.x, x)
    assert (snapshots.genes, snapshots.basis) == (genes, None)


def test_pickling(snapshots):
    again = pickle.loads(pickle.dumps(snapshots.with_basis(2)))
    np.testing.assert_array_equal(again.states(), snapshots.with_basis(2).states())
    assert again.conditions == snapshots.conditions


def test_populations_partition_the_cells(snapshots):
    populations = list(snapshots.populations())
    assert [(p.time, p.condition, len(p)) for p in populations] == [
        (time, condition, 20) for condition in (CONTROL, KNOCKOUT) for time in (0, 1, 2)
    ]
    rows = np.concatenate([population.rows for population in populations])
    np.testing.assert_array_equal(np.sort(rows), np.arange(120))
    for population in populations:
        assert (snapshots.time[population.rows] == population.time).all()
        np.testing.assert_array_equal(
            snapshots.rows(population.time, population.condition), population.rows
        )


def test_rows_by_time_or_condition(snapshots, refused):
    np.testing.assert_array_equal(snapshots.rows(1 + 1e-12), np.flatnonzero(snapshots.time == 1))
    np.testing.assert_array_equal(snapshots.rows(condition=KNOCKOUT), np.arange(60, 120))
    np.testing.assert_array_equal(snapshots.rows(1, "control"), snapshots.rows(1, CONTROL))
    for text in ("GATA1", "GATA1=ko", KNOCKOUT.name):
        np.testing.assert_array_equal(snapshots.rows(condition=text), np.arange(60, 120))
        assert snapshots.condition_index(text) == 1
    assert len(snapshots.rows()) == 120
    with refused(InputError, "one of the times 0 d, 1 d, 2 d", "1.5 d", "a measured time"):
        snapshots.rows(1.5)
    with refused(InputError, "a condition of the data", "SPI1=knockout", "GATA1=knockout"):
        snapshots.rows(condition=Intervention.knockout("SPI1"))


@pytest.mark.parametrize("way", ["from_anndata", "from_frame"])
@pytest.mark.parametrize("kind", [Snapshots, Trajectories])
def test_help_shows_the_real_parameters(kind, way):
    reader = getattr(kind, way)
    assert {"time", "perturbation", "genes", "unit"} <= set(inspect.signature(reader).parameters)
    assert "other parameters as in" in reader.__doc__.casefold() or "Parameters" in reader.__doc__


def test_states_need_a_basis(snapshots, refused):
    with refused(InputError, "with a basis", "none", ".with_basis(size)"):
        snapshots.states()
    data = snapshots.with_basis(3)
    expected = LinearBasis.fit(snapshots.x, 3).project(snapshots.x)
    np.testing.assert_array_equal(data.states(), expected)
    np.testing.assert_array_equal(data.states(np.arange(4)), data.basis.project(data.x[:4]))
    assert snapshots.with_basis(50).basis.size == 6


def test_take_keeps_columns_aligned(snapshots):
    rows = np.array([100, 3, 3, 7])
    data = snapshots.with_basis(2).take(rows)
    for name in ("x", "time", "cells", "weights", "labels", "batch"):
        np.testing.assert_array_equal(getattr(data, name), getattr(snapshots, name)[rows])
    assert data.conditions == (CONTROL, KNOCKOUT)
    assert list(data.condition) == [1, 0, 0, 0]
    assert data.basis is None
    only = snapshots.take(snapshots.condition == 1)
    assert only.conditions == (KNOCKOUT,)
    assert not only.condition.any()


def test_take_refuses(snapshots, refused):
    with refused(InputError, "cells to keep", "none", "less strict"):
        snapshots.take(np.zeros(120, bool))
    with refused(InputError, "cells to keep", "none", "less strict"):
        snapshots.take([])
    with refused(InputError, "mask per cell (120)", "60", "align mask"):
        snapshots.take(np.ones(60, bool))


@pytest.mark.parametrize("container", [list, tuple, np.array, pd.Index])
def test_select_genes(snapshots, container):
    data = snapshots.with_basis(2).select_genes(container(["KLF1", "GATA1"]))
    assert data.genes == ("KLF1", "GATA1")
    assert all(type(gene) is str for gene in data.genes)
    np.testing.assert_array_equal(data.x, snapshots.x[:, [2, 0]])
    assert data.basis is None


def test_select_genes_refuses(snapshots, refused):
    with refused(GeneNameError, "genes of the data", "'gata1'", "did you mean 'GATA1'"):
        snapshots.select_genes(["gata1"])
    with refused(GeneNameError, "genes of the data", "an empty list", "at least one gene"):
        snapshots.select_genes([])
    with refused(InputError, "every perturbed gene", "'GATA1' left out", "add GATA1, or drop"):
        snapshots.select_genes(["SPI1"])
    with refused(GeneNameError, "each gene once", "'GATA1'", "duplicated"):
        snapshots.select_genes(["GATA1", "GATA1"])


def test_describe_counts_cells(snapshots):
    table = snapshots.take(np.arange(110)).describe()
    assert list(table.columns) == ["0 d", "1 d", "2 d"]
    assert table.loc["control"].tolist() == [20, 20, 20]
    assert table.loc["GATA1=knockout"].tolist() == [17, 17, 16]
