from __future__ import annotations

import numpy as np

from hillflow.symbolic import LawProblem, make_engine


def test_95_of_100_intervals_hold_the_truth() -> None:
    truth = {"basal": 0.2, "strength": 1.0, "K[S]": 0.6, "n[S]": 2.5}
    problems = []
    for seed in range(60):
        random = np.random.default_rng(seed)
        x = random.uniform(0.05, 1.8, (80, 1))
        y = 0.2 + x[:, 0] ** 2.5 / (0.6**2.5 + x[:, 0] ** 2.5) + 0.05 * random.normal(size=80)
        problems.append(LawProblem("E", ("S",), x, y))
    held = [
        parameter.low <= truth[parameter.name] <= parameter.high
        for front in make_engine("template").fit(problems)
        for parameter in front.best.parameters
    ]
    assert len(held) == 240
    assert 0.90 <= np.mean(held) <= 0.985  # binomial, four of a fit not independent


def test_more_data_narrow_them() -> None:
    widths = []
    for n in (100, 1600):
        random = np.random.default_rng(0)
        x = random.uniform(0.05, 1.8, (n, 1))
        y = 0.2 + x[:, 0] ** 2 / (0.36 + x[:, 0] ** 2) + 0.05 * random.normal(size=n)
        best = make_engine("template").fit([LawProblem("E", ("S",), x, y)])[0].best
        widths.append([np.log(p.high / p.low) for p in best.parameters if p.name[0] in "Kn"])
    np.testing.assert_allclose(np.divide(*widths), 4.0, rtol=0.35)  # √16
