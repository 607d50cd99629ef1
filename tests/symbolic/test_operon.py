"""Operon: a Hill law found again, its units, its front, and what is refused."""

from __future__ import annotations

import joblib
import numpy as np
import pytest

from hillflow.errors import InputError, MissingPackageError
from hillflow.symbolic import LawProblem, make_engine
from hillflow.symbolic.operon import OperonEngine
from hillflow.tasks import Workers

pytest.importorskip("pyoperon")
SMALL = {"seeds": 4, "generations": 25, "population": 150, "length": 15}


def repression(scale: float = 1.0, seed: int = 0) -> LawProblem:
    """Production .1 + .7 / (.7 + x) of the first of two regulators, 3 % noise."""
    random = np.random.default_rng(seed)
    x, x_off = scale * random.uniform(0, 2, (200, 2)), scale * random.uniform(0, 3, (200, 2))

    def law(x: np.ndarray) -> np.ndarray:
        return scale * (0.1 + 0.7 / (0.7 + x[:, 0] / scale))

    y = law(x)
    noise = 0.03 * y.std()
    return LawProblem(
        "E2F1", ("NKX2-5", "S"), x, y + noise * random.normal(size=len(y)),
        x_off=x_off, y_off=law(x_off), noise=noise, decay=0.5,
    )  # fmt: skip


@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_a_repression_is_found_whatever_the_unit(scale):
    (front,) = make_engine("operon", **SMALL).fit([repression(scale)])
    law = front.best
    assert law.structure == "free -NKX2-5"
    assert law.error < 0.05
    assert law.error_off is not None
    assert law.error_off < 0.05
    assert law.decay == 0.5
    assert law.engine == "operon"
    errors, sizes = [one.error for one in front], [one.complexity for one in front]
    assert sizes == sorted(sizes)
    assert errors == sorted(errors, reverse=True)


def test_the_same_seed_gives_the_same_formula_with_one_job_or_two():
    problems = [repression(), repression(seed=1)]
    engine = OperonEngine(seeds=2, generations=5, population=60)
    alone = engine.fit(problems, seed=3)
    with joblib.parallel_config("threading"):  # processes would take seconds to start
        together = engine.fit(problems, seed=3, workers=Workers(2))
    assert [front.best.text(None) for front in alone] == [
        front.best.text(None) for front in together
    ]


def test_weighted_states_count_by_their_weight():
    problem = repression()
    wrong = problem.y.copy()
    wrong[::2] += 5.0
    weights = np.ones(len(wrong))
    weights[::2] = 0.0
    spoilt = LawProblem(
        "E2F1", problem.parents, problem.x, wrong, weights=weights, x_off=problem.x_off,
        y_off=problem.y_off, noise=problem.noise,
    )  # fmt: skip
    (front,) = make_engine("operon", **SMALL).fit([spoilt])
    assert front.best.error_off is not None
    assert front.best.error_off < 0.1


def test_mistakes(monkeypatch):
    with pytest.raises(InputError, match="seeds of 1 or more"):
        OperonEngine(seeds=0)
    with pytest.raises(InputError, match="did you mean 'seeds'"):
        make_engine("operon", seed=1)
    monkeypatch.setattr("hillflow.symbolic.operon.find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match="pip install pyoperon"):
        OperonEngine().fit([repression()])
