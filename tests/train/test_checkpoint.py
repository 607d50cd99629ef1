from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hillflow.errors import FileFormatError, InputError
from hillflow.train import checkpoint
from hillflow.train.checkpoint import CheckpointWriter, load_checkpoint, save_checkpoint
from hillflow.train.state import SavedState


def saved(**changes) -> SavedState:
    parts = {
        "stage": 1, "step": 25, "rate_factor": 0.5, "retries": 1, "best": math.inf,
        "history": ({"stage": 0.0, "step": 20.0, "validation_loss": 0.1},),
        "best_tensors": {}, "tensors": {"field.weights": torch.arange(6.0).reshape(2, 3).mT},
        "moments": {"field.weights:step": torch.tensor(3.0)},
        "stream": torch.Generator().manual_seed(1).get_state(),
    }  # fmt: skip
    return SavedState(**{**parts, **changes})


numbers = st.floats(allow_nan=False)
tensors = st.dictionaries(
    st.text(min_size=1, max_size=8).filter(lambda name: name.isprintable()),
    st.sampled_from([torch.float32, torch.float64, torch.int64, torch.bool]).map(
        lambda dtype: torch.tensor([[0, 1], [1, 3]]).to(dtype)
    ),
    max_size=3,
)


@settings(max_examples=25)
@given(
    numbers, st.lists(st.dictionaries(st.text(max_size=5), numbers), max_size=3), tensors, tensors
)
def test_what_is_written_reads_back_to_the_bit(
    tmp_path_factory, best, history, parameters, moments
):
    path = tmp_path_factory.mktemp("c") / "checkpoint.safetensors"
    before = saved(best=best, history=tuple(history), tensors=parameters, moments=moments)
    save_checkpoint(path, before, "request")
    after = load_checkpoint(path, "request")
    for name in ("stage", "step", "rate_factor", "retries", "best", "history"):
        assert getattr(after, name) == getattr(before, name)
    assert torch.equal(after.stream, before.stream)
    for part in ("tensors", "best_tensors", "moments"):
        one, other = getattr(before, part), getattr(after, part)
        assert one.keys() == other.keys()
        assert all(torch.equal(one[k], other[k]) and one[k].dtype == other[k].dtype for k in one)


def test_a_history_may_hold_nan(tmp_path):
    path = tmp_path / "c.safetensors"
    save_checkpoint(path, saved(history=({"validation_loss": math.nan},)), "r")
    assert math.isnan(load_checkpoint(path, "r").history[0]["validation_loss"])


def test_what_is_no_checkpoint_of_this_fit_is_refused(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    assert load_checkpoint(path, "r") is None
    save_checkpoint(path, saved(), "r")
    with pytest.raises(InputError, match="other data, another method or setting"):
        load_checkpoint(path, "another")
    whole = path.read_bytes()
    for damaged in (b"", whole[:40], whole[:-1], b"PK\x03\x04" + whole):
        path.write_bytes(damaged)
        with pytest.raises(FileFormatError, match="start again"):
            load_checkpoint(path, "r")
    path.write_bytes(whole.replace(b"checkpoint-2", b"checkpoint-0"))
    with pytest.raises(FileFormatError, match="checkpoint-0"):
        load_checkpoint(path, "r")


def test_when_checkpoints_are_written(tmp_path, monkeypatch):
    now = 0.0
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: now)
    path = tmp_path / "c.safetensors"
    writer = CheckpointWriter(path, "r", seconds=30)
    loop = SimpleNamespace(saved=saved(stage=0, step=0))

    def on_disk():
        found = load_checkpoint(path, "r")
        return found.stage, found.step

    writer.after_step(loop, None, 0.0)
    assert on_disk() == (0, 0)  # the first at once: resuming is possible from the start
    loop.saved, now = saved(stage=0, step=25), 29.0
    writer.after_step(loop, None, 0.0)
    assert on_disk() == (0, 0)
    now = 30.0
    writer.after_step(loop, None, 0.0)
    assert on_disk() == (0, 25)
    loop.saved, now = saved(stage=1, step=0), 31.0  # a stage ended
    writer.after_step(loop, None, 0.0)
    assert on_disk() == (1, 0)
    path.unlink()
    writer.write(loop)
    assert not path.exists()  # the same copy is not written twice


def test_without_a_path_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    CheckpointWriter(None, "r", 0.0).after_step(SimpleNamespace(saved=saved()), None, 0.0)
    assert not list(tmp_path.iterdir())
