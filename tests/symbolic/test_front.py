from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.errors import InputError
from hillflow.symbolic import Law, ParetoFront, parse


def _law(complexity: int, error: float, bic: float, gene: str = "S") -> Law:
    return Law(gene, parse("1 + E"), ("E",), 0.5, (), "f", "e", complexity, error, None, None, bic)


laws = st.builds(_law, st.integers(1, 9), st.floats(0, 1), st.floats(-100, 100))


@given(st.lists(laws, min_size=1, max_size=12))
def test_nothing_on_it_is_beaten_but_perhaps_the_best(many: list[Law]) -> None:
    front = ParetoFront("S", many)
    assert front.best.bic == min(law.bic for law in many)
    assert list(front) == sorted(front, key=lambda law: law.complexity)
    for law in front:
        beaten = any(
            other.complexity <= law.complexity
            and other.error <= law.error
            and (other.complexity, other.error) != (law.complexity, law.error)
            for other in many
        )
        assert not beaten or law == front.best
    for law in many:
        assert any(
            other.complexity <= law.complexity and other.error <= law.error for other in front
        )


@given(st.lists(laws, min_size=1, max_size=8), st.lists(laws, min_size=1, max_size=8))
def test_merging_is_the_front_of_both(one: list[Law], other: list[Law]) -> None:
    merged = ParetoFront("S", one).merge(ParetoFront("S", other))
    assert merged.best.bic == min(law.bic for law in one + other)
    assert min(law.error for law in merged) == min(law.error for law in one + other)


def test_of_equals_the_simplest_is_best() -> None:
    assert ParetoFront("S", [_law(5, 0.1, -3.0), _law(3, 0.2, -3.0)]).best.complexity == 3


def test_a_law_without_bic_is_never_best() -> None:
    assert ParetoFront("S", [_law(5, 0.1, float("nan")), _law(3, 0.2, 9.0)]).best.bic == 9.0


def test_json_keeps_it() -> None:
    front = ParetoFront("S", [_law(5, 0.1, -3.0), _law(3, 0.2, -1.0)])
    again = ParetoFront.from_json(json.loads(json.dumps(front.to_json(), allow_nan=False)))
    assert again == front


def test_strangers_and_nothing_are_refused() -> None:
    with pytest.raises(InputError, match="at least one law"):
        ParetoFront("S", [])
    with pytest.raises(InputError, match="a law of 'E'"):
        ParetoFront("S", [_law(1, 0.1, 0.0, gene="E")])
    with pytest.raises(InputError, match="another front of 'S'"):
        ParetoFront("S", [_law(1, 0.1, 0.0)]).merge(ParetoFront("E", [_law(1, 0.1, 0.0, "E")]))
