from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from hillflow.errors import GeneNameError, InputError, MissingFileError, TimeError
from hillflow.fields import make_field
from hillflow.model import Fit
from hillflow.objectives.match import Match
from hillflow.objectives.stage import Stage
from hillflow.train import Setting, train
from hillflow.train.training_plan import member_seed

SHORT = [Stage(Match(), steps=15, cells=32)]


def tensors(model):
    return model.heads.state_dict()


def same(one, other):
    one, other = tensors(one), tensors(other)
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


@pytest.fixture(scope="module")
def ensemble(cells):
    return train("linear", cells, SHORT, members=3, seed=4)


def test_members_depend_on_seed_and_number_alone(ensemble, cells):
    assert len(ensemble) == 3
    setting = Setting(bootstrap=True)
    for number, model in enumerate(ensemble):
        alone = train("linear", cells, SHORT, seed=member_seed(4, number), setting=setting)
        assert same(model, alone)
    assert not same(ensemble.members[0], ensemble.members[1])
    fewer = train("linear", cells, SHORT, members=2, seed=4)
    assert all(same(one, other) for one, other in zip(fewer, ensemble, strict=False))


def test_processes_change_nothing(ensemble, cells):
    parallel = train("linear", cells, SHORT, members=2, seed=4, jobs=2)
    assert all(same(one, other) for one, other in zip(parallel, ensemble, strict=False))


def test_the_bootstrap_and_the_seed_are_told_apart(cells):
    field = make_field("linear", cells.genes)  # every member starts from the same parameters
    setting = Setting(validation_share=0.0)
    plain = train(field, cells, SHORT, members=2, setting=replace(setting, bootstrap=False))
    drawn = train(field, cells, SHORT, members=2, setting=setting)
    assert not same(plain.members[0], drawn.members[0])
    assert not same(plain.members[0], plain.members[1])


def test_velocities_by_member(ensemble, cells):
    found = ensemble.velocities(cells.x[:4])
    assert found.shape == (3, 4, 3)
    np.testing.assert_array_equal(found[1], ensemble.members[1].velocity(cells.x[:4]))


def test_saved_and_loaded(ensemble, tmp_path):
    again = Fit.load(ensemble.save(tmp_path / "model"))
    assert all(same(one, other) for one, other in zip(again, ensemble, strict=True))
    with pytest.raises(MissingFileError, match="member-0"):
        Fit.load(tmp_path)


def test_refusals(cells, tmp_path):
    with pytest.raises(InputError, match="one member or more"):
        train("linear", cells, SHORT, members=0)
    with pytest.raises(InputError, match="one job"):
        train("linear", cells, SHORT, jobs=0)
    negative = replace(cells, x=cells.x - 1)
    with pytest.raises(InputError, match="at least 0"):
        train("hill", negative, SHORT, folder=tmp_path / "fit")
    assert not list(tmp_path.iterdir())


def test_the_prediction_is_the_mean_of_the_members(ensemble, cells):
    each = ensemble.predictions(cells, "A=ko")
    mean = ensemble.predict(cells, "A=ko")
    np.testing.assert_allclose(mean.x, np.mean([one.x for one in each], axis=0), rtol=1e-6)
    assert np.ptp([one.x for one in each], axis=0).max() > 0


def test_the_summary_tells_the_seed_that_was_given_and_the_spread(ensemble):
    text = ensemble.summary()
    assert re.search(r"\), seed 4, hillflow", text)
    errors = [model.metrics["validation_loss"] for model in ensemble]
    assert f"3, with validation losses {min(errors):.4g} to {max(errors):.4g}" in text


def test_several_fits_are_one_whose_prediction_is_the_mean_over_all(ensemble, cells):
    other = train("sparse", cells, SHORT)
    mixed = Fit.of(ensemble, other)
    assert [model.field.name for model in mixed] == ["linear"] * 3 + ["sparse"]
    each = [one.predict(cells, "control").x for one in (*ensemble.members, other)]
    np.testing.assert_allclose(mixed.predict(cells, "control").x, np.mean(each, 0), rtol=1e-5)


def test_fits_of_other_genes_or_times_are_no_ensemble(ensemble, cells):
    turned = cells.select_genes(cells.genes[::-1])
    for other, found in (
        (turned, "a different order"),
        (cells.select_genes(cells.genes[:2]), "of 2"),
    ):
        with pytest.raises(GeneNameError, match=found):
            Fit.of(ensemble, train("linear", other, SHORT))
    with pytest.raises(TimeError, match="in the same unit of time"):
        Fit.of(ensemble, replace(ensemble.members[0], time_unit="fortnight"))
    with pytest.raises(InputError, match="the same scale of expression"):
        Fit.of(ensemble, replace(ensemble.members[0], scale="another"))
    with pytest.raises(InputError, match="each fit once"):
        Fit.of(ensemble, ensemble.members[1])
    with pytest.raises(InputError, match="the same numbers"):
        Fit.of(ensemble, replace(ensemble.members[1]))
    with pytest.raises(InputError, match=r"found str.*Run\.open"):
        Fit.of(ensemble, "run")
    with pytest.raises(InputError, match="pass fits"):
        Fit.of()
