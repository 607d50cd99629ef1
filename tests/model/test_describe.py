from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from hillflow.data import LinearBasis
from hillflow.fields import CandidateEdges, make_field
from hillflow.interventions import Intervention
from hillflow.model.describe import (
    command,
    describe,
    describe_data,
    describe_field,
    describe_method,
    fingerprint,
)
from hillflow.objectives.match import Match, Shooting
from hillflow.objectives.registry import METHODS, make_method
from hillflow.objectives.teach import Teach
from hillflow.train import Setting
from hillflow.train.request import Request

from ..small_fits import GENES, snapshots


def plain(value) -> bool:
    return json.loads(json.dumps(value, allow_nan=False)) == value


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda method: method.name)
def test_every_method_is_told_apart_in_plain_values(method):
    about = describe_method(method)
    assert plain(about)
    others = [describe_method(other) for other in METHODS.values() if other.name != method.name]
    assert all({**about, "name": ""} != {**other, "name": ""} for other in others)


def test_every_option_of_a_stage_counts():
    (stage, *_) = make_method("default").stages
    before = describe(stage)
    for changed in (replace(stage, steps=7), replace(stage, train=("field",)),
                    replace(stage, objective=Match(off_basis=0.3)),
                    replace(stage, objective=Match(Shooting(steps=9)))):  # fmt: skip
        assert describe(changed) != before
    teachers = [replace(stage, objective=Teach(make_field("mlp", GENES, seed=k))) for k in (0, 1)]
    assert plain(describe(teachers[0]))
    assert describe(teachers[0]) != describe(teachers[1])


@dataclass(frozen=True)
class Options:
    rule: object = max
    edges: object = None
    array: object = None


def test_what_is_no_number_or_text():
    one = Options(len, CandidateEdges([0], [1], 3), np.arange(3.0))
    about = describe(one)
    assert plain(about)
    assert about["rule"] == "builtins.len"
    assert describe(replace(one, rule=max)) != about
    assert describe(replace(one, edges=CandidateEdges([0], [2], 3))) != about
    assert describe(replace(one, array=torch.arange(3.0))) != about  # another dtype
    assert describe(replace(one, array=torch.arange(3.0).double())) == about


def test_a_description_is_the_same_in_another_process():
    script = (
        "from hillflow.model.describe import *; from hillflow.objectives.registry import *;"
        "from hillflow.fields import make_field; import json;"
        "m = [describe_method(make_method(n)) for n in ('default', 'action-matching', 'mfm')];"
        "print(json.dumps([m, describe_field(make_field('hill', ('A', 'B', 'C')))]))"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    names = ("default", "action-matching", "mfm")
    assert json.loads(out.stdout) == [
        [describe_method(make_method(name)) for name in names],
        describe_field(make_field("hill", GENES)),
    ]


def test_fingerprints_tell_data_apart(courses):
    data = snapshots()
    seen = {fingerprint(data)}
    assert fingerprint(snapshots()) in seen
    changed = data.x.copy()
    changed[3, 1] += 1e-6
    renamed = replace(data, genes=("A", "B", "D"))
    for other in (
        replace(data, x=changed), replace(data, x=data.x.astype(np.float32)),
        replace(data, time=data.time + 1), renamed, replace(data, time_unit="day"),
        replace(data, weights=np.ones(180)), data.with_basis(2),
        replace(data, basis=LinearBasis.identity(3)),
        replace(data, conditions=(Intervention.knockout("A"),)), courses,
        replace(courses, names=tuple(f"other{k}" for k in range(12))),
    ):  # fmt: skip
        assert fingerprint(other) not in seen
        seen.add(fingerprint(other))
    # names of cells and labels are not fitted
    assert fingerprint(replace(data, labels=np.array(["x"] * 180))) in seen


def test_what_a_request_depends_on():
    data, method = snapshots(), make_method("default")

    def digest(field="hill", data=data, method=method, seed=0, **setting):
        request = Request(make_field(field, GENES), data, method, seed, Setting(**setting))
        assert plain(request.description)
        return request.digest

    same = {digest(), digest(threads=2), digest(checkpoint_seconds=1.0)}
    assert len(same) == 1
    others = [digest("linear"), digest(data=snapshots(seed=1)), digest(method=method.scaled(0.5)),
              digest(seed=1), digest(basis=3), digest(bootstrap=True)]  # fmt: skip
    assert len({*others, *same}) == 7


def test_a_field_by_its_start():
    assert describe_field(make_field("hill", GENES)) == describe_field(make_field("hill", GENES))
    moved = make_field("hill", GENES)
    with torch.no_grad():
        next(moved.parameters()).add_(1e-3)
    assert describe_field(moved) != describe_field(make_field("hill", GENES))


def test_the_data_in_words():
    about = describe_data(snapshots())
    assert plain(about)
    assert (about["kind"], about["rows"], about["genes"], about["times"]) == (
        "snapshots", 180, 3, [0.0, 1.0, 2.0],
    )  # fmt: skip


def test_the_command_without_its_folder(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/some/where/bin/hillflow", "fit", "my cells.h5ad"])
    assert command() == "hillflow fit 'my cells.h5ad'"


def test_the_command_of_a_kernel_is_a_notebook(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/lib/ipykernel_launcher.py", "-f", "kernel-1.json"])
    assert command() == "a notebook"


@pytest.mark.parametrize("program", ["/bin/hillflow", "/site-packages/hillflow/__main__.py"])
@pytest.mark.parametrize("option", ["--resume", "--overwrite", "--json"])
def test_what_does_not_change_the_result_is_not_recorded(monkeypatch, program, option):
    monkeypatch.setattr(sys, "argv", [program, "fit", "a.h5ad", option])
    assert command() == "hillflow fit a.h5ad"
