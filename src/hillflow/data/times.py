"""Read time labels as numbers with a unit: ``day 2``, ``48h``, ``D4.5``, ``E8.5``, ``3``."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hillflow.data.columns import as_column
from hillflow.errors import TimeError, listing
from hillflow.findings import warn

_SPELLINGS = {
    "s": ("s", "sec", "secs", "second", "seconds"),
    "min": ("min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "d": ("d", "day", "days"),
    "week": ("w", "wk", "wks", "week", "weeks"),
    "month": ("mo", "month", "months"),
    "year": ("y", "yr", "yrs", "year", "years"),
    "embryonic day": ("e", "embryonic day"),
    "postnatal day": ("p", "postnatal day"),
    "": ("", "t", "time", "timepoint", "time point", "tp"),
    # "hours or days post" fertilisation, infection, treatment: the origin is part of the unit
    **{unit: (unit,) for unit in ("hpf", "dpf", "hpi", "dpi", "hpt", "dpt")},
}
_UNIT_OF = {word: unit for unit, words in _SPELLINGS.items() for word in words}
# Units of plain numbers that are no length of time, or count from an origin of their own.
_OWN_ORIGIN = (
    "pseudotime", "stage", "generation", "passage", "cycle", "division", "somite",
    "dpc", "dpa", "hpa", "dpp", "div",
)  # fmt: skip
_HOURS = {"s": 1 / 3600, "min": 1 / 60, "h": 1.0, "d": 24.0, "week": 168.0}
_LONGEST_UNIT = 40  # characters
_WORDS = r"[a-z]*(?: [a-z]+)?"
_LABEL = re.compile(
    rf"(?P<before>{_WORDS})(?:(?<=[a-z])-|[\s_:]*)"  # the hyphen of day-2 is not a minus
    r"(?P<number>(?:(?<![a-z])[-+])?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)"
    rf"[\s_-]*(?P<after>{_WORDS})"
)
_HYPHEN = re.compile(rf"{_WORDS}(?<=[a-z])-[.\d]")
_FIX = "write times as numbers or labels such as 'day 2', '48h', 'D4.5', or use another column"


@dataclass(frozen=True, eq=False)
class Times:
    """Times of cells with their unit.

    Attributes
    ----------
    values
        One number per cell, float64.
    unit
        s, min, h, d, week, …; another unit as it was given; "" if there is none.
    """

    values: np.ndarray
    unit: str


def binned(values: Iterable[Any], bins: int, unit: str | None = None) -> np.ndarray:
    """Return the mean time of each cell's bin; bins have equal numbers of cells.

    For a continuous time, such as a latent time or a pseudotime, at which no two cells are equal:
    the cells of a bin are then a population. Cells of equal times stay together.

    Examples
    --------
    >>> from hillflow.data.times import binned
    >>> binned([0.0, 0.1, 0.9, 1.0], 2).tolist()
    [0.05, 0.05, 0.95, 0.95]
    """
    times = parse_times(values, unit).values
    if isinstance(bins, bool) or not isinstance(bins, int) or bins < 2:
        raise TimeError("two time bins or more", repr(bins), "write time_bins=8 (--time-bins 8)")
    edges = np.quantile(times, np.linspace(0, 1, bins + 1)[1:-1])
    index = np.searchsorted(edges, times, side="left")
    used = len(np.unique(index))
    if used < bins:
        raise TimeError(
            f"a time that can be cut into {bins} bins", f"{len(np.unique(times)):,} times, "
            f"of which {used} bins come", "use fewer bins, or leave time_bins (--time-bins) out",
        )  # fmt: skip
    return np.asarray((np.bincount(index, times) / np.bincount(index))[index])


def parse_times(values: Iterable[Any], unit: str | None = None, where: str = "") -> Times:
    """Read numbers or labels as times of one unit.

    Labels of different but convertible units (``36h`` and ``day 2``) are converted to `unit`,
    or without it to the most common one, with a warning.

    Parameters
    ----------
    values
        One per cell: numbers, text, categories or time differences.
    unit
        Unit of plain numbers, and unit that labels are converted to.
    where
        Name of the values in an error message; by default that of the column, if any.

    Returns
    -------
    Times
        One number per value, and the unit.

    Examples
    --------
    >>> from hillflow.data import parse_times
    >>> times = parse_times(["day 0", "36h", "D2"], unit="d")
    >>> times.values.tolist(), times.unit
    ([0.0, 1.5, 2.0], 'd')
    """
    import pandas as pd

    unit = _checked_unit(unit)
    values = as_column(() if values is None else values, where or "time", TimeError)
    series = pd.Series(values).reset_index(drop=True).infer_objects()
    where = where or ("the times" if series.name is None else f"column {str(series.name)!r}")
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
        raise TimeError(f"times since a start in {where}", f"values of type {series.dtype}", _FIX)
    if pd.api.types.is_timedelta64_dtype(series):
        hours = series.dt.total_seconds().to_numpy(np.float64) / 3600.0
        target = _canonical(unit or "h")
        _check_convertible({"h", target}, where)
        return Times(_convert(hours, "h", target), target)
    if pd.api.types.is_numeric_dtype(series):
        numbers = series.to_numpy(np.float64)
        if not np.isfinite(numbers).all():
            raise TimeError(f"finite times in {where}", "infinite ones", _FIX)
        return Times(numbers, _canonical(unit or ""))
    return _parse_labels(series.astype(str), unit, where)


def warn_of_unknown_unit(unit: str | None) -> None:
    """Warn of a unit that the caller named and that is none of the known ones.

    Any word may be a unit, since data are sampled at passages, instars or moults; but a word that
    is not known is more often a typing error, and every rate would be reported per it.
    """
    text = (_checked_unit(unit) or "").casefold()
    if not text or text in _UNIT_OF or text.removesuffix("s") in _OWN_ORIGIN:
        return
    known = [word for word in _UNIT_OF if len(word) > 1]
    near = difflib.get_close_matches(text, [*known, *_OWN_ORIGIN], n=1, cutoff=0.75)
    advice = f"; the closest that it knows is {near[0]!r}" if near else ""
    units = ", ".join(unit for unit in (*_SPELLINGS, *_OWN_ORIGIN[:3]) if unit)
    warn(
        f"{unit!r} is not a unit of time that hillflow knows ({units}): it is kept as it is, "
        f"labels are not converted to it, and rates are per {unit}{advice}",
        "data.unknown-unit",
    )


def same_time(times: np.ndarray, time: float) -> np.ndarray:
    """Return which of `times` are `time`, given with the six digits that messages show.

    At most the closest one. A time that was not measured, be it 1e-9 beside 0, is none of them.
    """
    closest = times[np.argmin(np.abs(times - time))]
    near = np.isclose(closest, time, rtol=1e-5, atol=1e-12 * np.abs(times).max())
    return (times == closest) & near


def format_time(time: float, unit: str) -> str:
    """Return a time as text, ``2 d``, or the number alone if there is no unit."""
    return f"{time:g} {unit}".rstrip()


def _parse_labels(text: Any, unit: str | None, where: str) -> Times:
    labels = text.unique()
    read = {label: result for label in labels if (result := _read(label)) is not None}
    if len(read) < len(labels):
        unreadable = [label for label in labels if label not in read]
        raise TimeError(f"times that can be read in {where}", listing(unreadable), _FIX)
    hyphened = [label for label in labels if _HYPHEN.match(_plain(label))]
    if hyphened and len(hyphened) < len(labels):
        raise TimeError(
            f"times that mean one thing in {where}",
            f"{listing(hyphened)} among labels without a hyphen",
            "write 'day 2' for two days after, 'day -2' for two days before",
        )
    requested = _canonical(unit or "")
    units = text.map(lambda label: read[label][1] or requested)
    named = [u for u in units.value_counts().index if u]
    if not named:
        return Times(text.map(lambda label: read[label][0]).to_numpy(np.float64), requested)
    common = requested or str(named[0])
    # 0 is the same time in every unit; any other number needs one
    unitless = any(number != 0 and not (u or requested) for number, u in read.values())
    _check_convertible({common, *named, *(["no unit"] if unitless else [])}, where)
    if len(named) > 1 and not requested:
        warn(
            f"different units in {where} ({listing(named)}): all times are converted to {common!r}",
            "data.several-units",
        )
    number = {label: _convert(value, u or common, common) for label, (value, u) in read.items()}
    return Times(text.map(number).to_numpy(np.float64), common)


def _read(label: str) -> tuple[float, str] | None:
    text = _plain(label)
    try:
        number = float(text)
    except ValueError:
        pass
    else:
        return (number, "") if np.isfinite(number) else None
    match = _LABEL.fullmatch(text)
    if match is None:
        return None
    words = [word for word in match.group("before", "after") if _UNIT_OF.get(word, word)]
    if len(words) > 1 or any(word not in _UNIT_OF for word in words):
        return None  # two units, or a word that is not a unit
    return float(match["number"]), _UNIT_OF[words[0]] if words else ""


def _plain(label: str) -> str:
    return label.replace("−", " -").strip().casefold()  # the typographic − is always a minus


def _checked_unit(unit: str | None) -> str | None:
    """Return a unit without spaces around it; refuse what no one can read as one."""
    if unit is None:
        return None
    text = unit.strip() if isinstance(unit, str) else ""
    readable = text.isprintable() and len(text) <= _LONGEST_UNIT
    if not isinstance(unit, str) or not readable or (text and not re.search(r"[^\W\d_]", text)):
        raise TimeError(
            "a unit of time", ascii(unit), "write one of s, min, h, d, week, or a word of your own"
        )
    return text


def _canonical(unit: str) -> str:
    return _UNIT_OF.get(unit.strip().casefold(), unit)


def _check_convertible(units: set[str], where: str) -> None:
    if len(units) > 1 and not units <= _HOURS.keys():
        raise TimeError(
            f"one unit of time in {where}", f"{listing(sorted(units))} side by side", _FIX
        )


def per_unit(rate: float, unit: str, wanted: str) -> float:
    """Convert a rate per `unit` into one per `wanted`; refuse units that are no length of time."""
    wanted = _canonical(wanted)
    if wanted not in _HOURS:
        raise TimeError(f"a unit of time, one of {listing(_HOURS)}", repr(wanted), _FIX)
    return rate * _HOURS[wanted] / _HOURS[unit]


def _convert(number: Any, unit: str, common: str) -> Any:
    return number if unit == common else number * _HOURS[unit] / _HOURS[common]
