from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hillflow import pl
from hillflow.errors import InputError


@pytest.fixture
def history() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "stage": [0, 0, 1, 1],
            "step": [50, 100, 50, 80],
            "penalty": [90.0, 80.0, 70.0, 60.0],
            "velocity": [3.0, 1.0, np.nan, np.nan],
            "distance": [np.nan, np.nan, 0.5, 0.2],
            "validation_loss": [0.4, 0.3, 0.25, 0.2],
        }
    )


def test_stages_follow_each_other(history):
    loss, error = pl.history(history)
    assert [line.get_label() for line in loss.lines[:2]] == ["velocity", "distance"]
    np.testing.assert_array_equal(error.lines[0].get_xdata(), [50, 100, 150, 180])
    np.testing.assert_array_equal(error.lines[0].get_ydata(), history["validation_loss"])
    assert list(loss.lines[2].get_xdata()) == [100.0, 100.0]  # where the stages meet


def test_without_validation_cells_there_is_one_panel(history):
    assert len(pl.history(history.drop(columns="validation_loss"))) == 1


def test_an_empty_history_is_refused(history):
    with pytest.raises(InputError, match="at least one row"):
        pl.history(history.iloc[:0])


def test_a_single_row_can_be_seen(history):
    loss, error = pl.history(history.iloc[[0]])
    assert loss.lines[0].get_marker() == error.lines[0].get_marker() == "o"
    long = pd.concat([history.assign(step=history["step"] + 100 * k) for k in range(2)])
    assert pl.history(long)[0].lines[0].get_marker() == "None"


def test_one_member_of_an_ensemble_is_drawn(history):
    both = pd.concat([history.assign(member=k, distance=k + history["distance"]) for k in (0, 1)])
    first, second = (pl.history(both, member=k)[0].lines[1].get_ydata() for k in (0, 1))
    np.testing.assert_array_equal(first, history["distance"])
    np.testing.assert_array_equal(second, 1 + history["distance"])
