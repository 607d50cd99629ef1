from __future__ import annotations

import math

import numpy as np
import pytest

from hillflow.symbolic import LawProblem, bic, constant_law, parse, scored_law


@pytest.fixture
def problem() -> LawProblem:
    random = np.random.default_rng(0)
    x, off, held = (random.uniform(0.1, high, (200, 2)) for high in (2, 4, 2))
    truth = lambda x: 1 + 2 * x[:, 1]  # noqa: E731
    y = truth(x) + 0.1 * random.normal(size=200)
    return LawProblem("S", ("N", "E"), x, y, None, off, truth(off), held, truth(held), decay=0.5)


def test_errors_are_over_the_spread_of_each_target(problem: LawProblem) -> None:
    law = scored_law(problem, parse("1 + 2.0*E"), engine="e", family="f", constants=2)
    away = problem.y - 1 - 2 * problem.x[:, 1]
    assert law.error == pytest.approx(np.sqrt((away**2).mean()) / problem.y.std())
    assert law.error_off == pytest.approx(0.0, abs=1e-12)
    assert law.error_left_out == pytest.approx(0.0, abs=1e-12)
    assert law.parents == ("E",)
    assert law.decay == 0.5
    assert law.bic == pytest.approx(200 * math.log((away**2).mean()) + 2 * math.log(200))


def test_no_law_is_better_than_the_known_noise(problem: LawProblem) -> None:
    quiet = LawProblem("S", problem.parents, problem.x, problem.y, noise=0.5)
    assert bic(quiet, 0.01, 3) == bic(quiet, 0.2, 3)
    assert bic(quiet, 0.3, 3) > bic(quiet, 0.2, 3)


def test_the_mean_has_error_1(problem: LawProblem) -> None:
    law = constant_law(problem)
    assert law.error == pytest.approx(1.0)
    assert law.parents == ()
    basal = law.parameters[0]
    assert basal.value == pytest.approx(problem.y.mean())
    assert basal.low < basal.value < basal.high


def test_a_gene_that_never_varies_is_met_exactly() -> None:
    law = constant_law(LawProblem("S", (), np.ones((5, 0)), np.full(5, 0.3)))
    assert law.error == 0.0
    assert law.evaluate(np.ones((2, 1)), ["E"]).tolist() == [0.3, 0.3]
