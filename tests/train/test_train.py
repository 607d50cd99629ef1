from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.data import Snapshots
from hillflow.errors import (
    HillflowWarning,
)
from hillflow.fields import make_field
from hillflow.interventions import Intervention
from hillflow.objectives.match import Match
from hillflow.objectives.rollout import Rollout
from hillflow.objectives.stage import Stage
from hillflow.train import Setting, train
from hillflow.train.training_plan import member_seed

from ..small_fits import GENES, MATRIX, OFFSET, TIMES, content, flow


def test_same_seed_same_bytes(cells, stages, tmp_path):
    for name, seed in (("one", 4), ("two", 4), ("three", 5)):
        train("sparse", cells, stages, seed=seed).save(tmp_path / name)
    assert content(tmp_path / "one") == content(tmp_path / "two")
    assert content(tmp_path / "one") != content(tmp_path / "three")


def test_it_learns_the_law(cells):
    stages = [
        Stage(Match(), steps=600, cells=128, rate=3e-2),
        Stage(Rollout(starts="every", horizon=1), steps=60, cells=128, rate=1e-2),
    ]
    model = train(make_field("linear", GENES, l1=0.0), cells, stages)
    assert model.metrics["validation_loss"] < 0.2 * model.metrics["no_change_loss"]
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
    model = train(field, cells, stages, seed=3, progress=lambda *news: told.append(news))
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
    assert told[-1] == ("stage 2 of 2: simulating every population", 30, 30)
    assert not model.heads.training


def test_trajectories(courses):
    model = train("linear", courses, [Stage(Match(), steps=40, cells=64, rate=3e-2)])
    assert model.basis is None
    assert model.times == TIMES
    assert model.metrics["validation_loss"] < model.metrics["no_change_loss"]


def test_effort_scales_every_stage(cells, stages):
    model = train("linear", cells, stages, setting=Setting(effort=0.5))
    assert [stage["steps"] for stage in model.provenance["method"]["stages"]] == [30, 15]


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
        return train(make_field("linear", GENES), data, stages).field.edge_weights()[2].detach()

    alone, together = edges(perturbed()), edges(perturbed("A=ko", "B=ko"))
    # the wild type cannot part A → C from B → C: they share it
    assert abs(alone[0] - alone[1]) < 0.35 * (alone[0] + alone[1]).abs()
    assert together[0] > 0.4
    assert abs(together[1]) < 0.25 * together[0]


def test_one_population_without_control_cells():
    data = perturbed("A=ko", control=False)
    model = train("hill", data, [Stage(Match(), steps=40, cells=64)])
    assert model.conditions == (Intervention.knockout("A"),)
    assert model.metrics["validation_loss"] < model.metrics["no_change_loss"]


def test_a_control_of_the_first_time_alone():
    both = perturbed("A=ko")
    kept = np.concatenate(
        [both.rows(0.0, Intervention.control())]
        + [both.rows(t, Intervention.knockout("A")) for t in (1.0, 2.0)]
    )
    with pytest.warns(HillflowWarning, match="no interval for 'control at 0'"):
        model = train("linear", both.take(kept), [Stage(Match(), steps=40, cells=64)])
    assert model.metrics["validation_loss"] < model.metrics["no_change_loss"]


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
        model = train(make_field("mlp", names, hidden=[32]), data, stages, setting=setting)
        v = model.velocity(model.denoise(data.x))
        plane = np.linalg.svd(np.concatenate(truth), full_matrices=False)[2][:2]
        return np.sqrt(((v - v @ plane.T @ plane) ** 2).sum(1).mean())

    # the two directions that move, against all twelve: what is across them is noise
    assert speed_across(Setting(basis=2)) < 0.5 * speed_across(Setting(basis=12))


def test_seeds_of_members_are_their_own():
    seeds = [member_seed(seed, number) for seed in range(20) for number in range(20)]
    assert len(set(seeds)) == 400
    assert min(seeds) >= 0
