"""Bins of pseudotime against their definition, and what is refused."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest

from hillflow.data import Snapshots
from hillflow.data.pseudotime import binned
from hillflow.errors import HillflowWarning, InputError, TimeError

pytestmark = pytest.mark.filterwarnings("ignore:times are")


def column(values) -> pd.Series:
    return pd.Series(values, name="dpt")


@pytest.fixture
def adata() -> anndata.AnnData:
    random = np.random.default_rng(0)
    obs = pd.DataFrame(
        {"dpt": random.random(120) ** 2, "perturbation": ["control"] * 80 + ["A=ko"] * 40},
        index=[f"c{k}" for k in range(120)],
    )
    x = random.random((120, 2)).astype(np.float32)
    return anndata.AnnData(x, obs=obs, var=pd.DataFrame(index=["A", "B"]))


def test_bins_are_quantiles_and_times_their_means() -> None:
    values = np.random.default_rng(0).random(100) ** 3
    found = binned(column(values), 5)
    groups = pd.qcut(values, 5, labels=False)
    np.testing.assert_allclose(found, pd.Series(values).groupby(groups).transform("mean"))
    np.testing.assert_array_equal(np.unique(found, return_counts=True)[1], 20)


def test_tied_cells_share_a_bin() -> None:
    values = np.r_[np.linspace(0, 0.4, 20), np.full(15, 0.5), np.linspace(0.6, 1, 25)]
    found = binned(column(values), 2)
    assert len(np.unique(found[20:35])) == 1
    np.testing.assert_array_equal(np.unique(found, return_counts=True)[1], [20, 40])


def test_they_say_whose_direction_and_unit_it_is() -> None:
    with pytest.warns(HillflowWarning, match="per unit of pseudotime, and what comes first is wh"):
        binned(column(np.arange(40.0)), 4)


def test_perturbed_cells_are_in_the_same_bins(adata) -> None:
    cells = Snapshots.from_anndata(adata, pseudotime="dpt", bins=2)
    assert cells.time_unit == "pseudotime"
    assert {one.condition.name for one in cells.populations()} == {"control", "A=knockout"}
    np.testing.assert_array_equal(cells.time, binned(adata.obs["dpt"], 2))
    assert len(list(cells.populations())) == 4


def test_measured_times_that_are_not_used_are_said(adata) -> None:
    adata.obs["time"] = np.repeat([0, 1], 60)
    with pytest.warns(HillflowWarning, match="the 2 values of 'time' are not used"):
        Snapshots.from_anndata(adata, pseudotime="dpt", bins=2)


@pytest.mark.parametrize(
    ("values", "bins", "message"),
    [
        ([0.1, np.nan] * 20, 2, "20 of 40 missing or infinite"),
        ([0.1, np.inf] * 20, 2, "20 of 40 missing or infinite"),
        ([0.5] * 40, 2, "differs between cells in 'dpt', found 0.5 in all"),
        (np.arange(40.0), 8, "at least 10 cells in each of 8 bins of 'dpt', found 5 in bin 1"),
        ([0.0] * 35 + [1.0] * 5, 4, "at least 10 cells in each of 4 bins of 'dpt', found 0"),
        (["early", "late"] * 20, 2, "numbers in the pseudotime 'dpt'"),
    ],
)
def test_what_is_no_pseudotime_is_refused(values, bins, message) -> None:
    with pytest.raises(TimeError, match=message):
        binned(column(values), bins)


def test_a_column_that_is_not_there_and_one_bin_are_refused(adata) -> None:
    with pytest.raises(InputError, match=r"a column 'dpt_pseudotime'.*'dpt', 'perturbation'"):
        Snapshots.from_anndata(adata, pseudotime="dpt_pseudotime")
    with pytest.raises(InputError, match="two bins or more"):
        Snapshots.from_anndata(adata, pseudotime="dpt", bins=1)
    with pytest.raises(TimeError, match="at least 10 cells at every time of every condition"):
        Snapshots.from_anndata(adata, pseudotime="dpt", bins=8)
