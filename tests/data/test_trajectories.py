from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.data import Trajectories
from hillflow.errors import GeneNameError, InputError, InterventionError, TimeError
from hillflow.interventions import Intervention

GENES = ("GATA1", "SPI1")
SERIES = ["b", "a", "b", "a", "a"]
TIME = [2.0, 1.0, 0.0, 4.0, 0.5]
X = np.arange(10.0).reshape(5, 2)


def test_rows_are_sorted_by_series_then_time():
    data = Trajectories.from_rows(X, TIME, GENES, SERIES, unit="h")
    assert data.names == ("b", "a")
    np.testing.assert_array_equal(data.time, [0, 2, 0.5, 1, 4])
    np.testing.assert_array_equal(data.series, [0, 0, 1, 1, 1])
    np.testing.assert_array_equal(data.x, X[[2, 0, 4, 1, 3]])
    assert data.conditions == (Intervention.control(),) * 2
    assert len(data) == 2
    assert repr(data) == "Trajectories(2 series × 2 genes, 5 observations at 5 times h)"
    np.testing.assert_array_equal(data.times, [0, 0.5, 1, 2, 4])


@given(st.data())
def test_steps_are_those_of_a_loop(draw):
    lengths = draw.draw(st.lists(st.integers(2, 5), min_size=1, max_size=4))
    random = np.random.default_rng(draw.draw(st.integers(0, 1000)))
    series = np.repeat([f"s{k}" for k in range(len(lengths))], lengths)
    time = np.concatenate([random.permutation(9)[:n] * 0.5 for n in lengths])
    x = random.normal(size=(len(time), 3))
    shuffled = random.permutation(len(time))
    data = Trajectories.from_rows(x[shuffled], time[shuffled], "ABC", series[shuffled])

    expected = []
    for index, name in enumerate(data.names):
        rows = sorted(
            (row for row in range(len(time)) if series[row] == name), key=lambda r: time[r]
        )
        for first, second in pairwise(rows):
            expected.append((x[first], x[second], time[first], time[second] - time[first], index))
    steps = data.steps()
    for values, name in zip(
        zip(*expected, strict=True), ("x0", "x1", "t0", "dt", "series"), strict=True
    ):
        np.testing.assert_array_equal(getattr(steps, name), values)


def test_steps_are_shown_by_their_size():
    steps = Trajectories.from_rows(X, TIME, GENES, SERIES).steps()
    assert repr(steps) == "Steps(3 steps of 2 series × 2 genes)"


def test_one_series():
    data = Trajectories.from_rows(X, TIME, GENES)
    assert data.names == ("series",)
    time, x = data.observations("series")
    np.testing.assert_array_equal(time, sorted(TIME))
    np.testing.assert_array_equal(x, X[np.argsort(TIME)])


def test_from_arrays_agrees_with_from_rows():
    cube = np.random.default_rng(0).random((3, 4, 2))
    data = Trajectories.from_arrays(cube, ["0 h", "1 h", "3 h", "9 h"], GENES, ["p", "q", "r"])
    for index, name in enumerate("pqr"):
        time, x = data.observations(name)
        np.testing.assert_array_equal(time, [0, 1, 3, 9])
        np.testing.assert_array_equal(x, cube[index])
    assert data.time_unit == "h"
    assert Trajectories.from_arrays(cube, range(4), GENES).names == (
        "series0",
        "series1",
        "series2",
    )


def test_conditions_belong_to_series():
    conditions = ["control", "GATA1=ko", "control", "GATA1", Intervention.knockout("GATA1")]
    data = Trajectories.from_rows(X, TIME, GENES, SERIES, conditions)
    assert data.conditions == (Intervention.control(), Intervention.knockout("GATA1"))


def test_take_keeps_the_order_asked_for():
    data = Trajectories.from_rows(X, TIME, GENES, SERIES, ["control", "SPI1"] * 2 + ["SPI1"])
    taken = data.take(["a", "b"])
    assert taken.names == ("a", "b")
    assert taken.conditions == data.conditions[::-1]
    for name in "ab":
        np.testing.assert_array_equal(taken.observations(name)[1], data.observations(name)[1])


def test_genes_are_chosen_in_the_order_asked_for(refused):
    data = Trajectories.from_rows(
        X, TIME, GENES, SERIES, ["SPI1=ko" if s == "a" else "" for s in SERIES]
    )
    chosen = data.select_genes(["SPI1"])
    assert chosen.genes == ("SPI1",)
    np.testing.assert_array_equal(chosen.x, data.x[:, [1]])
    np.testing.assert_array_equal(data.select_genes(GENES[::-1]).x, data.x[:, ::-1])
    with refused(InputError, "perturbed gene", "'SPI1' left out", "add SPI1"):
        data.select_genes(["GATA1"])


def test_frozen():
    data = Trajectories.from_rows(X, TIME, GENES, SERIES)
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.x = X
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.steps().x0 = X


@pytest.mark.parametrize(
    ("change", "kind", "expected", "found", "fix"),
    [
        ({"x": X.T}, InputError, "[rows, genes]", "shape (2, 5)", "transpose"),
        ({"x": X[:0]}, InputError, "rows", "none left", "less strict"),
        ({"x": X * np.nan}, InputError, "finite", "10 NaN", "impute"),
        ({"genes": ["A", "A"]}, GeneNameError, "each gene once", "'A'", "duplicated"),
        ({"time": [0.0] * 4}, InputError, "time per row (5)", "4", "align time"),
        ({"time": [0.0] * 5}, TimeError, "two time points", "one", "several times"),
        ({"time": [0, 1, 2, 1, 3]}, TimeError, "each time once", "'a'", "average the replicates"),
        ({"series": None, "time": [0, 1, 2, 1, 3]}, TimeError, "each time once",
         "several times in the one series of all rows", "separate series with series=…"),
        ({"time": ["a"] * 5}, TimeError, "can be read", "'a'", "write times"),
        ({"series": ["a"]}, InputError, "series per row (5)", "1", "align series"),
        ({"series": list("bbbba")}, TimeError, "two observations of every", "'a'", "leave these"),
        ({"conditions": ["SPI1"]}, InputError, "conditions per row", "1", "align conditions"),
        ({"conditions": ["SPI1"] * 4 + ["control"]}, InputError, "one perturbation per series",
         "'SPI1=knockout' and 'control' in 'a'", "split the series"),
        ({"conditions": ["SPI"] * 5}, InterventionError, "genes of the data", "SPI", "'SPI1'"),
    ],
)  # fmt: skip
def test_mistakes_are_refused(refused, change, kind, expected, found, fix):
    given = {"x": X, "time": TIME, "genes": GENES, "series": SERIES} | change
    with refused(kind, expected, found, fix):
        Trajectories.from_rows(**given)


def test_names_are_checked(refused):
    data = Trajectories.from_rows(X, TIME, GENES, [f"donor {name}" for name in SERIES])
    with refused(InputError, "name of a series", "'donor c'", "did you mean 'donor"):
        data.observations("donor c")
    with refused(InputError, "names of series", "'Donor'", "did you mean"):
        data.take(["donor a", "Donor"])
    with refused(InputError, "names of series", "none", "choose one of 2"):
        data.take([])
    with refused(InputError, "[series, times, genes]", "(5, 2) with 5 times", "first axis"):
        Trajectories.from_arrays(X, TIME, GENES)
    with refused(InputError, "series per row (10)", "5", "align series"):
        Trajectories.from_arrays(np.ones((2, 5, 2)), TIME, GENES, ["only one"])


def test_numbers_name_series_too():
    data = Trajectories.from_rows(X, TIME, GENES, pd.Series([2, 1, 2, 1, 1]))
    assert data.names == ("2", "1")
