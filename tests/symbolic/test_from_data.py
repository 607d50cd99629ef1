"""Laws without a model: velocities, decay, the weak form, and the way through."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hillflow.data import Trajectories
from hillflow.errors import GeneNameError, InputError, UnsupportedError
from hillflow.interventions import Intervention
from hillflow.symbolic import laws_from_data, parse
from hillflow.symbolic.decay import estimated_decay
from hillflow.symbolic.derivatives import slopes
from hillflow.symbolic.from_data import _seen
from hillflow.symbolic.weak_form import refit, undetermined, weak_form, with_constants
from hillflow.systems import build_system, simulate_trajectories


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
    outside, none = mended.flags
    assert outside == "by its slopes outside the family: by 9 %"
    assert none.startswith("no intervals")
    assert "decay may be too low" in none


def test_a_decay_that_is_known_is_kept(known):
    """Whatever it is; and with the true one, production is the true one as well."""
    courses = known.courses(units=6, points=60)
    for given in (1.0, 2.0):
        front = laws_from_data(
            courses, genes=["S"], parents=0, also=["NKX2-5"], decay={"S": given}
        )["S"]  # fmt: skip
        assert {law.decay for law in front} == {given}
        assert not any("decay" in flag for law in front for flag in law.flags)
        if given == 1.0:
            level = np.linspace(0.2, 1.8, 9)[:, None]
            true = known.ring()["S"].evaluate(level, ("NKX2-5",))
            np.testing.assert_allclose(
                front.best.evaluate(level, ("NKX2-5",)), true, rtol=0.03
            )  # fmt: skip


def test_a_law_without_constants_keeps_its_decay(known):
    law = known.law_of("S", "0", (), 0.5)
    weak = weak_form(known.courses(units=2))
    kept = refit(law, weak, known_decay=True)
    assert (kept.production, kept.decay) == (0, 0.5)
    assert kept.error > 0


def test_the_toggle_of_the_docs_comes_out_where_its_decay_is_known():
    """Truth: leak .02, strength .98, K .5, n 4, decay 1. Not given, decay is low and flagged."""
    followed = simulate_trajectories(build_system("toggle"), [k / 2 for k in range(17)], cells=20)
    courses = Trajectories.from_anndata(followed.to_anndata())
    law = laws_from_data(courses, genes=["A"], decay={"A": 1.0})["A"].best
    level = np.linspace(0.1, 1.2, 12)
    true = 0.02 + 0.98 * 0.5**4 / (0.5**4 + level**4)
    assert np.abs(law.evaluate(level[:, None], ("B",)) - true).max() < 0.06
    alone = laws_from_data(courses, genes=["A"])["A"].best
    assert alone.decay < 0.6
    assert any(flag.startswith("n[B] not determined") for flag in alone.flags)
    assert any("decay may be too low" in flag for flag in alone.flags)


def test_steps_and_half_levels_beyond_the_data_are_flagged():
    levels = {"S": np.linspace(0.1, 2.0, 50)}
    assert undetermined(parse("0.1 + S**2.0/(0.25 + S**2.0)"), levels) == []
    (flag,) = undetermined(parse("0.1/(0.001 + S**13.0)"), levels)
    assert flag.startswith("n[S] not determined (13)")
    (flag,) = undetermined(parse("S**2.0/(100.0 + S**2.0)"), levels)
    assert flag == "K[S] not determined (10): beyond the observed levels"
    (flag,) = undetermined(parse("1.0/(2e5 + S**7e-10)"), levels)  # K beyond all finite numbers
    assert flag.startswith("K[S] not determined")


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
    with pytest.raises(InputError, match="'S' was not perturbed"):
        laws_from_data(everywhere, genes=["S"], method="difference")


def test_the_target_of_a_cut_edge_sees_what_is_left_of_its_source():
    x, genes = np.array([[2.0, 3.0], [4.0, 5.0]]), ("A", "B")
    conditions = (Intervention.control(), Intervention.parse("A=cut:0.25@B,A=cut@A"))
    seen, rows = _seen(x, np.array([0, 1]), conditions, genes, "B")
    np.testing.assert_allclose(seen, [[2, 3], [3, 5]])
    assert rows.tolist() == [0, 1]
    seen, rows = _seen(x, np.array([0, 1]), conditions, genes, "A")  # its decay sees it in full
    assert rows.tolist() == [0]


def test_mistakes(known, cells):
    with pytest.raises(UnsupportedError, match="no cell is measured twice"):
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
