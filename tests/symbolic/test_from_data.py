"""Laws without a model: velocities, decay, the weak form, and the way through."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hillflow.data import Trajectories
from hillflow.errors import GeneNameError, InputError, UnsupportedError
from hillflow.interventions import Intervention
from hillflow.symbolic import laws_from_data
from hillflow.symbolic.decay import estimated_decay
from hillflow.symbolic.derivatives import slopes
from hillflow.symbolic.weak_form import refit, weak_form, with_constants


def test_slopes_of_a_known_curve():
    times = np.linspace(0, 3, 31)
    x = np.stack([np.exp(-times), np.sin(times) + 2], axis=1)[None]
    data = Trajectories.from_arrays(x, times, ("A", "B"), unit="h")
    for method, worst in (("difference", 2e-3), ("spline", 2e-2)):
        found = slopes(data, method)
        true = np.stack([-found.x[:, 0], np.nan * found.x[:, 1]], axis=1)
        assert np.abs(found.velocity - true)[:, 0].max() < worst
    exact = slopes(data, "difference")
    np.testing.assert_allclose(
        exact.velocity[:, 1], np.diff(np.sin(times)) / np.diff(times), rtol=1e-9
    )
    with pytest.raises(InputError, match="a way to take derivatives"):
        slopes(data, "weakly")
    with pytest.raises(InputError, match="at least 5 observations"):
        slopes(Trajectories.from_arrays(x[:, :4], times[:4], ("A", "B")), "spline")


def test_decay_is_told_from_production():
    random = np.random.default_rng(0)
    parents, own = random.uniform(0, 2, (400, 2)), random.uniform(0, 2, 400)
    made = 0.1 + parents[:, 0] ** 3 / (0.4 + parents[:, 0] ** 3) * 1 / (1 + parents[:, 1] ** 2)
    velocity = made - 0.7 * own
    assert estimated_decay(parents, own, velocity) == pytest.approx(0.7, rel=0.02)
    noisy = velocity + 0.1 * random.normal(size=400)
    assert estimated_decay(parents, own, noisy) == pytest.approx(0.7, rel=0.05)
    assert estimated_decay(parents, own, made + 0.7 * own) == 0.0  # growth is no decay


def test_the_true_law_solves_the_weak_form(known):
    """Residuals of ẋ = 1 − 2x by the formula, and of a wrong decay far from 0."""
    times = np.linspace(0, 2, 81)
    x = 0.5 + np.array([0.4, -0.3, 1.5])[:, None] * np.exp(-2 * times)
    data = Trajectories.from_arrays(x[..., None].repeat(2, 2), times, ("A", "B"))
    weak = weak_form(data, tests=4)
    one = np.ones(len(weak.states))
    assert weak.change.shape == (12, 2)
    size = np.abs(weak.change[:, 0]).max()
    assert np.abs(weak.residual(one, "A", 2.0)).max() < 2e-2 * size
    assert np.abs(weak.residual(one, "A", 1.0)).max() > 0.2 * size


def test_constants_are_tied_where_they_are_equal(known):
    formula, values = with_constants(known.ring()["S"].production)
    assert values == pytest.approx([0.1, 0.49, 1.2, 2.0])
    assert len(formula.free_symbols) == 5


def test_refitting_mends_constants_and_decay(known):
    courses = known.courses(units=6, points=60)
    law = known.ring()["S"]
    off = known.law_of(
        "S", "0.2 + 0.9*`NKX2-5`**1.6/(0.7 + `NKX2-5`**1.6)", ("NKX2-5",), 0.7, signs=(1,),
        flags=("outside the family: by 9 %", "K not determined"),
    )  # fmt: skip
    mended = refit(off, weak_form(courses))
    assert mended.decay == pytest.approx(1.0, rel=0.03)
    level = np.linspace(0.2, 1.8, 9)[:, None]
    np.testing.assert_allclose(
        mended.evaluate(level, ("NKX2-5",)), law.evaluate(level, ("NKX2-5",)), rtol=0.03
    )
    assert mended.error < 0.05
    assert mended.structure == off.structure
    assert mended.flags == ("by its slopes outside the family: by 9 %",)


def test_laws_come_out_of_noisy_trajectories(known):
    courses = known.courses(noise=0.05)
    laws = laws_from_data(courses, parents=2)
    for gene, parents, sign, decay in zip(
        known.GENES, known.PARENTS, known.SIGNS, known.DECAY, strict=True
    ):
        law = laws[gene].best
        assert law.parents == parents
        assert law.signs == (sign,)
        assert law.decay == pytest.approx(decay, rel=0.1)
    assert laws.time_unit == "h"
    assert laws.about["method"] == "weak"
    assert laws.agreement is None
    assert laws.field().genes == known.GENES


def test_velocities_that_are_given_are_used(known, cells):
    velocity = np.stack([known.velocity(0, x) for x in cells.x])
    laws = laws_from_data(
        cells, velocity=velocity, genes=["S"], also=["E2F1"], parents=1,
        decay={"S": 1.0},
    )  # fmt: skip
    (law,) = laws.best.values()
    assert law.structure == "single +NKX2-5"
    assert law.decay == 1.0
    assert law.error < 1e-5


def test_perturbed_units_count_for_the_genes_they_leave_alone(known):
    courses = known.courses(units=4)
    held = courses.x.copy()
    rows = courses.series == 0
    held[rows, 1] = 3.0  # S is clamped in the first unit: its equation does not hold there
    spoilt = replace(
        courses, x=held,
        conditions=(Intervention.clamp("S", 3.0), *courses.conditions[1:]),
    )  # fmt: skip
    law = laws_from_data(
        spoilt, genes=["S"], method="difference", parents=0, also=["NKX2-5"], decay={"S": 1.0}
    )["S"].best
    assert law.error < 0.05
    everywhere = replace(spoilt, conditions=(Intervention.clamp("S", 3.0),) * 4)
    with pytest.raises(InputError, match="'S' was left alone"):
        laws_from_data(everywhere, genes=["S"], method="difference")


def test_mistakes(known, cells):
    with pytest.raises(UnsupportedError, match="no cell is seen twice"):
        laws_from_data(cells)
    with pytest.raises(InputError, match="finite velocities of shape"):
        laws_from_data(cells, velocity=np.zeros((3, 3)))
    with pytest.raises(InputError, match="Snapshots with velocity"):
        laws_from_data(cells.x)
    courses = known.courses(units=2, points=6)
    with pytest.raises(InputError, match="did you mean 'weak'"):
        laws_from_data(courses, method="week")
    with pytest.raises(GeneNameError, match="genes of the data"):
        laws_from_data(courses, genes=["x"])
