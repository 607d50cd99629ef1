from __future__ import annotations

import pytest

from hillflow.errors import InputError
from hillflow.symbolic import ENGINES, make_engine


def test_every_engine_is_made_by_its_name() -> None:
    for entry in ENGINES.values():
        assert make_engine(entry.name).name == entry.name


def test_options_reach_the_engine() -> None:
    assert make_engine("template", most_parents=2).most_parents == 2  # type: ignore[attr-defined]


def test_mistakes_name_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'template'"):
        make_engine("templates")
    with pytest.raises(InputError, match="did you mean 'most_parents'"):
        make_engine("template", most_parent=2)
    with pytest.raises(InputError, match="did you mean 'additive'"):
        make_engine("template", families=("aditive",))
    with pytest.raises(InputError, match="at least one regulator"):
        make_engine("template", most_parents=0)
