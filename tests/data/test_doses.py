from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hillflow.data import Trajectories
from hillflow.errors import InputError

UNITS = ["a", "b"]
DOSES = pd.DataFrame(
    {
        "unit": ["b", "a", "a"], "time": [1.0, 0.0, 2.0], "input": ["tablet", "tablet", "blood"],
        "amount": [5.0, 10.0, 4.0], "duration": [2.0, 0.0, 0.0],
    }
)  # fmt: skip
WEIGHT = {"unit": ["b", "a"], "weight": [80.0, 60.0]}


def series() -> Trajectories:
    return Trajectories.from_arrays(np.ones((2, 3, 1)), [0, 2, 4], ["blood"], UNITS, unit="h")


def test_depots_and_covariates_are_the_last_columns() -> None:
    dosed = series().with_doses(DOSES, WEIGHT)
    assert dosed.genes == ("blood", "tablet", "weight")
    # a dose at the time of an observation comes after it; half of the infusion is given at 2 h
    assert dosed.x[:, 1].tolist() == [0.0, 10.0, 10.0, 0.0, 2.5, 5.0]
    assert dosed.x[:, 2].tolist() == [60.0] * 3 + [80.0] * 3
    assert dosed.doses.column.tolist() == [1, 0, 1]


def test_a_file_keeps_doses(tmp_path) -> None:
    dosed = series().with_doses(DOSES, WEIGHT)
    dosed.to_anndata().write_h5ad(tmp_path / "units.h5ad")
    read = Trajectories.from_anndata(tmp_path / "units.h5ad")
    assert read.doses.further == dosed.doses.further
    for name, values in dosed.doses.to_arrays().items():
        assert np.array_equal(read.doses.to_arrays()[name], values)


def test_other_doses_keep_depots_and_covariates() -> None:
    dosed = series().with_doses(DOSES, WEIGHT)
    other = dosed.with_doses({"unit": ["a"], "time": [0], "input": ["blood"], "amount": [1.0]})
    assert other.genes == dosed.genes
    assert other.x[:, 1].tolist() == [0.0] * 6
    assert other.x[:, 2].tolist() == dosed.x[:, 2].tolist()


def test_taken_series_keep_their_doses() -> None:
    dosed = series().with_doses(DOSES, WEIGHT)
    doses = dosed.take(["b", "a", "b"]).doses
    assert doses.series.tolist() == [0, 1, 1, 2]
    assert doses.amount.tolist() == [5.0, 10.0, 4.0, 5.0]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"unit": "c"}, "doses of units of the data"),
        ({"amount": -1.0}, "amount of at least 0"),
        ({"time": np.nan}, "finite numbers in the column time"),
        ({"amount": "much"}, "finite numbers in the column amount"),
    ],
)
def test_wrong_doses_are_refused(changed, message) -> None:
    with pytest.raises(InputError, match=message):
        series().with_doses(DOSES.assign(**changed), WEIGHT)


def test_wrong_tables_are_refused() -> None:
    with pytest.raises(InputError, match="none named 'amount'"):
        series().with_doses(DOSES.drop(columns="amount"))
    with pytest.raises(InputError, match="one row of covariates for each unit"):
        series().with_doses(DOSES, {"unit": ["a"], "weight": [1.0]})
    with pytest.raises(InputError, match="of other names than states"):
        series().with_doses(DOSES, {"unit": UNITS, "blood": [1.0, 2.0]})
    with pytest.raises(InputError, match="doses into states or 'tablet'"):
        series().with_doses(DOSES).with_doses(DOSES.assign(input="syrup"))
    with pytest.raises(InputError, match="choose the genes before"):
        series().with_doses(DOSES).select_genes(["blood"])
