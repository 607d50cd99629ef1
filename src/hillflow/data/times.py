"""Time labels as numbers with their unit: ``day 2``, ``48h``, ``D4.5``, ``E8.5``, ``3``."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hillflow.errors import HillflowWarning, TimeError, listing

_SPELLINGS = {
    "s": ("s", "sec", "secs", "second", "seconds"),
    "min": ("min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "d": ("d", "day", "days"),
    "week": ("w", "wk", "wks", "week", "weeks"),
    "month": ("mo", "month", "months"),
    "year": ("y", "yr", "yrs", "year", "years"),
    "embryonic day": ("e",),
    "postnatal day": ("p",),
    "": ("", "t", "time", "timepoint", "tp"),
    # "hours or days post" fertilisation, infection, treatment: the origin is part of the unit
    **{unit: (unit,) for unit in ("hpf", "dpf", "hpi", "dpi", "hpt", "dpt")},
}
_UNIT_OF = {word: unit for unit, words in _SPELLINGS.items() for word in words}
_HOURS = {"s": 1 / 3600, "min": 1 / 60, "h": 1.0, "d": 24.0, "week": 168.0}
_LABEL = re.compile(
    r"(?P<before>[a-z]*)[\s_:-]*(?P<number>\d+(?:\.\d*)?|\.\d+)[\s_-]*(?P<after>[a-z]*)"
)
_FIX = "write times as numbers or labels such as 'day 2', '48h', 'D4.5', or use another column"


@dataclass(frozen=True)
class Times:
    """One time a cell (float64), in `unit` (empty where none was given)."""

    values: np.ndarray
    unit: str


def parse_times(values: Iterable[Any], unit: str | None = None, where: str = "times") -> Times:
    """Read numbers or labels as times of one unit.

    Labels of different but convertible units (``36h`` and ``day 2``) are brought to the
    commoner one, with a warning. `unit`, if given, is taken where the values name none.

    Parameters
    ----------
    values
        One a cell: numbers, text, categories or time differences.
    unit
        What plain numbers are in.
    where
        What to call the values in an error message.
    """
    import pandas as pd

    series = pd.Series(values).reset_index(drop=True)
    missing = series.isna()
    if missing.any():
        raise TimeError(
            f"a time for every cell in {where}",
            f"{int(missing.sum()):,} of {len(series):,} missing",
            "leave out the cells without a time, or fill the column",
        )
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(series.cat.categories.dtype)
    if pd.api.types.is_bool_dtype(series) or pd.api.types.is_datetime64_any_dtype(series):
        raise TimeError(f"times in {where}", f"values of type {series.dtype}", _FIX)
    if pd.api.types.is_timedelta64_dtype(series):
        return Times(series.dt.total_seconds().to_numpy(np.float64) / 3600.0, "h")
    if pd.api.types.is_numeric_dtype(series):
        numbers = series.to_numpy(np.float64)
        if not np.isfinite(numbers).all():
            raise TimeError(f"finite times in {where}", "infinite ones", _FIX)
        return Times(numbers, unit or "")

    text = series.astype(str)
    read = {label: _read(label) for label in text.unique()}
    unreadable = [label for label, result in read.items() if result is None]
    if unreadable:
        raise TimeError(f"times that can be read in {where}", listing(unreadable), _FIX)
    known = {label: result for label, result in read.items() if result is not None}
    common = _common_unit(text.map(lambda label: known[label][1]), known, unit, where)
    number = {label: _convert(*result, common) for label, result in known.items()}
    return Times(text.map(number).to_numpy(np.float64), common)


def format_time(time: float, unit: str) -> str:
    """``2 d``; or the number alone where there is no unit."""
    return f"{time:g} {unit}".rstrip()


def _read(label: str) -> tuple[float, str] | None:
    text = label.strip().casefold()
    try:
        number = float(text)
    except ValueError:
        pass
    else:
        return (number, "") if np.isfinite(number) else None
    match = _LABEL.fullmatch(text)
    if match is None:
        return None
    before, after = match["before"], match["after"]
    words = [word for word in (before, after) if _UNIT_OF.get(word, word)]
    if len(words) > 1 or any(word not in _UNIT_OF for word in words):
        return None  # two units, or a word that is none
    return float(match["number"]), _UNIT_OF[words[0]] if words else ""


def _common_unit(
    units: Any, known: dict[str, tuple[float, str]], unit: str | None, where: str
) -> str:
    named = [u for u in units.value_counts().index if u]
    if not named:
        return unit or ""
    bare = [label for label, (number, u) in known.items() if not u and number != 0]
    if bare or (len(named) > 1 and any(u not in _HOURS for u in named)):
        kinds = [*named, *(["no unit"] if bare else [])]
        raise TimeError(f"one unit of time in {where}", f"{listing(kinds)} side by side", _FIX)
    if len(named) > 1:
        warnings.warn(
            f"{where} mix the units {listing(named)}; all are given in {named[0]!r} from here on",
            HillflowWarning,
            stacklevel=4,
        )
    return str(named[0])


def _convert(number: float, unit: str, common: str) -> float:
    if unit == common or not unit:
        return number
    return number * _HOURS[unit] / _HOURS[common]
