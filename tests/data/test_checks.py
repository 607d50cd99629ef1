from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from hillflow.data import Snapshots, Trajectories
from hillflow.data.checks import (
    as_matrix,
    check_finite,
    check_lengths,
    check_not_negative,
    check_populations,
    detect_scale,
    locate_genes,
    settle_scale,
)
from hillflow.errors import (
    GeneNameError,
    HillflowWarning,
    InputError,
    TimeError,
)


@pytest.mark.parametrize(
    ("given", "kind"),
    [(np.ones((2, 3), int), np.float32), (np.ones((2, 3), np.float16), np.float32),
     (np.ones((2, 3)), np.float64), (np.ones((2, 3), bool), np.float32),
     (pd.DataFrame(np.ones((2, 3), object)), np.float32), ([[1, 1, 1], [1, 1, 1]], np.float32)],
)  # fmt: skip
def test_matrices_become_floats(given, kind):
    x = as_matrix(given, "ABC", "cells")
    assert x.dtype == kind
    np.testing.assert_array_equal(x, np.ones((2, 3)))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_floats_are_not_copied(kind):
    x = np.ones((2, 3), kind)
    assert np.shares_memory(as_matrix(x, "ABC", "cells"), x)


@pytest.mark.parametrize(
    "given",
    [np.full((2, 3), "1"), np.full((2, 3), "one", object), [[1, 2, 3], [1]],
     np.ones((2, 3), complex), np.full((2, 3), pd.NA, object)],
)  # fmt: skip
def test_what_is_no_number_is_refused(refused, given):
    with refused(InputError, "x of numbers, [cells, genes]", "that are not", "labels out of x"):
        as_matrix(given, "ABC", "cells")


def test_a_sparse_matrix_is_named(refused):
    with refused(InputError, "a dense array", "csr_matrix", "x.toarray()"):
        as_matrix(scipy.sparse.csr_matrix((2, 3)), "ABC", "cells")


@pytest.mark.parametrize("shape", [(3, 2), (3,), (2, 3, 1), ()])
def test_wrong_shapes_are_refused(refused, shape):
    with refused(InputError, "[cells, genes]", f"shape {shape} with 3 gene names", "transpose"):
        as_matrix(np.ones(shape), "ABC", "cells")


@pytest.mark.parametrize(("shape", "what"), [((0, 3), "cells"), ((3, 0), "genes")])
def test_nothing_left_after_filtering(refused, shape, what):
    with refused(InputError, what, "none left", "less strict filter"):
        as_matrix(np.ones(shape), "ABC"[: shape[1]], "cells")


def test_lengths(refused):
    check_lengths(3, "cell", time=[1, 2, 3], labels=None)
    with refused(InputError, "one value of labels per cell (3)", "2", "align labels"):
        check_lengths(3, "cell", time=[1, 2, 3], labels=["a", "b"])


def test_genes_are_located_in_the_order_asked_for(refused):
    assert list(locate_genes(["A", "B", "C"], ["C", "A"])) == [2, 0]
    assert list(locate_genes(["A", "A", "C"], ["C"])) == [2]
    with refused(GeneNameError, "genes of the data", "'GATA', 'Q'", "did you mean 'GATA1'?"):
        locate_genes(["GATA1", "SPI1"], ["GATA", "Q"])
    with refused(GeneNameError, "genes of the data", "an empty list", "at least one gene"):
        locate_genes(["GATA1"], [])
    with refused(GeneNameError, "each gene once", "'A' several", "var_names_make_unique"):
        locate_genes(["A", "A", "C"], ["C", "A"])


def test_values_that_are_not_finite_are_counted_and_named(refused):
    x = np.zeros((10_000, 3))
    check_finite(x, "ABC")
    x[0, 0], x[9_999, 2], x[5_000, 2] = np.nan, np.inf, -np.inf
    with refused(InputError, "finite", "3 NaN or infinite ones, in genes 'A', 'C'", "impute"):
        check_finite(x, "ABC")


def test_negative_values_are_named(refused):
    check_not_negative(np.zeros((2, 3)), "ABC", "a Hill field")
    with refused(InputError, "at least 0 for a Hill field", "down to -2 in genes 'B'", "linear"):
        check_not_negative(np.array([[0, -2, 0], [0, 1, 0]]), "ABC", "a Hill field")


@pytest.mark.parametrize(
    ("values", "scale"),
    [([[0, 3.0]], "counts"), ([[0, 1.0]], "unknown"), ([[0, 1.5]], "unknown"),
     ([[-1, 3.0]], "unknown"), ([[np.nan, 3.0]], "unknown")],
)  # fmt: skip
def test_counts_are_recognised(values, scale):
    assert detect_scale(np.array(values)) == scale
    assert settle_scale("auto", np.array(values)) == scale


def test_the_scale_declared_is_believed():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert settle_scale("log1p", np.array([[0.5, 2.0]])) == "log1p"
        assert settle_scale("unknown", np.array([[1.0, 2.0]])) == "unknown"


def test_counts_declared_log1p_warn():
    with pytest.warns(HillflowWarning, match=r"look like counts.*Pass scale='counts'"):
        assert settle_scale("log1p", np.array([[1.0, 2.0]])) == "log1p"


@pytest.mark.parametrize(
    ("declared", "values", "doubt"),
    [("log1p", [[0.5, 26.0]], "values up to 26: log"),
     ("counts", [[0.5, 2.0]], "not every value is a whole number")],
)  # fmt: skip
def test_a_doubtful_scale_warns_and_is_believed(declared, values, doubt):
    with pytest.warns(HillflowWarning, match=doubt):
        assert settle_scale(declared, np.array(values)) == declared


@pytest.mark.parametrize("declared", ["counts", "log1p"])
def test_a_scale_that_cannot_be_is_refused(refused, declared):
    x = np.zeros((10_000, 2))
    x[4321, 1] = -2.5
    with refused(InputError, f"0 in data declared {declared}", "down to -2.5", "scale='unknown'"):
        settle_scale(declared, x)
    assert settle_scale("unknown", x) == "unknown"


def test_an_unknown_scale_is_refused(refused):
    with refused(InputError, "log1p, coordinates, unknown", "'log2'", "use 'unknown'"):
        settle_scale("log2", np.ones((1, 1)))


def test_populations_that_are_too_small_are_listed(refused):
    time, condition = np.repeat([0.0, 1.0, 0.0, 1.0], [10, 9, 10, 3]), np.repeat([0, 1], [19, 13])
    check_populations(time, condition, ["control", "A=knockout"], "d", 3)
    with refused(
        TimeError, "at least 10 cells at every time of every condition",
        "9 at 1 d (control), 3 at 1 d (A=knockout)", "lower min_cells",
    ):  # fmt: skip
        check_populations(time, condition, ["control", "A=knockout"], "d", 10)


@pytest.mark.parametrize(("unit", "shown"), [("d", "one (2 d)"), ("", "one (2)")])
def test_one_time_point_is_refused(refused, unit, shown):
    with refused(TimeError, "at least two time points", shown, "several times"):
        check_populations(np.full(20, 2.0), np.zeros(20, int), ["control"], unit, 10)


@pytest.mark.parametrize(
    ("times", "found"),
    [([0.0, 1e30], "times up to 1e+30 h"), ([0.0, 1.7e18], "1.7e+18"),
     ([0.0, 5.0, 5.0 + 1e-9, 10.0], "4 times, among them 5 and 5.000000001 h")],
)  # fmt: skip
def test_absurd_times_and_times_that_differ_by_rounding_are_refused(refused, times, found):
    column = [time for time in times for _ in range(10)]
    x = np.random.default_rng(0).random((len(column), 2))
    with refused(TimeError, "times", found, ""):
        Snapshots.from_arrays(x, column, ["A", "B"], unit="h")


def test_times_of_very_different_gaps_are_kept():
    column = [time for time in (0.0, 1 / 60, 240.0) for _ in range(10)]
    x = np.random.default_rng(0).random((30, 2))
    assert len(Snapshots.from_arrays(x, column, ["A", "B"], unit="h").times) == 3


@pytest.mark.parametrize("build", [Snapshots.from_arrays, Trajectories.from_rows])
def test_values_that_no_cell_has_are_refused(refused, build):
    x = np.ones((20, 2))
    x[3, 1] = -1e30
    with refused(InputError, "values below 1e+12", "up to 1e+30 in genes 'B'", "layer"):
        build(x, [0.0] * 10 + [1.0] * 10 if build == Snapshots.from_arrays else range(20), "AB")


def test_values_that_look_unlogged_are_warned_of():
    x = np.random.default_rng(0).random((20, 2)) * 900
    time = [0.0] * 10 + [1.0] * 10
    with pytest.warns(HillflowWarning, match="look normalised but not logged"):
        Snapshots.from_arrays(x, time, "AB")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Snapshots.from_arrays(x, time, "AB", scale="unknown")
        Snapshots.from_arrays(np.log1p(x), time, "AB")


def test_masked_values_and_genes_without_an_order_are_refused(refused):
    x, time = np.random.default_rng(0).random((20, 2)), [0.0] * 10 + [1.0] * 10
    with refused(InputError, "a value for every gene", "masked", "impute"):
        Snapshots.from_arrays(np.ma.masked_greater(x, 0.9), time, "AB")
    with refused(GeneNameError, "in the order of the columns", "a set", "pass a list"):
        Snapshots.from_arrays(x, time, {"A", "B"})
