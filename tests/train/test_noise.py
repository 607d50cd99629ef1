"""Noise and proteins that were learned: what is recovered, and that it is used and kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from hillflow.causal.rollouts import roll_out
from hillflow.data import Snapshots
from hillflow.errors import InputError, UnsupportedError
from hillflow.fields.with_protein import WithProtein
from hillflow.interventions import Intervention
from hillflow.model.member import Member
from hillflow.objectives import Rollout, Stage, make_method
from hillflow.solve import trajectory
from hillflow.systems import build_system, simulate
from hillflow.train import Setting, train

BIRTH, DECAY, NOISE, TIMES = 3.0, 0.5, 0.1, (0, 2, 5)
SKETCH = Setting(effort=0.01)


@pytest.fixture(scope="module")
def born() -> Snapshots:
    """Birth and death from one level, dx = (b − γx) dt + √(ν (b + γx)) dW."""
    random = np.random.default_rng(0)
    x, dt, states = np.full((800, 2), 1.0), 0.02, []
    for step in range(int(TIMES[-1] / dt) + 1):
        if round(step * dt, 6) in TIMES:
            states.append(x.copy())
        spread = np.sqrt(NOISE * (BIRTH + DECAY * x) * dt)
        x = np.maximum(x + (BIRTH - DECAY * x) * dt + spread * random.normal(size=x.shape), 0)
    return Snapshots.from_arrays(np.concatenate(states), np.repeat(TIMES, 800), ["A", "B"])


def test_the_noise_of_birth_and_death_is_recovered_and_predicted(born) -> None:
    stages = [Stage(Rollout(steps=6), steps=100, cells=300, rate=0.1, clip=1.0)]
    fit = train("linear", born, stages, setting=Setting(noise=True, validation_share=0))
    assert fit.heads.noise().tolist() == pytest.approx([NOISE, NOISE], rel=0.35)
    moved = fit.simulate(born.x[born.rows(0)], TIMES)
    measured = np.stack([born.x[born.rows(t)] for t in TIMES])
    np.testing.assert_allclose(moved[1:].mean(1), measured[1:].mean(1), rtol=0.03)
    np.testing.assert_allclose(moved[1:].std(1), measured[1:].std(1), rtol=0.12)


@pytest.fixture(scope="module")
def cells() -> Snapshots:
    toggle = simulate(build_system("toggle"), [0, 1, 2, 4], 40, ["A=ko"], seed=0)
    return Snapshots.from_anndata(toggle.to_anndata())


@pytest.fixture(scope="module")
def law(cells) -> Member:
    return train("logic", cells, "law", setting=SKETCH)[0]


def test_the_same_seed_draws_the_same_paths(law, cells) -> None:
    x0 = cells.x[cells.rows(0)]
    first, again = (law.simulate(x0, [0, 1, 3], seed=1) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, law.simulate(x0, [0, 1, 3], seed=2))


def test_without_noise_cells_follow_the_mean_path_of_field_and_proteins(law, cells) -> None:
    x0 = cells.x[cells.rows(0)]
    moved = law.simulate(x0, [0, 1, 3], "A=ko", noise=False)
    with torch.no_grad():
        field = WithProtein(law.field.do("A=ko"), law.heads.protein())
        path = trajectory(field, torch.from_numpy(x0), [0.0, 1.0, 3.0], max_step=4 / 32)
    np.testing.assert_array_equal(moved, path[..., :2].numpy())


def test_members_with_noise_take_turns_since_a_mean_of_paths_has_too_little_spread(
    law, cells
) -> None:
    x0, pair = cells.x[cells.rows(0)], train("logic", cells, "law", members=2, setting=SKETCH)
    one, other = (law.simulate(x0, (0, 4), seed=seed) for seed in (1, 2))
    assert np.var((one + other)[1] / 2, axis=0).sum() < 0.8 * np.var(one[1], axis=0).sum()
    each = [member.simulate(x0, (0, 4)) for member in pair]
    together = pair.simulate(x0, (0, 4))
    np.testing.assert_array_equal(together[:, ::2], each[0][:, ::2])
    np.testing.assert_array_equal(together[:, 1::2], each[1][:, 1::2])
    predicted = [member.predict(cells, Intervention.parse("B=ko")).x for member in pair]
    np.testing.assert_array_equal(pair.predict(cells, "B=ko").x[::2], predicted[0][::2])
    mean = np.mean([member.simulate(x0, (0, 4), noise=False) for member in pair], axis=0)
    np.testing.assert_allclose(pair.simulate(x0, (0, 4), noise=False), mean, rtol=1e-6)


def test_what_was_learned_is_saved(law, cells, tmp_path) -> None:
    again = Member.load(law.save(tmp_path / "member"))
    x0 = cells.x[cells.rows(0)]
    np.testing.assert_array_equal(again.simulate(x0, [0, 2]), law.simulate(x0, [0, 2]))
    assert again.heads.names == ("noise", "protein")
    assert torch.equal(again.field.used, law.field.used)


def test_a_screen_shares_its_random_numbers_and_moves_cells_as_one_prediction(law, cells) -> None:
    x0 = cells.x[cells.rows(0)]
    same, also, other = (
        roll_out(law, x0, [0.0, 2.0], [Intervention.control(), Intervention.parse(name)], seed=4)
        for name in ("control", "control", "A=ko")
    )
    np.testing.assert_array_equal(same.mean[0], same.mean[1])
    np.testing.assert_array_equal(same.mean, also.mean)
    np.testing.assert_array_equal(same.mean[0], other.mean[0])
    mean = law.simulate(law.denoise(x0), [0, 2], seed=4)[1].mean(0)
    np.testing.assert_allclose(same.mean[0, 0], mean, rtol=1e-5)
    assert law.predict(cells, "A=ko", seed=4).x.shape[1] == 2


@pytest.mark.parametrize("name", ["noise", "protein"])
def test_a_setting_adds_a_head_or_leaves_it_out(name: str) -> None:
    default, law = make_method("default"), make_method("law")
    assert Setting(**{name: True}).heads(default) == (name,)
    assert name not in Setting(**{name: False}).heads(law)
    assert Setting().heads(law) == ("noise", "protein")
    with pytest.raises(InputError, match=f"{name} as True, False or None"):
        Setting(**{name: "yes"})


def test_what_cannot_go_together_is_refused_before_any_work(cells) -> None:
    with pytest.raises(UnsupportedError, match="linear decay"):
        train("mlp", cells, setting=Setting(protein=True))
    with pytest.raises(UnsupportedError, match="whose noise can be learned"):
        train("mlp", cells, setting=Setting(noise=True))
    growing = replace(make_method("tigon"), coupling=make_method("default").coupling)
    with pytest.raises(UnsupportedError, match="simulates populations without growth"):
        train("linear", cells, growing, setting=Setting(noise=True))
    for method in ("ot-cfm", "wfr-fm"):
        with pytest.raises(UnsupportedError, match="simulates populations without growth"):
            train("linear", cells, method, setting=Setting(noise=True))
