"""A fit on a device gives the predictions of the CPU, and is saved as it was."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.errors import InputError
from hillflow.fields import make_field
from hillflow.model import Fit, Member
from hillflow.objectives import Heads

from ..pretend_device import pretend_device
from ..small_fits import GENES, model_of, snapshots


@pytest.fixture(scope="module")
def member() -> Member:
    """A field with growth, or with noise and proteins, as if they had been learned."""
    field = make_field("hill", GENES, seed=1)
    return model_of(field, Heads.build(field, ["growth"]))


@pytest.fixture(scope="module")
def noisy() -> Member:
    field = make_field("hill", GENES, seed=1)
    return model_of(field, Heads.build(field, ["noise", "protein"]))


CALLS = {
    "velocity": lambda fit, cells: fit.velocity(cells.x, 0.5, "A=ko"),
    "velocity of two times": lambda fit, cells: fit.velocity(cells.x[:2], np.array([0.5, 1.0])),
    "simulate": lambda fit, cells: fit.simulate(cells.x[:9], [0, 1, 2], "B=clamp:1", seed=3),
    "predict": lambda fit, cells: fit.predict(cells, "A=ko,C=oe:2").x,
    "absolute": lambda fit, cells: (
        fit.predict(cells, "control", [3.0], absolute=True).weights
        if fit.heads.growth is not None
        else fit.predict(cells, "control", [3.0], absolute=True).x
    ),
}


@pytest.mark.parametrize("what", ["member", "noisy"])
@pytest.mark.parametrize("call", CALLS)
def test_a_device_predicts_the_same(device, call, what, request):
    fit, cells = Fit((request.getfixturevalue(what),)), snapshots(20)
    here = CALLS[call](fit, cells)
    with device() as name:
        there = CALLS[call](fit.to(name), cells)
    assert here is not None
    low = 1e-3 if name == "cuda" else 1e-5
    np.testing.assert_allclose(there, here, rtol=low, atol=0.1 * low)


def test_a_fit_stays_where_it_was_and_its_copy_is_saved_from_anywhere(member, tmp_path):
    with pretend_device() as name:
        there = Fit((member,)).to(name)
        assert {p.device.type for p in there.heads.parameters()} == {name}
        assert {p.device.type for p in member.heads.parameters()} == {"cpu"}
        there.save(tmp_path)
    loaded = Fit.load(tmp_path)
    for tensor, other in zip(
        loaded.heads.state_dict().values(), member.heads.state_dict().values(), strict=True
    ):
        assert torch.equal(tensor, other)


def test_a_device_that_is_not_there_is_refused(member):
    with pytest.raises(InputError, match="a device that PyTorch"):
        Fit((member,)).to("graphics")
