from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch

from hillflow.data import Snapshots
from hillflow.errors import (
    GeneNameError,
    HillflowError,
    HillflowWarning,
    InputError,
    UnsupportedError,
)
from hillflow.fields import VectorField, make_field
from hillflow.interventions import Intervention
from hillflow.model import Model
from hillflow.objectives.match import Match
from hillflow.objectives.registry import make_method
from hillflow.objectives.stage import Stage
from hillflow.results import Run
from hillflow.results.run import read_manifest
from hillflow.train import Setting, fit, member_seed
from hillflow.train.checkpoint import load_checkpoint
from hillflow.train.request import request_digest

from ..small_fits import GENES, MATRIX, OFFSET, TIMES, flow, snapshots


class Stopped(BaseException):
    pass


def stopping_at(step: int, error=Stopped):
    """A progress function that stops training at its n-th step, all stages together."""
    seen = []

    def tell(what, done, total):
        if what.startswith("stage"):
            seen.append(done)
            if len(seen) == step:
                raise error

    return tell


def content(folder) -> bytes:
    return (folder / "model.safetensors").read_bytes()


def test_same_seed_same_bytes(cells, stages, tmp_path):
    for name, seed in (("one", 4), ("two", 4), ("three", 5)):
        fit("sparse", cells, stages, seed=seed).save(tmp_path / name)
    assert content(tmp_path / "one") == content(tmp_path / "two")
    assert content(tmp_path / "one") != content(tmp_path / "three")


def test_it_learns_the_law(cells):
    stages = [Stage(Match(), steps=600, cells=128, rate=3e-2)]
    field = make_field("linear", GENES, l1=0.0)
    model = fit(field, cells, [*stages, *make_method("default", effort=0.6).stages[1:]])
    assert model.metrics["landing_error"] < 0.2 * model.metrics["standstill_error"]
    random = np.random.default_rng(1)
    x = np.concatenate([flow(2 + 0.3 * random.normal(size=(50, 3)), t) for t in (0, 0.5, 1, 2)])
    true = x @ MATRIX.T + OFFSET
    found = model.velocity(x)
    cosine = (found * true).sum(1) / np.linalg.norm(found, axis=1) / np.linalg.norm(true, axis=1)
    assert cosine.mean() > 0.97


def test_what_the_model_knows(cells, stages):
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    field = make_field("linear", GENES, seed=2)
    start = {k: v.clone() for k, v in field.state_dict().items()}
    told = []
    model = fit(field, cells, stages, seed=3, progress=lambda *news: told.append(news))
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == before
    assert all(torch.equal(start[k], v) for k, v in field.state_dict().items())  # left as it is
    assert not torch.equal(field.edge_weights(), model.field.edge_weights())
    assert (model.genes, model.time_unit, model.scale, model.seed) == (GENES, "h", "log1p", 3)
    assert model.times == TIMES
    assert model.conditions == (Intervention.control(),)
    assert model.provenance["method"]["name"] == "custom"
    assert model.provenance["data"]["rows"] == len(cells)
    assert model.provenance["versions"]["torch"] == torch.__version__
    assert list(model.history["step"]) == [50, 60, 30]
    assert told[0][0] == "coupling cells"
    assert told[-1] == ("stage 2 of 2: Rollout", 30, 30)
    assert not model.heads.training


def test_trajectories(courses):
    model = fit("linear", courses, [Stage(Match(), steps=40, cells=64, rate=3e-2)])
    assert model.basis is None
    assert model.times == TIMES
    assert model.metrics["landing_error"] < model.metrics["standstill_error"]


def test_effort_scales_every_stage(cells, stages):
    model = fit("linear", cells, stages, setting=Setting(effort=0.5))
    assert [stage["steps"] for stage in model.provenance["method"]["stages"]] == [30, 15]


# Interruption ------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [1, 30, 61, 90])
def test_an_interrupted_fit_ends_as_an_unbroken_one(cells, stages, tmp_path, step):
    fit("hill", cells, stages, seed=1, out=tmp_path / "whole")
    with pytest.raises(Stopped):
        fit("hill", cells, stages, seed=1, out=tmp_path / "run", progress=stopping_at(step))
    with pytest.raises(InputError, match=r"interrupted.*--resume"):
        Run.open(tmp_path / "run")
    fit("hill", cells, stages, seed=1, out=tmp_path / "run", resume=True)
    assert content(tmp_path / "run/model") == content(tmp_path / "whole/model")
    for name in ("history.csv", "metrics.json"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert not list((tmp_path / "run").glob("checkpoint*"))


def test_control_c_leaves_a_checkpoint_and_passes_on(cells, stages, tmp_path):
    setting = Setting(checkpoint_seconds=1e9)
    with pytest.raises(KeyboardInterrupt):
        fit("hill", cells, stages, out=tmp_path / "run", setting=setting,
            progress=stopping_at(55, KeyboardInterrupt))  # fmt: skip
    digest = request_digest(read_manifest(tmp_path / "run")["request"])
    assert load_checkpoint(tmp_path / "run/checkpoint.safetensors", digest).step == 50


def test_interrupted_again_and_again(cells, stages, tmp_path):
    fit("linear", cells, stages, out=tmp_path / "whole")
    for resume in (False, True, True):
        with pytest.raises(Stopped):
            fit("linear", cells, stages, out=tmp_path / "run", resume=resume,
                progress=stopping_at(27))  # fmt: skip
    fit("linear", cells, stages, out=tmp_path / "run", resume=True)
    assert content(tmp_path / "run/model") == content(tmp_path / "whole/model")


def test_interrupted_while_cells_are_coupled(cells, stages, tmp_path):
    def stop(what, done, total):
        raise Stopped

    with pytest.raises(Stopped):
        fit("linear", cells, stages, out=tmp_path / "run", progress=stop)
    again = fit("linear", cells, stages, out=tmp_path / "run", resume=True)
    alone = fit("linear", cells, stages)
    assert torch.equal(again.field.edge_weights(), alone.field.edge_weights())


def test_killed_and_resumed(cells, tmp_path):
    cells.to_anndata().write_h5ad(tmp_path / "cells.h5ad")
    script = textwrap.dedent("""
        from hillflow.data import Snapshots
        from hillflow.train import Setting, fit
        from hillflow.objectives.match import Match
        from hillflow.objectives.stage import Stage

        def tell(what, done, total):
            if what.startswith("stage") and done in (1, 100):
                print(done, flush=True)

        cells = Snapshots.from_anndata("cells.h5ad")
        fit("linear", cells, [Stage(Match(), steps=600, cells=64)], out="run",
            setting=Setting(checkpoint_seconds=0.0), progress=tell)
        """)
    call = [sys.executable, "-c", script]
    with subprocess.Popen(call, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().strip() == "1"
        assert process.stdout.readline().strip() == "100"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert (tmp_path / "run/checkpoint.safetensors").is_file()
    assert not (tmp_path / "run/model").exists()
    read = Snapshots.from_anndata(tmp_path / "cells.h5ad")
    stages = [Stage(Match(), steps=600, cells=64)]
    fit("linear", read, stages, out=tmp_path / "run", resume=True)
    fit("linear", read, stages).save(tmp_path / "whole")
    assert content(tmp_path / "run/model") == content(tmp_path / "whole")


def test_resuming_something_else_is_refused(cells, stages, tmp_path):
    run = tmp_path / "run"
    with pytest.raises(Stopped):
        fit("linear", cells, stages, out=run, progress=stopping_at(30))
    kept = (run / "checkpoint.safetensors").read_bytes()
    other = dataclasses.replace(cells, x=cells.x + 1e-3)
    for named, arguments in {
        "field": ("hill", cells, stages),
        "data": ("linear", other, stages),
        "method": ("linear", cells, stages[:1]),
    }.items():
        with pytest.raises(InputError, match=f"another {named}\\."):
            fit(*arguments, out=run, resume=True)
    with pytest.raises(InputError, match="another field, seed"):
        fit("linear", cells, stages, seed=1, out=run, resume=True)
    with pytest.raises(InputError, match="another setting"):
        fit("linear", cells, stages, setting=Setting(look=10), out=run, resume=True)
    assert (run / "checkpoint.safetensors").read_bytes() == kept
    # what changes no number may differ
    fit("linear", cells, stages, setting=Setting(checkpoint_seconds=3), out=run, resume=True)


def test_resuming_nothing_is_refused(cells, stages, tmp_path):
    with pytest.raises(InputError, match="out="):
        fit("linear", cells, stages, resume=True)
    with pytest.raises(FileNotFoundError, match="a run to resume"):
        fit("linear", cells, stages, out=tmp_path / "run", resume=True)
    (tmp_path / "run").mkdir()
    with pytest.raises(InputError, match=r"a run to resume, found .* nothing in it"):
        fit("linear", cells, stages, out=tmp_path / "run", resume=True)


def test_a_finished_run_is_kept_unless_asked(cells, stages, tmp_path):
    run = tmp_path / "run"
    fit("linear", cells, stages, out=run)
    (run / "notes.txt").write_text("mine")
    (run / "edges.csv").write_text("of the old model")
    before = content(run / "model")
    with pytest.raises(InputError, match=r"a finished run.*overwrite"):
        fit("linear", cells, stages, seed=1, out=run)
    again = fit("linear", cells, stages, out=run, resume=True, progress=stopping_at(1))
    there = Model.load(run / "model")
    assert torch.equal(again.field.edge_weights(), there.field.edge_weights())
    assert content(run / "model") == before
    fit("linear", cells, stages, seed=1, out=run, overwrite=True)
    assert content(run / "model") != before
    assert (run / "notes.txt").read_text() == "mine"
    assert not (run / "edges.csv").exists()


# Refusals ----------------------------------------------------------------------------------


class Odd(VectorField):
    def forward(self, t, x):
        return -x


def refusals(cells, courses):
    negative = dataclasses.replace(cells, x=cells.x - 1)
    lines = Intervention.overexpression("A", factor=2.0)
    treated = dataclasses.replace(
        cells, conditions=(lines,), condition=np.zeros(len(cells), dtype=np.int32)
    )
    return {
        "negative data": (("hill", negative), InputError, "at least 0"),
        "other genes": ((make_field("linear", ("A", "B", "X")), cells), GeneNameError, "'X'"),
        "other order": ((make_field("linear", GENES[::-1]), cells), GeneNameError, "in its order"),
        "method and field": (("hill", cells, "action-matching"), UnsupportedError, "potential"),
        "method and data": (("linear", courses, "ot-cfm"), UnsupportedError, "trajectories"),
        "no such field": (("hil", cells), InputError, "did you mean 'hill'"),
        "no such method": (("hill", cells, "ot-cmf"), InputError, "ot-cfm"),
        "no stages": (("hill", cells, []), InputError, "an empty list"),
        "no stage": (("hill", cells, [Match()]), InputError, "a list with Match"),
        "no such head": (
            ("hill", cells, [Stage(Match(), train=("score",))]), InputError, "'score'"),
        "velocities": (("sparse-second-order", cells), UnsupportedError, "velocities"),
        "impossible": (("mlp", treated), UnsupportedError, "production/decay split"),
        "unknown to loading": ((Odd(GENES), cells), UnsupportedError, "register"),
    }  # fmt: skip


@pytest.mark.parametrize("which", list(refusals(snapshots(), None)))
def test_refused_before_any_work_and_any_writing(cells, courses, tmp_path, which, monkeypatch):
    def worked(*_, **__):
        raise AssertionError("work was begun")

    module = sys.modules["hillflow.train.prepare"]  # the name in the package is the function's
    monkeypatch.setattr(module, "fit_plan", worked)
    monkeypatch.setattr(module, "leave_out_cells", worked)
    arguments, error, words = refusals(cells, courses)[which]
    with pytest.raises(error, match=words) as caught:
        fit(*arguments, out=tmp_path / "run")
    assert isinstance(caught.value, HillflowError)
    assert not list(tmp_path.iterdir())


def test_a_folder_of_something_else_is_left_alone(cells, stages, tmp_path):
    (tmp_path / "thesis.tex").write_text("…")
    with pytest.raises(InputError, match=r"thesis\.tex.*no run"):
        fit("linear", cells, stages, out=tmp_path, overwrite=True)
    with pytest.raises(InputError, match="the file"):
        fit("linear", cells, stages, out=tmp_path / "thesis.tex")
    with pytest.raises(FileNotFoundError, match="mkdir -p"):
        fit("linear", cells, stages, out=tmp_path / "no" / "run")
    with pytest.raises(InputError, match="either resume or overwrite"):
        fit("linear", cells, stages, out=tmp_path / "run", resume=True, overwrite=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.tex"]


# What is learnt from what --------------------------------------------------------------------


def perturbed(*texts: str, control: bool = True, genes: int = 80) -> Snapshots:
    """A and B are always equal in the wild type: only a knockout tells which drives C."""
    random = np.random.default_rng(0)
    conditions = [*(["control"] if control else []), *texts]
    x, time, names = [], [], []
    for name in conditions:
        matrix, offset = np.diag([-0.5, -0.5, -1.0]), np.array([0.5, 0.5, 0.2])
        matrix[2, 0] = 1.0
        for row, gene in enumerate(GENES):
            if gene in name:
                matrix[row, :row] = matrix[row, row + 1 :] = offset[row] = 0.0
        fixed = -np.linalg.solve(matrix, offset)
        from scipy.linalg import expm

        for t in TIMES:
            level = np.repeat(2 + 0.5 * random.normal(size=(genes, 1)), 3, axis=1)
            x.append(fixed + (level - fixed) @ expm(t * matrix).T)
            time += [t] * genes
            names += [name] * genes
    noise = 0.01 * random.normal(size=(len(time), 3))
    return Snapshots.from_arrays((np.concatenate(x) + noise).clip(0), time, GENES, names)


def test_knockouts_in_training_are_used():
    stages = [Stage(Match(), steps=400, cells=256, rate=2e-2)]

    def edges(data):
        return fit(make_field("linear", GENES), data, stages).field.edge_weights()[2].detach()

    alone, together = edges(perturbed()), edges(perturbed("A=ko", "B=ko"))
    # the wild type cannot part A → C from B → C: they share it
    assert abs(alone[0] - alone[1]) < 0.35 * (alone[0] + alone[1]).abs()
    assert together[0] > 0.4
    assert abs(together[1]) < 0.25 * together[0]


def test_one_population_without_control_cells():
    data = perturbed("A=ko", control=False)
    model = fit("hill", data, [Stage(Match(), steps=40, cells=64)])
    assert model.conditions == (Intervention.knockout("A"),)
    assert model.metrics["landing_error"] < model.metrics["standstill_error"]


def test_a_control_of_the_first_time_alone():
    both = perturbed("A=ko")
    kept = np.concatenate(
        [both.rows(0.0, Intervention.control())]
        + [both.rows(t, Intervention.knockout("A")) for t in (1.0, 2.0)]
    )
    with pytest.warns(HillflowWarning, match="no interval for 'control at 0'"):
        model = fit("linear", both.take(kept), [Stage(Match(), steps=40, cells=64)])
    assert model.metrics["landing_error"] < model.metrics["standstill_error"]


def test_noise_outside_the_basis_is_not_learnt():
    random = np.random.default_rng(0)
    cells, genes, times = 150, 12, (0.0, 1.0, 2.0)
    direction = random.normal(size=(2, genes))
    truth, x = [], []
    for t in times:
        z = np.stack([2 * np.exp(-t) + 0.2 * random.normal(size=cells), np.full(cells, 1.0 + t)], 1)
        truth.append(z @ direction)
        x.append(truth[-1] + 1.0 * random.normal(size=(cells, genes)))
    names = tuple(f"g{i}" for i in range(genes))
    data = Snapshots.from_arrays(np.concatenate(x), np.repeat(times, cells), names)
    stages = [Stage(Match(), steps=300, cells=256, rate=1e-2)]

    def speed_across(setting):
        model = fit(make_field("mlp", names, hidden=[32]), data, stages, setting=setting)
        v = model.velocity(model.denoise(data.x))
        plane = np.linalg.svd(np.concatenate(truth), full_matrices=False)[2][:2]
        return np.sqrt(((v - v @ plane.T @ plane) ** 2).sum(1).mean())

    # the two directions that move, against all twelve: what is across them is noise
    assert speed_across(Setting(basis=2)) < 0.5 * speed_across(Setting(basis=12))


def test_seeds_of_members_are_their_own():
    seeds = [member_seed(seed, number) for seed in range(20) for number in range(20)]
    assert len(set(seeds)) == 400
    assert min(seeds) >= 0
