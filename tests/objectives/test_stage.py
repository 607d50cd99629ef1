from __future__ import annotations

import pytest

from hillflow.errors import InputError
from hillflow.objectives import Match, Rollout, Stage
from hillflow.objectives.stage import FEWEST


def test_the_rate_falls_to_a_hundredth() -> None:
    stage = Stage(Match(), steps=100, rate=0.2)
    assert stage.rate_at(0) == pytest.approx(0.2)
    assert stage.rate_at(50) == pytest.approx(0.2 * 0.505)
    assert stage.rate_at(100) == pytest.approx(0.002)
    constant = Stage(Match(), schedule="constant", rate=0.2)
    assert {constant.rate_at(step) for step in (0, 10, 999)} == {0.2}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps of at least 1"),
        ({"cells": 1}, "cells of at least 2"),
        ({"rate": float("nan")}, "rate of at least"),
        ({"clip": 0.0}, "clip of at least"),
        ({"schedule": "cosin"}, "did you mean 'cosine'"),
    ],
)
def test_what_cannot_be_descended(options, message) -> None:
    with pytest.raises(InputError, match=message):
        Stage(Match(), **options)


@pytest.mark.parametrize(
    ("genes", "cells"), [(2, 2048), (64, 2048), (65, 2016), (512, 256), (20_000, FEWEST)]
)
def test_a_batch_has_a_bounded_number_of_levels(genes, cells):
    assert Stage(Match(), cells=2048).sized(genes).cells == cells
    assert Stage(Match(), cells=50).sized(genes).cells == 50
    alone = Stage(Rollout(), cells=2048).sized(genes).cells
    assert alone == (cells if cells > FEWEST else FEWEST // 2)
