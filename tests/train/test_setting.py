"""Options of a training: what is no number is refused with what to write."""

from __future__ import annotations

import pytest

from hillflow.errors import InputError
from hillflow.train import Setting
from hillflow.train.setting import NUMBERS, OPTIONAL


@pytest.mark.parametrize("name", NUMBERS)
def test_what_is_no_number_is_refused(name):
    for value in ("small", "1", [1], *([] if name in OPTIONAL else [None])):
        with pytest.raises(InputError) as caught:
            Setting(**{name: value})
        assert caught.value.expected == f"a number as {name}"
        assert caught.value.found == repr(value)
        assert caught.value.fix == f"write {name}={getattr(Setting(), name)}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"effort": 0}, {"effort": float("nan")}, {"sigma": -1.0}, {"threads": 0}, {"basis": 0},
        {"components": 0},
        {"validation_share": 1.0}, {"validation_share": -0.1},
    ],
)  # fmt: skip
def test_numbers_out_of_range_are_refused(wrong):
    (name,) = wrong
    with pytest.raises(InputError, match=name):
        Setting(**wrong)
