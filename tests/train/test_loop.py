from __future__ import annotations

import importlib
import math
from dataclasses import dataclass

import pytest
import torch

from hillflow.errors import NumericalError
from hillflow.fields import make_field
from hillflow.objectives.base import Objective
from hillflow.objectives.heads import Diffusion
from hillflow.objectives.match import Match
from hillflow.objectives.paths import BrownianBridge
from hillflow.objectives.registry import make_method
from hillflow.objectives.rollout import Rollout
from hillflow.objectives.stage import Stage
from hillflow.train import Setting, train
from hillflow.train.loop import MAX_RETRIES, SAVE_EVERY, Loop
from hillflow.train.losses import validation_loss
from hillflow.train.prepare import prepare

from ..small_fits import stages_of_a_fit


class Stopped(Exception):
    pass


@dataclass(frozen=True, eq=False)
class Spoilt(Objective):
    """Matching whose loss is NaN on the calls that `when` names; `calls` counts them."""

    when: object
    calls: list

    def loss(self, training, cells, generator):
        self.calls.append(len(self.calls))
        terms = Match().loss(training, cells, generator)
        return {k: v * math.nan for k, v in terms.items()} if self.when(self.calls[-1]) else terms


def make_loop(cells, stages, name="hill", check_every=20, **setting) -> Loop:
    prepared = prepare(
        make_field(name, cells.genes), cells, make_method("default"), setting=Setting(**setting)
    )
    return Loop(prepared.training, stages, prepared.validation, seed=1, check_every=check_every)


def weights(loop: Loop) -> dict[str, torch.Tensor]:
    return loop.training.heads.state_dict()


def same(one, other) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


def test_every_step_of_every_stage_is_taken(cells, stages):
    seen = []
    loop = make_loop(cells, stages)
    loop.run(lambda loop, stage, loss: seen.append((loop.state.stage, loop.state.step)))
    assert seen == [(0, k) for k in range(1, 61)] + [(1, k) for k in range(1, 31)]
    checks = [(row["stage"], row["step"]) for row in loop.state.history]
    assert checks == [(0, 20), (0, 40), (0, 60), (1, 20), (1, 30)]


def test_the_best_step_of_the_last_stage_is_what_remains(cells, stages):
    loop = make_loop(cells, stages, check_every=5)
    loop.run()
    errors = [row["validation_loss"] for row in loop.state.history if row["stage"] == 1]
    assert validation_loss(loop.validation) == min(errors)
    assert not loop.training.heads.training


def test_without_validation_cells_the_last_step_remains(cells, stages):
    loop = make_loop(cells, stages, validation_share=0.0)
    last = {}
    loop.run(lambda loop, *_: last.update({k: v.clone() for k, v in weights(loop).items()}))
    assert same(weights(loop), last)
    assert "validation_loss" not in loop.state.history[-1]


@pytest.fixture(scope="module")
def whole_loops(cells):
    """Loops that were never stopped, by the name of their field."""
    loops = {name: make_loop(cells, stages_of_a_fit(), name) for name in ("hill", "path-reg")}
    for loop in loops.values():
        loop.run()
    return loops


@pytest.mark.parametrize("name", ["hill", "path-reg"])
@pytest.mark.parametrize("stop", [1, 25, 26, 60, 61, 89])
def test_going_on_from_what_was_kept_changes_no_bit(cells, stages, whole_loops, stop, name):
    whole = whole_loops[name]
    first, steps = make_loop(cells, stages, name), []

    def halt(*_):
        steps.append(0)
        if len(steps) == stop:
            raise Stopped

    with pytest.raises(Stopped):
        first.run(halt)
    second = make_loop(cells, stages, name)
    second.resume(first.saved)
    second.run()
    assert same(weights(second), weights(whole))
    assert second.state.history == whole.state.history


def test_a_loss_that_is_not_finite_halves_the_rate(cells):
    spoilt = Spoilt(lambda call: call in (30, 40), [])
    loop = make_loop(cells, [Stage(spoilt, steps=60, cells=32)])
    loop.run()
    assert loop.state.retries == 2
    assert loop.state.rate_factor == 0.25
    # both times back to step 25: 30 and 35 (to call 40) are lost, the rest is taken anew
    assert len(spoilt.calls) == 60 + (31 - SAVE_EVERY) + (41 - 31)
    assert [row["step"] for row in loop.state.history] == [20, 40, 60]
    assert all(value.isfinite().all() for value in weights(loop).values())


def test_a_step_back_also_takes_back_adams_moments(cells):
    # Back at step 0 with the rate factor undone, training is as if nothing had happened.
    clean = make_loop(cells, [Stage(Match(), steps=20, cells=32)])
    clean.run()
    spoilt = make_loop(cells, [Stage(Spoilt(lambda call: call == 7, []), steps=20, cells=32)])
    undo = lambda loop, *_: setattr(loop.state, "rate_factor", 1.0)  # noqa: E731
    spoilt.run(undo)
    assert spoilt.state.retries == 1
    assert same(weights(spoilt), weights(clean))


def test_going_on_after_a_step_back_changes_no_bit(cells):
    def stage(calls):
        # 3 calls after each point of return the loss is spoilt once at full rate
        return [Stage(Spoilt(lambda call: call == 30, calls), steps=60, cells=32)]

    whole = make_loop(cells, stage([]))
    whole.run()
    first = make_loop(cells, stage([]))

    def halt(loop, *_):
        if loop.state.retries and loop.state.step == 40:
            raise Stopped

    with pytest.raises(Stopped):
        first.run(halt)
    assert first.saved.retries == 1
    assert first.saved.rate_factor == 0.5
    second = make_loop(cells, stage(list(range(100))))  # spoilt no more
    second.resume(first.saved)
    second.run()
    assert same(weights(second), weights(whole))


def test_a_loss_that_stays_lost_says_what_to_try_and_keeps_the_last_good_state(cells):
    spoilt = Spoilt(lambda call: call >= 30, [])
    loop = make_loop(cells, [Stage(spoilt, steps=60, cells=32)])
    with pytest.raises(
        NumericalError,
        match=r"nan at step 25 of stage 1 \(minimising Spoilt\), after 3 attempts.*lower",
    ):
        loop.run()
    assert len(spoilt.calls) == 31 + MAX_RETRIES
    assert loop.saved.step == 25
    assert all(value.isfinite().all() for value in loop.saved.tensors.values())


def test_only_the_heads_named_are_moved(cells):
    prepared = prepare(make_field("linear", cells.genes), cells, make_method("sf2m"))
    before = {k: v.clone() for k, v in prepared.training.heads.state_dict().items()}
    stage = Stage(Match(BrownianBridge()), steps=5, cells=32, train=("score",))
    Loop(prepared.training, [stage]).run()
    after = prepared.training.heads.state_dict()
    moved = {k.split(".")[0] for k in before if not torch.equal(before[k], after[k])}
    assert moved == {"score"}


@pytest.mark.parametrize("kept", [False, True])
def test_a_checkpoint_is_spoken_of_where_there_is_one(cells, tmp_path, kept):
    out = tmp_path / "run" if kept else None
    with pytest.raises(NumericalError) as error:
        train("linear", cells, [Stage(Spoilt(lambda call: True, []), steps=3)], folder=out)
    assert ("the last checkpoint is kept" in str(error.value)) == kept
    if out is not None:
        assert list(out.glob("member-0.training/checkpoint*"))


def test_a_fit_that_diverged_is_no_success(cells, monkeypatch):
    module = importlib.import_module("hillflow.train.train_member")
    monkeypatch.setattr(module, "validation_loss", lambda training: math.nan)
    with pytest.raises(NumericalError, match="has diverged"):
        train("linear", cells, [Stage(Match(), steps=3, cells=16)])


def test_a_stage_that_no_longer_improves_ends_early(cells):
    """A rate so small that nothing changes: the first check is the best, two more and it ends."""
    still = Stage(Match(), steps=200, cells=32, rate=1e-11, schedule="constant", patience=2)
    loop = make_loop(
        cells, [still, Stage(Match(), steps=5, cells=32)], name="linear", check_every=10
    )
    loop.run()
    steps = [row["step"] for row in loop.state.history if row["stage"] == 0]
    errors = [row["validation_loss"] for row in loop.state.history if row["stage"] == 0]
    first_best = errors.index(min(errors))
    assert len(steps) == first_best + 3 < 20
    assert loop.state.history[-1]["stage"] == 1


def test_without_patience_every_step_is_taken(cells):
    still = Stage(Match(), steps=60, cells=32, rate=1e-11, schedule="constant")
    loop = make_loop(cells, [still], name="linear", check_every=10)
    loop.run()
    assert loop.state.history[-1]["step"] == 60


@pytest.mark.parametrize("learn", [False, True])
def test_the_noise_is_learnt_only_if_asked(cells, learn):
    prepared = prepare(make_field("linear", cells.genes), cells, make_method("default"))
    heads = prepared.training.heads
    heads.diffusion = Diffusion(0.3)
    before = heads.diffusion().item()
    noisy = Rollout(starts="every", horizon=1, solver="euler-maruyama", learns_noise=learn)
    Loop(prepared.training, [Stage(noisy, steps=3, cells=32)]).run()
    assert (heads.diffusion().item() != before) == learn
