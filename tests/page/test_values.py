"""Numbers for people."""

from __future__ import annotations

import math

import pytest

from hillflow.page.values import number, percent


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (math.nan, "–"), (12345, "12,345"), (-0.01234, "−0.0123"), (True, "1")],
)
def test_numbers_for_people(value, shown):
    assert number(value) == shown
    assert percent(0.514) == "51%"
