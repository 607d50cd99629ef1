from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hillflow.data import leave_out_cells
from hillflow.errors import InputError
from hillflow.fields import make_field
from hillflow.interventions import Intervention
from hillflow.objectives.registry import make_method
from hillflow.systems import build_system, simulate
from hillflow.train import Setting, train
from hillflow.train.prepare import prepare
from hillflow.train.resolve import resolve_field

from ..small_fits import GENES, snapshots
from .test_train import perturbed

OT = make_method("ot-cfm")


def test_cells_held_back_are_a_share_of_each_population(cells):
    prepared = prepare(make_field("linear", GENES), cells, OT, seed=3)
    (train,), (watched,) = (
        prepared.training.problem.by_condition,
        prepared.validation.problem.by_condition,
    )
    assert [len(rows) for rows in train.rows] == [54] * 3
    assert [len(rows) for rows in watched.rows] == [6] * 3
    held = leave_out_cells(cells, 0.1, 3).left_out
    np.testing.assert_allclose(prepared.validation.problem.states, held.x, atol=1e-5)
    assert prepared.validation.heads is prepared.training.heads


def test_the_basis_never_saw_what_is_held_back(cells):
    setting = Setting(basis=2)
    prepared = prepare(make_field("linear", GENES), cells, OT, seed=3, setting=setting)
    train = leave_out_cells(cells, 0.1, 3).train.with_basis(2)
    np.testing.assert_allclose(prepared.data.basis.components, train.basis.components)
    np.testing.assert_allclose(
        prepared.training.problem.states, train.basis.lift(train.states()), atol=1e-5
    )


def test_nothing_is_held_back_where_nothing_is_asked(cells, courses):
    for data in (cells, courses):
        method = OT if data is cells else make_method("endpoint")
        field = make_field("linear", GENES)
        assert (
            prepare(field, data, method, setting=Setting(validation_share=0.0)).validation is None
        )
    few = courses.take(courses.names[:9])
    assert prepare(make_field("linear", GENES), few, make_method("endpoint")).validation is None
    assert prepare(make_field("linear", GENES), courses, make_method("endpoint")).validation


def test_the_field_starts_at_the_scale_of_the_data(cells):
    slow = replace(cells, time=cells.time * 100)
    rates = [
        prepare(make_field("linear", GENES), data, OT).training.heads.field.decay_rate().detach()
        for data in (cells, slow)
    ]
    np.testing.assert_allclose(rates[0], 100 * rates[1], rtol=0.05)


def test_a_knockout_without_a_first_time_is_watched_from_the_controls_cells():
    both = perturbed("A=ko")
    knockout = Intervention.knockout("A")
    kept = (both.condition == 0) | (both.time == 2.0)
    prepared = prepare(make_field("linear", GENES), both.take(kept), OT)
    for training in (prepared.training, prepared.validation):
        assert training.problem.conditions == (Intervention.control(), knockout)
        assert training.problem.by_condition[1].times == (0.0, 2.0)


def test_settings_are_checked():
    for wrong in ({"validation_share": 1.0}, {"validation_share": -0.1}, {"threads": 0},
                  {"threads": 100_000}, {"basis": 0}, {"effort": 0.0}, {"sigma": -1.0},
                  {"check_every": 0}):  # fmt: skip
        (name,) = wrong
        with pytest.raises(InputError, match=name):
            Setting(**wrong)


def test_other_kinds_of_data_are_refused_with_the_way_there(cells):
    with pytest.raises(InputError, match=r"Snapshots or Traj.*AnnData.*Snapshots\.from_anndata"):
        train("linear", cells.to_anndata())
    system = simulate(build_system("toggle"), (0.0, 1.0), 3)
    with pytest.raises(InputError, match=r"SimulatedData.*from_anndata\(data\.to_anndata\(\)\)"):
        train("linear", system)
    with pytest.raises(InputError, match="Snapshots or Trajectories"):
        train("linear", cells.x)


@pytest.mark.parametrize("method", ["tigon", "cell-mnn"])
def test_days_counted_in_hours_stay_bounded(method):
    slow = snapshots(30, times=(0.0, 1.0, 48.0))
    model = train(
        "hill" if method == "tigon" else "auto", slow, method, setting=Setting(effort=0.02)
    )
    assert model.metrics["validation_loss"] < 2 * model.metrics["no_change_loss"]
    assert (model.history["distance"] < 100).all()


def test_auto_is_the_one_field_of_a_method_that_has_one(cells):
    assert resolve_field("auto", make_method("action-matching")) == "potential"
    assert resolve_field("auto", make_method("default")) == "auto"
    assert resolve_field("hill", make_method("cell-mnn")) == "hill"
    assert train("auto", cells, "action-matching", setting=Setting(effort=0.002)).field.name == (
        "potential"
    )


@pytest.mark.parametrize(("method", "count"), [("nlsb", len(GENES)), ("prescient", 1)])
def test_noise_that_is_learned_has_a_size_for_each_gene(cells, method, count):
    prepared = prepare(make_field("potential", GENES, time=False), cells, make_method(method))
    assert prepared.training.heads.diffusion().shape == (count,)
