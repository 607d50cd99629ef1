from __future__ import annotations

import pytest

from hillflow.errors import InputError
from hillflow.options import check_options


def build(genes: object, *, order: int, hill: bool = False, **more: object) -> None:
    """Takes one option that it needs, and one that it does not."""


def test_what_is_taken_passes():
    check_options(build, {"order": 2, "hill": True}, "the field", given=["genes"])


@pytest.mark.parametrize(
    ("options", "expected", "found", "fix"),
    [({"order": 2, "hil": 1}, "an option of the field (it takes order, hill)", "'hil'", "'hill'"),
     ({"hill": True}, "order for the field", "no such option", "pass order=…")],
)  # fmt: skip
def test_others_are_refused_and_what_is_needed_is_named(options, expected, found, fix):
    with pytest.raises(InputError) as caught:
        check_options(build, options, "the field", given=["genes"])
    assert expected in caught.value.expected.replace("'", "")
    assert found in caught.value.found
    assert fix in caught.value.fix


def test_what_takes_nothing_says_so():
    with pytest.raises(InputError, match="it takes none"):
        check_options(lambda: None, {"order": 2}, "the field")
