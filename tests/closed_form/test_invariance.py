"""Invariance tells a regulator from its correlate where a knockout parts the two."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hillflow.closed_form import closed_form_network
from hillflow.closed_form.invariance import invariance
from hillflow.closed_form.steps import Steps
from hillflow.data import Trajectories
from hillflow.interventions import Intervention

GENES = ("B", "C", "D", "E", "F", "Y")
CONDITIONS = tuple(map(Intervention.parse, ("control", "D=ko", "E=ko", "Y=ko")))
SIZES = (500, 25, 60, 60)
Y = GENES.index("Y")
EVERY = np.arange(len(GENES))
LISTED = ~np.eye(len(GENES), dtype=bool)


def steps(seed: int, copied: float = 0.02) -> Steps:
    """Only B acts on Y. C copies it through D, so that control cells hardly tell them apart.

    Where Y is perturbed its levels are arbitrary.
    """
    random = np.random.default_rng(seed)
    condition = np.repeat(np.arange(4), SIZES)
    x = random.uniform(0.05, 1, size=(len(condition), len(GENES)))
    x[condition == 1, 2], x[condition == 2, 3] = 0.0, 0.0
    copy = x[:, 0] + copied * random.normal(size=len(x))
    x[:, 1] = np.where(condition == 1, x[:, 1], copy).clip(0)
    rate = np.zeros_like(x)
    rate[:, Y] = x[:, 0] ** 2 / (x[:, 0] ** 2 + 0.25) - x[:, Y]
    rate[condition == 3, Y] = 5 * x[condition == 3, 1]
    rate += 0.1 * random.normal(size=x.shape)
    x[condition == 3, Y] = 0.0
    start, end = (x - rate / 2).astype(np.float32), (x + rate / 2).astype(np.float32)
    made = Steps(
        GENES, start, end, np.ones(len(x)), condition, CONDITIONS, np.array([0, len(x)]),
        np.zeros(len(GENES)), np.ones(len(GENES)), float(len(x)),
    )  # fmt: skip
    return made.in_random_blocks(seed)


def of_y(made: Steps) -> dict[str, float]:
    share = invariance(made, EVERY, LISTED, np.ones(LISTED.shape))
    assert np.isnan(np.diag(share)).all()
    return dict(zip(GENES, share[Y], strict=True))


def test_it_tells_them_apart_where_a_pooled_fit_does_not() -> None:
    found = [of_y(steps(seed)) for seed in range(6)]
    true, copy = (np.array([one[gene] for one in found]) for gene in "BC")
    assert (true > 0.9).all()
    assert (copy < 0.6).all()
    pooled = []
    for seed in range(6):
        made = steps(seed)
        free = made.condition != 3
        state, production = made.at(0.0)
        squares = [
            np.corrcoef(state[free, k], (production + state)[free, Y])[0, 1] ** 2 for k in (0, 1)
        ]
        pooled.append(squares[0] - squares[1])
    assert np.mean(pooled) < 0.1  # of the variance


def test_without_the_knockout_that_parts_them_the_copy_does_as_well() -> None:
    shares = []
    for seed in range(20):
        made = steps(seed, copied=0.001)
        apart = made.condition != 1
        kept = replace(
            made, start=made.start[apart], end=made.end[apart], gap=made.gap[apart],
            condition=made.condition[apart], bounds=np.array([0, int(apart.sum())]),
        )  # fmt: skip
        found = of_y(kept)
        shares.append((found["B"], found["C"]))
    true, copy = np.mean(shares, axis=0)
    assert abs(true - copy) < 0.2
    assert copy > 0.4


def test_a_gene_of_one_free_condition_has_none() -> None:
    made = steps(0)
    one = replace(made, condition=np.where(made.condition == 3, 3, 0))
    share = invariance(one, EVERY, LISTED, np.ones(LISTED.shape))
    assert np.isnan(share[Y]).all()
    assert np.isfinite(share[0, 1])


def test_it_is_a_column_of_the_network_on_request() -> None:
    random = np.random.default_rng(0)
    names = [f"{kind}{k}" for kind in ("w", "k") for k in range(12)]
    x = random.uniform(size=(24, 4, 3))
    x[12:, :, 0] = 0
    conditions = ["control"] * 48 + ["A=ko"] * 48
    series = Trajectories.from_arrays(
        x, np.arange(4.0), ["A", "B", "C"], conditions=conditions, names=names
    )
    plain = closed_form_network(series, bootstraps=2)
    asked = closed_form_network(series, bootstraps=2, invariance=True)
    assert "invariance" not in plain.edges
    edges = asked.edges
    np.testing.assert_array_equal(plain.edges["weight"], edges["weight"])
    of_a = edges["target"] == "A"  # which is free in one condition alone
    assert edges["invariance"][of_a].isna().all()
    assert edges["invariance"][~of_a].between(0, 1).all()


@pytest.mark.parametrize("unit", [1.0, 24.0])
def test_the_unit_of_time_does_not_matter(unit) -> None:
    made = steps(0)
    scaled = replace(made, gap=unit * made.gap)
    expected = invariance(made, EVERY, LISTED, np.ones(LISTED.shape))
    found = invariance(scaled, EVERY, LISTED, np.ones(LISTED.shape))
    np.testing.assert_allclose(found, expected)
