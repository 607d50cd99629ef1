"""Doses and covariates of followed units: what is given to each, when, and what it is like.

A dose has a unit, a time, an input and an amount; with a duration it is an infusion at a constant
rate, without one a bolus. An input that is a measured state gets the amount itself (an injection
into blood, in the units of the state). Any other input is a depot of its own, a further column
after the states, which empties by first-order decay (a tablet). Covariates are constant in a unit
and are the last columns. What depots and covariates do is learned, as of any other regulator.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.data.columns import as_column
from hillflow.errors import InputError, did_you_mean, listing

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("unit", "time", "input", "amount")
DURATION = "duration"
_NAMES = ("depots", "covariates")
_ARRAYS = ("series", "column", "time", "amount", "duration")


@dataclass(frozen=True, eq=False)
class Doses:
    """Doses of the series of `Trajectories`, sorted by series and time.

    Attributes
    ----------
    depots, covariates
        Names of the further columns, in the order depots, covariates.
    series, column
        Index of the series, and of the column that gets the amount; [doses].
    time, amount, duration
        When it is given, how much, and over how long (0: a bolus); [doses].
    """

    depots: tuple[str, ...]
    covariates: tuple[str, ...]
    series: np.ndarray
    column: np.ndarray
    time: np.ndarray
    amount: np.ndarray
    duration: np.ndarray

    @property
    def further(self) -> tuple[str, ...]:
        """Names of the columns that are given and not predicted: depots, then covariates."""
        return (*self.depots, *self.covariates)

    def take(self, series: Sequence[int]) -> Doses:
        """Return the doses of these series, in this order; one named twice has them twice."""
        parts = [np.flatnonzero(self.series == number) for number in series]
        rows = np.concatenate([np.empty(0, np.int64), *parts]).astype(np.int64)
        names = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        chosen = {
            name: getattr(self, name)[rows] for name in ("column", "time", "amount", "duration")
        }
        return replace(self, series=names, **chosen)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the doses as arrays of numbers and texts, which a file can hold."""
        numbers = {name: getattr(self, name) for name in _ARRAYS}
        names = {name: np.array(getattr(self, name), dtype=str) for name in _NAMES}
        return {**numbers, **{name: value for name, value in names.items() if value.size}}

    @classmethod
    def from_arrays(cls, noted: Any, genes: Sequence[str], series: int) -> Doses:
        """Return the doses that `to_arrays` gave; refuse those of other columns or series."""
        names = {name: tuple(map(str, noted.get(name, ()))) for name in _NAMES}
        arrays = {name: np.asarray(noted[name]) for name in _ARRAYS}
        further = (*names["depots"], *names["covariates"])
        if tuple(genes)[len(genes) - len(further) :] != further or (
            arrays["series"].size and arrays["series"].max() >= series
        ):
            raise InputError(
                "doses of the columns and series of the data", "others",
                "choose genes and series before with_doses(…)",
            )  # fmt: skip
        return cls(names["depots"], names["covariates"], *arrays.values())

    def with_depots(self, depots: tuple[str, ...], states: int) -> Doses:
        """Return the doses with these depots, of which they may use some and no others."""
        other = [name for name in self.depots if name not in depots]
        if other:
            raise InputError(
                f"doses into states or {listing(depots) or 'no depot'}", listing(other),
                did_you_mean(other[0], depots) if depots else "name a state",
            )  # fmt: skip
        place = [states + depots.index(name) for name in self.depots]
        column = np.array([c if c < states else place[c - states] for c in self.column], np.int64)
        return replace(self, depots=depots, column=column)

    def given_by(self, series: np.ndarray, time: np.ndarray, columns: Sequence[int]) -> np.ndarray:
        """Return the amount that each column was given before a time, [rows, columns]."""
        given = np.zeros((len(time), len(columns)))
        place = {column: k for k, column in enumerate(columns)}
        for k, column in enumerate(self.column.tolist()):
            if column in place:
                age = np.where(series == self.series[k], time - self.time[k], 0.0)
                share = (
                    np.clip(age / self.duration[k], 0, 1) if self.duration[k] else 1.0 * (age > 0)
                )
                given[:, place[column]] += share * self.amount[k]
        return given


def read_doses(
    table: Any, names: Sequence[str], genes: Sequence[str], covariates: Sequence[str] = ()
) -> Doses:
    """Read doses from a table, or the path of a CSV file, with the columns of `COLUMNS`.

    Parameters
    ----------
    table
        One row a dose; a column ``duration`` makes infusions of those where it is above 0.
    names
        Names of the series; those without a row have no dose.
    genes
        Names of the states.
    covariates
        Names of the covariates, which no input may have.
    """
    frame = table_of(table, "doses")
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise InputError(
            f"doses with the columns {', '.join(COLUMNS)}", f"none named {listing(missing)}",
            "rename them; a column duration is for infusions",
        )  # fmt: skip
    units = [str(unit) for unit in frame["unit"]]
    unknown = [unit for unit in dict.fromkeys(units) if unit not in set(names)]
    if unknown:
        raise InputError(
            "doses of units of the data", listing(unknown), did_you_mean(unknown[0], tuple(names))
        )
    inputs = [str(name) for name in frame["input"]]
    depots = tuple(sorted(set(inputs) - set(genes)))
    doubled = sorted(set(covariates) & {*depots, *genes})
    if doubled or not len(frame):
        raise InputError(
            "covariates of other names than states and inputs" if doubled else "at least one dose",
            listing(doubled) if doubled else "none",
            "rename them" if doubled else "leave the doses out to fit without them",
        )
    columns = {name: k for k, name in enumerate((*genes, *depots))}
    numbers = {name: _numbers(frame, name) for name in ("time", "amount")}
    durations = _numbers(frame, DURATION) if DURATION in frame.columns else np.zeros(len(frame))
    for name, values in (("amount", numbers["amount"]), (DURATION, durations)):
        if (values < 0).any():
            raise InputError(
                f"a {name} of at least 0 for each dose", f"{values.min():g}", "correct the table"
            )
    position = {name: k for k, name in enumerate(names)}
    series = np.array([position[unit] for unit in units], dtype=np.int64)
    order = np.lexsort((numbers["time"], series))
    column = np.array([columns[name] for name in inputs], dtype=np.int64)
    return Doses(
        depots, tuple(covariates), series[order], column[order], numbers["time"][order],
        numbers["amount"][order], durations[order],
    )  # fmt: skip


def read_covariates(table: Any, names: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray]:
    """Return names [covariates] and values [series, covariates] of a table with a column ``unit``.

    It has one row for each series, and a column of numbers for each covariate.
    """
    frame = table_of(table, "covariates")
    if "unit" not in frame.columns:
        raise InputError(
            "covariates with a column unit", f"the columns {listing(map(str, frame.columns))}",
            "name the column of the series so",
        )  # fmt: skip
    units = [str(unit) for unit in frame["unit"]]
    missing = [name for name in names if units.count(name) != 1]
    if missing:
        raise InputError(
            "one row of covariates for each unit", f"none or several for {listing(missing)}",
            "add these rows, or leave these units out of the data",
        )  # fmt: skip
    columns = [str(name) for name in frame.columns if name != "unit"]
    values = np.column_stack([_numbers(frame, name) for name in columns] or [np.empty(len(frame))])
    if not columns:
        raise InputError("a covariate beside the column unit", "none", "leave covariates out")
    return tuple(columns), values[[units.index(name) for name in names]]


def table_of(table: Any, what: str) -> pd.DataFrame:
    """Return a table, or that of a file, as a DataFrame."""
    import pandas as pd

    from hillflow.files import check_file

    if isinstance(table, str | PathLike):
        path = Path(table)
        check_file(path, f"a table of {what}", (".csv", ".tsv", ".txt"))
        return pd.read_csv(path, sep="," if path.suffix == ".csv" else "\t", dtype={"unit": str})
    if not isinstance(table, pd.DataFrame | Mapping):
        raise InputError(
            f"{what} as a table or the path of a .csv file", type(table).__name__,
            "write pandas.DataFrame({'unit': …})",
        )  # fmt: skip
    return pd.DataFrame(table)


def _numbers(frame: pd.DataFrame, name: str) -> np.ndarray:
    try:
        values = np.asarray(as_column(frame[name].to_numpy(), name), dtype=np.float64)
    except (TypeError, ValueError):
        values = np.array([np.nan])
    if not np.isfinite(values).all():
        raise InputError(
            f"finite numbers in the column {name}", "other values", "correct or remove these rows"
        )
    return values
