from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import torch

from hillflow.errors import InputError
from hillflow.symbolic import LawProblem, ParetoFront, make_engine
from hillflow.symbolic.template import TemplateEngine
from hillflow.tasks import Workers

GENES = ("NKX2-5", "S", "E2F1")


def _h(x: np.ndarray, k: float, n: float) -> np.ndarray:
    return x**n / (k**n + x**n)


LAWS = {
    "single +S": lambda a, s, e: 0.1 + _h(s, 0.6, 3),
    "single -NKX2-5": lambda a, s, e: 0.05 + 1.2 * (1 - _h(a, 0.5, 2.5)),
    "additive +E2F1 -S": lambda a, s, e: 0.1 + _h(e, 0.6, 3) + 0.8 * (1 - _h(s, 0.5, 2)),
    "multiplicative +NKX2-5 -S": lambda a, s, e: 0.1 + 1.5 * _h(a, 0.5, 2.5) * (1 - _h(s, 0.7, 3)),
    "competitive -E2F1 +NKX2-5": lambda a, s, e: (
        0.1 + 1.5 * (a / 0.4) ** 2 / (1 + (a / 0.4) ** 2 + (e / 0.5) ** 2.5)
    ),
}


def _problem(law, noise: float = 0.05, n: int = 300, seed: int = 0) -> LawProblem:
    random = np.random.default_rng(seed)
    covariance = 0.6 + 0.4 * np.eye(3)
    x = 0.6 * np.exp(0.6 * random.multivariate_normal(np.zeros(3), covariance, n))
    off = random.uniform(0, 1.5, (200, 3)) * x.max(0)
    clean = law(*x.T)
    y = clean + noise * clean.std() * random.normal(size=n)
    return LawProblem("7157", GENES, x, y, x_off=off, y_off=law(*off.T), decay=0.4, unit="counts")


@pytest.fixture(scope="module")
def fronts() -> dict[str, ParetoFront]:
    problems = [_problem(law, seed=seed) for seed, law in enumerate(LAWS.values())]
    return dict(zip(LAWS, TemplateEngine().fit(problems), strict=True))


@pytest.mark.parametrize("structure", LAWS)
def test_laws_are_found(fronts: dict[str, ParetoFront], structure: str) -> None:
    best = fronts[structure].best
    assert best.structure == structure
    assert best.error < 0.06
    assert best.error_off is not None
    assert best.error_off < 0.1  # R² 0.99 off the support
    assert not [flag for flag in best.flags if "outside" in flag]
    assert best.decay == 0.4


def test_numbers_come_with_intervals_and_units(fronts: dict[str, ParetoFront]) -> None:
    known = {p.name: p for p in fronts["additive +E2F1 -S"].best.parameters}
    truth = {"basal": 0.1, "strength[E2F1]": 1.0, "strength[S]": 0.8, "K[E2F1]": 0.6,
             "K[S]": 0.5, "n[E2F1]": 3.0, "n[S]": 2.0}  # fmt: skip
    assert set(known) == set(truth)
    for name, value in truth.items():
        assert known[name].low < known[name].value < known[name].high
        width = known[name].high - known[name].low
        assert abs(known[name].value - value) < width
    assert known["K[S]"].unit == "counts"
    assert known["strength[S]"].unit == "counts / time"
    assert known["n[S]"].unit == ""


def test_the_front_goes_from_the_constant_to_the_law(fronts: dict[str, ParetoFront]) -> None:
    front = fronts["additive +E2F1 -S"]
    assert front.laws[0].family == "constant"
    assert front.laws[0].error == pytest.approx(1.0)
    errors = [law.error for law in front]
    assert errors == sorted(errors, reverse=True)
    assert ParetoFront.from_json(json.loads(json.dumps(front.to_json()))).best.text() == (
        front.best.text()
    )


def test_without_noise_the_numbers_are_exact() -> None:
    best = TemplateEngine().fit([_problem(LAWS["multiplicative +NKX2-5 -S"], noise=0.0)])[0].best
    assert best.structure == "multiplicative +NKX2-5 -S"
    found = [p.value for p in best.parameters]
    assert found == pytest.approx([0.1, 1.5, 0.5, 0.7, 2.5, 3.0], rel=1e-3)


def test_units_of_x_and_y_do_not_matter() -> None:
    problem = _problem(LAWS["single +S"])
    scaled = dataclasses.replace(
        problem, x=problem.x * 1e4, y=problem.y * 1e-3, x_off=None, y_off=None
    )
    one, other = (front.best for front in TemplateEngine(most_parents=1).fit([problem, scaled]))
    assert other.error == pytest.approx(one.error, rel=1e-5)
    values = {p.name: p.value for p in one.parameters}
    assert {p.name: p.value for p in other.parameters} == pytest.approx(
        {"basal": values["basal"] * 1e-3, "strength": values["strength"] * 1e-3,
         "K[S]": values["K[S]"] * 1e4, "n[S]": values["n[S]"]}, rel=1e-3,
    )  # fmt: skip


@pytest.mark.parametrize(
    "law",
    [
        lambda a, s, e: np.exp(-((a - 0.7) ** 2) / 0.05),
        lambda a, s, e: np.abs(a - s),
        lambda a, s, e: 1 + np.sin(5 * e),
    ],
)
def test_truths_that_are_no_hill_laws_are_flagged(law) -> None:
    best = TemplateEngine(most_parents=2).fit([_problem(law, noise=0.2)])[0].best
    assert best.flags[0].startswith("outside the family")


def test_misfit_below_the_known_noise_is_not_held_against_a_law() -> None:
    bent = _problem(lambda a, s, e: _h(s, 0.6, 3) + 0.05 * np.sin(4 * s), noise=0.0)
    engine = TemplateEngine(most_parents=1)
    assert engine.fit([bent])[0].best.flags[0].startswith("outside")
    told = dataclasses.replace(bent, noise=0.3 * bent.spread)
    assert not [f for f in engine.fit([told])[0].best.flags if "outside" in f]
    quiet = _problem(lambda a, s, e: np.abs(a - s), noise=0.0)
    said = dataclasses.replace(quiet, noise=0.1 * quiet.spread)
    assert engine.fit([said])[0].best.flags[0].startswith("outside")


def test_what_the_data_do_not_determine_is_said() -> None:
    steep = _problem(lambda a, s, e: 0.1 + 1.0 * (s > 0.6), noise=0.05)
    line = _problem(lambda a, s, e: 0.1 + 0.3 * s, noise=0.05)
    engine = TemplateEngine(most_parents=1)
    flags = [" ".join(front.best.flags) for front in engine.fit([steep, line])]
    assert "n[S] at its bound (12)" in flags[0]
    assert "K[S] at its bound" in flags[1] or "not determined" in flags[1]


def test_pure_noise_has_no_regulators() -> None:
    problem = _problem(LAWS["single +S"])
    noise = dataclasses.replace(problem, y=np.random.default_rng(5).normal(1, 0.1, 300))
    assert TemplateEngine().fit([noise])[0].best.family == "constant"


def test_silent_regulators_do_no_harm() -> None:
    problem = _problem(LAWS["single +S"])
    x = problem.x.copy()
    x[:, 0] = 0.0
    x[::3, 2] = 0.0
    best = TemplateEngine().fit([dataclasses.replace(problem, x=x)])[0].best
    assert best.structure == "single +S"


def test_weights_count() -> None:
    problem, other = _problem(LAWS["single +S"]), _problem(LAWS["single -NKX2-5"])
    mixed = dataclasses.replace(
        problem, x=np.r_[problem.x, other.x], y=np.r_[problem.y, other.y],
        weights=np.r_[np.ones(300), np.zeros(300)], x_off=None, y_off=None,
    )  # fmt: skip
    assert TemplateEngine(most_parents=1).fit([mixed])[0].best.structure == "single +S"


@pytest.mark.slow
def test_jobs_change_nothing() -> None:
    problems = [_problem(LAWS["single +S"], n=80, seed=seed) for seed in (0, 1)]
    engine = TemplateEngine(most_parents=1)
    one, two = engine.fit(problems, seed=3), engine.fit(problems, seed=3, workers=Workers(2))
    assert [front.to_json() for front in one] == [front.to_json() for front in two]


def test_the_same_seed_gives_the_same_bytes_and_progress_is_told() -> None:
    problems = [_problem(LAWS["single +S"], n=80, seed=seed) for seed in (0, 1)]
    told: list[tuple[str, int, int]] = []
    engine = TemplateEngine(most_parents=1)
    threads = torch.get_num_threads()
    one = engine.fit(problems, seed=3, progress=lambda *what: told.append(what))
    two = engine.fit(problems[::-1], seed=3)[::-1]
    assert [front.to_json() for front in one] == [front.to_json() for front in two]
    assert told == [("laws", 1, 2), ("laws", 2, 2)]
    assert torch.get_num_threads() == threads


def test_bad_input_stops_before_any_work() -> None:
    good = _problem(LAWS["single +S"])
    constant = dataclasses.replace(good, y=np.ones(300))
    told: list[object] = []
    with pytest.raises(InputError, match="varies"):
        make_engine("template").fit([good, constant], progress=lambda *what: told.append(what))
    assert told == []
    with pytest.raises(InputError, match="seed"):
        make_engine("template").fit([good], seed=-1)
