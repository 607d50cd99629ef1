from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from hillflow.errors import GeneNameError, InputError, MissingFileError, TimeError
from hillflow.fields import make_field
from hillflow.model import Ensemble
from hillflow.objectives.match import Match
from hillflow.objectives.stage import Stage
from hillflow.results import Run
from hillflow.train import Setting, fit, fit_ensemble, member_seed

from .test_train import Stopped

SHORT = [Stage(Match(), steps=15, cells=32)]


def tensors(model):
    return model.heads.state_dict()


def same(one, other):
    one, other = tensors(one), tensors(other)
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


@pytest.fixture(scope="module")
def ensemble(cells):
    return fit_ensemble("linear", cells, SHORT, members=3, seed=4)


def test_members_depend_on_seed_and_number_alone(ensemble, cells):
    assert len(ensemble) == 3
    setting = Setting(bootstrap=True)
    for number, model in enumerate(ensemble):
        alone = fit("linear", cells, SHORT, seed=member_seed(4, number), setting=setting)
        assert same(model, alone)
    assert not same(ensemble.models[0], ensemble.models[1])
    fewer = fit_ensemble("linear", cells, SHORT, members=2, seed=4)
    assert all(same(one, other) for one, other in zip(fewer, ensemble, strict=False))


def test_processes_change_nothing(ensemble, cells):
    parallel = fit_ensemble("linear", cells, SHORT, members=2, seed=4, jobs=2)
    assert all(same(one, other) for one, other in zip(parallel, ensemble, strict=False))


def test_the_bootstrap_and_the_seed_are_told_apart(cells):
    field = make_field("linear", cells.genes)  # every member starts from the same parameters
    setting = Setting(hold_back=0.0)
    plain = fit_ensemble(field, cells, SHORT, members=2, bootstrap=False, setting=setting)
    drawn = fit_ensemble(field, cells, SHORT, members=2, setting=setting)
    assert not same(plain.models[0], drawn.models[0])
    assert not same(plain.models[0], plain.models[1])


def test_velocities_by_member(ensemble, cells):
    found = ensemble.velocities(cells.x[:4])
    assert found.shape == (3, 4, 3)
    np.testing.assert_array_equal(found[1], ensemble.models[1].velocity(cells.x[:4]))


def test_saved_and_loaded(ensemble, tmp_path):
    again = Ensemble.load(ensemble.save(tmp_path / "model"))
    assert all(same(one, other) for one, other in zip(again, ensemble, strict=True))
    with pytest.raises(MissingFileError, match="member-0"):
        Ensemble.load(tmp_path)


def test_the_run_of_an_ensemble(ensemble, cells, tmp_path):
    run = tmp_path / "run"
    seen = []

    def stop(what, done, total):
        seen.append((what, done, total))
        if done == 2:
            raise Stopped

    with pytest.raises(Stopped):
        fit_ensemble("linear", cells, SHORT, members=3, seed=4, out=run, progress=stop)
    assert seen == [("ensemble", 1, 3), ("ensemble", 2, 3)]
    with pytest.raises(InputError, match="interrupted"):
        Run.open(run)
    kept = (run / "model/member-0/model.json").stat().st_mtime_ns
    with pytest.raises(InputError, match="another members"):
        fit_ensemble("linear", cells, SHORT, members=4, seed=4, out=run, resume=True)
    with pytest.raises(InputError, match="another"):
        fit("linear", cells, SHORT, seed=4, out=run, resume=True)
    fit_ensemble("linear", cells, SHORT, members=3, seed=4, out=run, resume=True)
    assert (run / "model/member-0/model.json").stat().st_mtime_ns == kept
    opened = Run.open(run)
    assert opened.members == len(opened.models) == 3
    assert all(same(one, other) for one, other in zip(opened.models, ensemble, strict=True))
    assert list(opened.history["member"]) == [0, 1, 2]
    assert len(opened.metrics["members"]) == 3
    assert sorted(path.name for path in (run / "model").iterdir()) == [
        "member-0", "member-1", "member-2",
    ]  # fmt: skip
    again = fit_ensemble("linear", cells, SHORT, members=3, seed=4, out=run, resume=True)
    assert all(same(one, other) for one, other in zip(again, ensemble, strict=True))


def test_refusals(cells, tmp_path):
    with pytest.raises(InputError, match="two members"):
        fit_ensemble("linear", cells, SHORT, members=1)
    with pytest.raises(InputError, match="one job"):
        fit_ensemble("linear", cells, SHORT, jobs=0)
    with pytest.raises(InputError, match="out="):
        fit_ensemble("linear", cells, SHORT, resume=True)
    negative = replace(cells, x=cells.x - 1)
    with pytest.raises(InputError, match="at least 0"):
        fit_ensemble("hill", negative, SHORT, out=tmp_path / "run")
    assert not list(tmp_path.iterdir())


def test_the_prediction_is_the_mean_of_the_members(ensemble, cells):
    each = ensemble.predictions(cells, "A=ko")
    mean = ensemble.predict(cells, "A=ko")
    np.testing.assert_allclose(mean.x, np.mean([one.x for one in each], axis=0), rtol=1e-6)
    assert np.ptp([one.x for one in each], axis=0).max() > 0


def test_the_summary_tells_the_seed_that_was_given_and_the_spread(ensemble):
    text = ensemble.summary()
    assert re.search(r"seed 4 of the ensemble \(this member.s own: \d+\)", text)
    errors = [model.metrics["landing_error"] for model in ensemble]
    assert f"3 members, which land {min(errors):.4g} to {max(errors):.4g}" in text


def test_several_fits_are_one_ensemble_whose_prediction_is_the_mean_over_all(ensemble, cells):
    other = fit("sparse", cells, SHORT)
    mixed = Ensemble.of(ensemble, other)
    assert [model.field.name for model in mixed] == ["linear"] * 3 + ["sparse"]
    each = [one.predict(cells, "control").x for one in (*ensemble.models, other)]
    np.testing.assert_allclose(mixed.predict(cells, "control").x, np.mean(each, 0), rtol=1e-5)


def test_fits_of_other_genes_or_times_are_no_ensemble(ensemble, cells):
    turned = cells.select_genes(cells.genes[::-1])
    for other, found in ((turned, "another order"), (cells.select_genes(cells.genes[:2]), "of 2")):
        with pytest.raises(GeneNameError, match=found):
            Ensemble.of(ensemble, fit("linear", other, SHORT))
    with pytest.raises(TimeError, match="in the same unit of time"):
        Ensemble.of(ensemble, replace(ensemble.models[0], time_unit="fortnight"))
    with pytest.raises(InputError, match="the same scale of expression"):
        Ensemble.of(ensemble, replace(ensemble.models[0], scale="another"))
    with pytest.raises(InputError, match="each fit once"):
        Ensemble.of(ensemble, ensemble.models[1])
    with pytest.raises(InputError, match="the same numbers"):
        Ensemble.of(ensemble, replace(ensemble.models[1]))
    with pytest.raises(InputError, match=r"found str.*Run\.open"):
        Ensemble.of(ensemble, "run")
    with pytest.raises(InputError, match="pass models"):
        Ensemble.of()
