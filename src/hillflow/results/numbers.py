"""The check that a column of a run's table has numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd


def check_numbers(table: pd.DataFrame, name: str) -> None:
    """Refuse text and infinity in a column; NaN is a missing value."""
    column = table[name]
    if not len(column):
        return
    if not pd.api.types.is_numeric_dtype(column):
        raise ValueError(f"text in the column {name!r}, which has numbers")
    if np.isinf(column.to_numpy(dtype=np.float64)).any():
        raise ValueError(f"infinity in the column {name!r}")
