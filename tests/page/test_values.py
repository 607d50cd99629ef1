"""Numbers for people, and the elements of a formula."""

from __future__ import annotations

import math

import pytest

from hillflow.page.parts import Html, join, tag
from hillflow.page.values import number, percent


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (math.nan, "–"), (12345, "12,345"), (-0.01234, "−0.0123"), (True, "1")],
)
def test_numbers_for_people(value, shown):
    assert number(value) == shown
    assert percent(0.514) == "51%"


def test_markup_is_kept_and_attributes_may_be_left_out():
    assert tag("b", Html("<i>x</i>"), id=None, class_="y") == '<b class="y"><i>x</i></b>'
    assert tag("p", "<b>", data_gene='"') == '<p data-gene="&#34;">&lt;b&gt;</p>'
    assert join(["<", Html("<br>")], " ") == "&lt; <br>"
