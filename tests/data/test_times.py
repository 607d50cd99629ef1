from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.data import parse_times
from hillflow.data.times import format_time, same_time, warn_of_unknown_unit
from hillflow.errors import HillflowWarning, TimeError

SPELLINGS = {
    "s": ["s", "sec", "seconds"],
    "min": ["min", "minutes"],
    "h": ["h", "hr", "hrs", "hours"],
    "d": ["d", "day", "days"],
    "week": ["w", "wk", "week", "weeks"],
    "month": ["mo", "month", "months"],
    "year": ["y", "yr", "year", "years"],
    "embryonic day": ["E", "embryonic day"],
    "postnatal day": ["P", "postnatal day"],
    "": ["t", "time", "timepoint", "time point", "tp"],
    "hpf": ["hpf"],
    "dpi": ["dpi"],
}
SPELLED = [(unit, word) for unit, words in SPELLINGS.items() for word in words]
LAYOUTS = [
    "{number} {word}", "{number}{word}", "{number}_{word}", "{word} {number}", "{word}{number}",
    "{word}_{number}", "{word}: {number}", " {word} {number} ",
]  # fmt: skip
numbers = st.integers(0, 10_000_000).map(lambda thousandths: thousandths / 1000)


@given(
    numbers, st.sampled_from(SPELLED), st.sampled_from(LAYOUTS),
    st.sampled_from([str, str.upper, str.title, str.lower]),
)  # fmt: skip
def test_every_spelling_is_read(number, spelled, layout, case):
    unit, word = spelled
    times = parse_times([case(layout.format(number=number, word=word))])
    assert times.values[0] == number
    assert times.unit == unit


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=5), st.sampled_from([*SPELLINGS, "dpt"]))
def test_what_was_formatted_reads_back(values, unit):
    values = [float(f"{value:g}") for value in values]
    times = parse_times([format_time(value, unit) for value in values])
    np.testing.assert_array_equal(times.values, values)
    assert times.unit == unit


@pytest.mark.parametrize(
    ("label", "value"),
    [("day -1", -1), ("-1 d", -1), ("d_-2", -2), ("−3 d", -3), ("day−3", -3), ("day-4", 4),
     ("2-day", 2), ("+5d", 5), ("day +5", 5), ("1e-3 d", 1e-3), (".5d", 0.5)],
)  # fmt: skip
def test_a_minus_is_a_sign_unless_it_joins_word_and_number(label, value):
    assert parse_times([label]).values[0] == value


def test_a_hyphen_that_may_be_a_minus_is_refused(refused):
    with refused(TimeError, "one thing in the times", "'day-1'", "'day -2' for two days before"):
        parse_times(["day-1", "day0", "day1"])
    assert list(parse_times(["day-1", "day-2"]).values) == [1, 2]


def test_convertible_units_are_brought_to_the_commonest():
    with pytest.warns(HillflowWarning, match=r"different units in the times \('h', 'd'\)"):
        times = parse_times(["36h", "12h", "day 2", "0"])
    np.testing.assert_allclose(times.values, [36, 12, 48, 0])
    assert times.unit == "h"


@pytest.mark.parametrize(
    ("labels", "unit", "values", "named"),
    [
        (["48h", "day 3", "1 week"], "days", [2, 3, 7], "d"),
        (["90 min", "7200 s"], "h", [1.5, 2], "h"),
        (["24", "2d"], "h", [24, 48], "h"),
        (["0", "5"], "hours", [0, 5], "h"),
        ([0, 5], "Minutes", [0, 5], "min"),
        ([0, 5], "parsec", [0, 5], "parsec"),
        (["E8.5", "E9"], "embryonic day", [8.5, 9], "embryonic day"),
        (pd.to_timedelta(["1d", "36h"]), "days", [1, 1.5], "d"),
    ],
)
def test_labels_are_converted_to_the_unit_asked_for(labels, unit, values, named):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        times = parse_times(labels, unit)
    np.testing.assert_allclose(times.values, values)
    assert times.unit == named


@pytest.mark.parametrize(
    ("labels", "unit", "named"),
    [(["E8.5", "day 2"], None, "'d', 'embryonic day'"), (["24hpf", "2dpf"], None, "'dpf', 'hpf'"),
     (["24", "48h"], None, "'h', 'no unit'"), (["E8.5"], "d", "'d', 'embryonic day'"),
     (pd.to_timedelta(["1d"]), "dpf", "'dpf', 'h'")],
)  # fmt: skip
def test_units_that_do_not_convert_are_refused(refused, labels, unit, named):
    with refused(TimeError, "one unit of time", named, "'day 2', '48h'"):
        parse_times(labels, unit)


@pytest.mark.parametrize(
    ("label", "shown"),
    [("early", "early"), ("", "''"), ("2 days later on", "later"), ("inf", "inf"),
     ("day 2 h", "day 2 h"), ("2,5 d", "2,5 d"), ("day - 1", "day - 1"), ("d1 d2", "d1 d2"),
     ("5 m", "5 m")],
)  # fmt: skip
def test_unreadable_labels_are_named(refused, label, shown):
    with refused(TimeError, "can be read in column 'day'", shown, "write times as numbers"):
        parse_times(pd.Series(["day 1", label], name="day"))


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT])
def test_missing_times_are_counted(refused, missing):
    with refused(TimeError, "a time for every cell", "1 of 3 missing", "leave out the cells"):
        parse_times(pd.Series([1, missing, "2"], dtype=object))


@pytest.mark.parametrize(
    "values", [[True, False], pd.to_datetime(["2020-01-01"]), pd.Categorical([True, False])]
)
def test_other_types_are_refused(refused, values):
    with refused(TimeError, "times since a start", "values of type", "write times as numbers"):
        parse_times(values)


def test_infinite_numbers_are_refused(refused):
    with refused(TimeError, "finite times in obs", "infinite", "write times as numbers"):
        parse_times([1.0, np.inf], where="obs")


@pytest.mark.parametrize(
    "values",
    [
        pd.Categorical(["day 1", "day 2", "day 1"]),
        pd.Series(["1d", "2d", "1d"], dtype="string"),
        np.array(["D1", "D2", "D1"], dtype=object),
        pd.Categorical(["d2", "d1"], ordered=True).take([1, 0, 1]),
        (f"{k} d" for k in (1, 2, 1)),
    ],
)
def test_containers_of_labels(values):
    times = parse_times(values)
    assert times.values.dtype == np.float64
    assert list(times.values) == [1, 2, 1]
    assert times.unit == "d"


@pytest.mark.parametrize(
    "values",
    [
        [1, 2],
        pd.Categorical([1, 2]),
        pd.Series([1, 2], dtype="Int64"),
        np.array([1, 2], dtype=object),
        ["1", "2.0"],
    ],
)
def test_containers_of_numbers(values):
    times = parse_times(values, "hpi")
    assert list(times.values) == [1, 2]
    assert times.unit == "hpi"


@pytest.mark.parametrize("kind", [object, "timedelta64[ns]", "category"])
def test_time_differences_are_hours(kind):
    values = pd.Series([pd.Timedelta("1d"), pd.Timedelta("90min")]).astype(kind)
    times = parse_times(values)
    assert list(times.values) == [24, 1.5]
    assert times.unit == "h"


def test_the_result_does_not_follow_later_changes_of_the_column():
    column = np.array([1.0, 2.0])
    times = parse_times(column)
    column[0] = 9
    assert times.values[0] == 1


def test_format_time():
    assert format_time(2.0, "d") == "2 d"
    assert format_time(1.5, "") == "1.5"


@pytest.mark.parametrize(
    ("time", "expected"),
    [(0.0, [0]), (1e-9, []), (33.3333, [1]), (33.34, []), (64 + 1e-12, [2]), (-1e-9, [])],
)
def test_a_time_is_measured_as_it_is_shown_and_no_other(time, expected):
    times = np.array([0.0, 100 / 3, 64.0])
    assert np.flatnonzero(same_time(times, time)).tolist() == expected


@pytest.mark.parametrize("unit", [None, "", "h", "Hours", "wk", "hpf", "pseudotime", "stages"])
def test_units_that_are_known_are_taken_without_a_word(unit, recwarn):
    warn_of_unknown_unit(unit)
    assert not recwarn


@pytest.mark.parametrize(("unit", "closest"), [("parsec", None), ("hourss", "hours")])
def test_a_unit_that_is_not_known_is_kept_with_a_warning(unit, closest):
    with pytest.warns(HillflowWarning, match=rf"'{unit}' is not a unit .* per {unit}") as warned:
        warn_of_unknown_unit(unit)
    (warning,) = warned
    assert (f"closest that it knows is {closest!r}" in str(warning.message)) == bool(closest)
    assert parse_times([1, 2], unit).unit == unit
