from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hillflow.data import Snapshots, parse_times
from hillflow.errors import HillflowWarning
from hillflow.notice import warn

MIXED = ["24h", "day 2"] * 10
WHOLE = np.arange(20.0)[:, None]


@pytest.mark.parametrize(
    "call",
    [lambda: warn("here"),
     lambda: parse_times(MIXED),
     lambda: Snapshots.from_arrays(WHOLE, MIXED, ["A"], scale="counts"),
     lambda: Snapshots.from_frame(pd.DataFrame({"time": MIXED, "A": WHOLE[:, 0]})),
     lambda: Snapshots.from_arrays(WHOLE, [0, 1] * 10, ["A"], scale="log1p")],
)  # fmt: skip
def test_a_warning_points_at_the_line_of_the_caller(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    assert [(w.category, Path(w.filename).name) for w in caught] == [
        (HillflowWarning, "test_notice.py")
    ]
    assert caught[0].lineno == call.__code__.co_firstlineno
