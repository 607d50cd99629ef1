"""``history.csv``: loss terms and validation loss by member, stage and step."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from hillflow.records import reading
from hillflow.results.numbers import check_numbers

_COLUMNS = ("stage", "step", "member")


def read_history(path: Path) -> pd.DataFrame:
    """Read the history of a run; all columns are numbers."""
    with reading(path):
        history = pd.read_csv(path.absolute(), float_precision="round_trip")
        for name in _COLUMNS:
            if name not in history:
                raise ValueError(f"no column {name!r}")
        for column in history:
            check_numbers(history, str(column))
    return history
