"""Training on a device gives what the CPU gives: every method, every field, a resumed training.

The device pretends (`tests.pretend_device`): it refuses to mix its tensors with those of the CPU.
The same tests run on a GPU, where there is one; its rounding can turn a step of Adam where a
gradient is nearly 0, so losses are compared there, and not parameters.
"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from hillflow.data import Cells, Snapshots, Trajectories
from hillflow.errors import InputError
from hillflow.fields import FIELDS, CandidateEdges, VectorField, make_field
from hillflow.model import Member
from hillflow.objectives import (
    METHODS,
    Likelihood,
    Match,
    Method,
    Rollout,
    Stage,
    Teach,
    make_method,
    moving,
)
from hillflow.objectives.metric import Metric
from hillflow.train import Setting, cost, settle, train
from hillflow.train.request import Request
from hillflow.train.resolve import Stages
from hillflow.transport import DIVERGENCES

from ..pretend_device import pretend_device
from ..small_fits import GENES, Stopped, snapshots, stopping_at

FEW = Setting(validation_share=0.0)


@pytest.fixture(scope="module")
def few() -> Snapshots:
    """Twelve cells at each of three times, and as many whose gene B was knocked out."""
    control = snapshots(12)
    x = np.concatenate([control.x, control.x * np.array([1.0, 0.0, 0.7])])
    return Snapshots.from_arrays(
        x, np.tile(control.time, 2), GENES, np.repeat(["control", "B=ko"], len(control)),
        unit="h", scale="log1p",
    )  # fmt: skip


def short(method: Method, steps: int = 2) -> Method:
    """The method with a few small steps."""
    stages = []
    for stage in method.stages:
        objective = stage.objective
        if isinstance(objective, Match) and isinstance(objective.path, Metric):
            objective = replace(objective, path=Metric(steps=2, landmarks=10, hidden=(8,)))
        stages.append(replace(stage, objective=objective, steps=steps, cells=8))
    return replace(method, stages=tuple(stages))


def same(one: Member, other: Member, tolerance: float = 1e-4, *, rounded: bool = False) -> None:
    """Tensors, losses and history agree, or losses alone if `rounded`; both lie on the CPU."""
    here, there = (member.heads.state_dict() for member in (one, other))
    assert here.keys() == there.keys()
    assert {tensor.device.type for tensor in (*here.values(), *there.values())} == {"cpu"}
    for name in () if rounded else here:
        torch.testing.assert_close(there[name], here[name], rtol=tolerance, atol=tolerance)
    for name, loss in one.metrics.items():
        assert other.metrics[name] == pytest.approx(loss, rel=2e-2 if rounded else 1e-4)
    share, least = (5e-2, 1e-3) if rounded else (1e-3, 1e-5)
    np.testing.assert_allclose(other.history, one.history, rtol=share, atol=least)


@pytest.fixture
def agree(device):
    """Trains on the CPU and on the device; returns what the device gave."""

    def both(
        field: str | VectorField, data: Cells, method: Stages, setting: Setting = FEW
    ) -> Member:
        here = train(field, data, method, setting=setting)[0]
        with device() as name:
            there = train(field, data, method, setting=replace(setting, device=name))[0]
        assert there.provenance["device"] == name
        same(here, there, rounded=name == "cuda")
        return there

    return both


def controls(data: Snapshots) -> Snapshots:
    return data.take(np.flatnonzero(data.condition == 0))


@pytest.mark.parametrize("name", [name for name in METHODS if name != "law"])
def test_every_method_trains_on_a_device(agree, name, few, courses):
    method = short(make_method(name))
    field = "linear" if method.trains == "any" else method.trains
    data: Cells = courses if method.data == "trajectories" else few
    if name == "equilibrium":  # of cells of one time
        data = few.take(few.rows(few.times[-1]))
    if name == "splicing":
        data = replace(few, unspliced=few.x / 2)
    if name == "velocity":
        data = replace(few, velocity=few.x / 2)
    if method.trains != "any" or name == "trajectorynet":  # these have no interventions
        data = controls(few)
    agree(field, data, method)


OTHERS = [name for name in FIELDS if name not in ("linear", "logic", "sparse-second-order")]
ONE_TRAINS = ("locally-linear", "potential")  # above


@pytest.mark.parametrize("name", [name for name in OTHERS if name not in ONE_TRAINS])
def test_every_field_trains_on_a_device(agree, name, few):
    agree(name, controls(few), short(make_method("endpoint")))


def test_series_train_on_a_device(agree, courses: Trajectories):
    agree("mlp", courses, short(make_method("endpoint")), Setting(validation_share=0.2))


def test_laws_settle_on_a_device(agree, few, monkeypatch):
    """Tables, regulators that are dropped, noise, proteins and efficacies."""
    monkeypatch.setattr(moving, "STEPS_PER_SPAN", 6)
    edges = CandidateEdges([0, 2], [1, 1], 3)
    field, setting = make_field("logic", GENES, edges=edges), replace(FEW, efficacy="learn")
    member = agree(field, few, short(make_method("law"), 1), setting)
    assert {"noise", "protein"} <= set(member.heads.names)
    assert not member.field.used.all()


@pytest.mark.parametrize("name", ["logic", "linear", "hill", "hill-sparse", "sparse"])
def test_large_panels_train_on_a_device(agree, name, monkeypatch):
    """Above 40 genes fields compute in other ways, and laws drop regulators without a trial."""
    monkeypatch.setattr(settle, "TRIED", 0)
    x = np.random.default_rng(0).gamma(2.0, 0.5, (36, 42))
    genes = [f"G{k}" for k in range(42)]
    cells = Snapshots.from_arrays(x, np.repeat([0.0, 1.0, 2.0], 12), genes, unit="h")
    ten = np.arange(10)
    edges = CandidateEdges(np.r_[ten, ten + 1], np.r_[ten, ten], 42)
    stages = [Stage(Match(), steps=2, cells=8, settle=name == "logic")]
    agree(make_field(name, genes, edges=edges), cells, stages)


def test_a_prior_and_a_teacher_come_along(agree, few):
    edges = CandidateEdges([0, 1], [1, 2], 3, [1, 1])
    agree("hill-dense", controls(few), short(make_method("ot-cfm").with_prior(edges)))
    teacher = make_field("mlp", GENES, seed=3)
    agree("linear", controls(few), [Stage(Teach(teacher), steps=2, cells=8)])
    assert all(parameter.device.type == "cpu" for parameter in teacher.parameters())


OTHER_DISTANCES = [e.name for e in DIVERGENCES.values() if e.compares == "cells"][1:]


@pytest.mark.parametrize("name", OTHER_DISTANCES)
def test_every_distance_is_measured_on_a_device(agree, name, few):
    stages = [Stage(Rollout(divergence=name, steps=1, density=0.5), steps=1, cells=8)]
    agree("linear", controls(few), stages)


@pytest.mark.parametrize("base", ["gaussian", "kernel"])
def test_the_likelihood_is_computed_on_a_device(agree, base, few):
    objective = Likelihood(base=base, jacobian=0.1, density=0.5, noise=0.1, probes=1, steps=1)
    agree("linear", controls(few), [Stage(objective, steps=1, cells=8)])


@pytest.mark.parametrize("first", ["cpu", "device"])
def test_a_training_is_resumed_on_another_device(device, first, few, tmp_path):
    stages, data = [Stage(Match(), steps=30, cells=8)], controls(few)
    whole = train("linear", data, stages, setting=FEW)[0]
    with device() as name:
        begin, end = ("cpu", name) if first == "cpu" else (name, "cpu")
        with pytest.raises(Stopped):
            train(
                "linear", data, stages, setting=replace(FEW, device=begin), folder=tmp_path,
                progress=stopping_at(28),
            )  # fmt: skip
        assert (tmp_path / "member-0.training" / "checkpoint.safetensors").is_file()
        resumed = train(
            "linear", data, stages, setting=replace(FEW, device=end), folder=tmp_path
        )[0]  # fmt: skip
    same(whole, resumed, rounded=name == "cuda")
    about = json.loads((tmp_path / "member-0" / "model.json").read_text())
    assert about["provenance"]["device"] == end
    same(resumed, Member.load(tmp_path / "member-0"), 0.0)


def test_the_device_is_no_part_of_the_request(few):
    method, field = short(make_method("cfm")), make_field("linear", GENES)
    here = Request(field, few, method, 0, FEW)
    with pretend_device() as name:
        assert Request(field, few, method, 0, replace(FEW, device=name)).digest == here.digest


def test_a_field_that_lies_elsewhere_is_trained_where_it_is_asked(few):
    data, method = controls(few), short(make_method("cfm"))
    here = train(make_field("linear", GENES, seed=0), data, method, setting=FEW)[0]
    with pretend_device() as name:
        elsewhere = make_field("linear", GENES, seed=0).to(name)
        there = train(elsewhere, data, method, setting=FEW)[0]
        assert elsewhere.level.device.type == name
    same(here, there)


def test_a_device_is_refused_before_any_work(few, tmp_path):
    with pytest.raises(InputError, match="a device that PyTorch"):
        Setting(device="graphics")
    with pretend_device() as name, pytest.raises(InputError, match="one process"):
        train("linear", few, members=2, jobs=2, setting=Setting(device=name), folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_a_fit_costs_is_measured_on_the_device(few, monkeypatch):
    seen = []
    measure = cost.Loop.measure

    def noted(loop, stage):
        seen.append(loop.training.problem.states.device.type)
        return measure(loop, stage)

    monkeypatch.setattr(cost.Loop, "measure", noted)
    with pretend_device() as name:
        found = cost.estimate("linear", controls(few), short(make_method("cfm")),
                              Setting(device=name))  # fmt: skip
    assert seen == [name]
    assert found.seconds > 0
