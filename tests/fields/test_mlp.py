"""The free network: what it refuses, and that it can be trained."""

from __future__ import annotations

import pytest
import torch

from hillflow.errors import UnsupportedError
from hillflow.fields import make_field
from hillflow.interventions import Intervention


def test_it_has_no_edges_and_says_what_to_do() -> None:
    field = make_field("mlp", ("A", "B"))
    with pytest.raises(UnsupportedError, match="Jacobian"):
        field.edge_weights()
    assert field.penalty().item() == 0
    assert not field.has_split
    assert field.autonomous


def test_a_clamp_needs_no_split() -> None:
    field = make_field("mlp", ("A", "B", "C"))
    x = torch.rand(4, 3)
    held = torch.stack((x[:, 0], torch.full((4,), 2.0), x[:, 2]), 1)
    moved = field.do(Intervention.clamp("B", 2.0))(None, x)
    assert torch.equal(moved[:, [0, 2]], field(None, held)[:, [0, 2]])
    assert not moved[:, 1].any()


def test_time_is_an_input_when_asked() -> None:
    still = make_field("mlp", ("A", "B"))
    moving = make_field("mlp", ("A", "B"), time=True)
    x = torch.rand(3, 2)
    assert torch.equal(still(0.0, x), still(5.0, x))
    assert not torch.equal(moving(0.0, x), moving(5.0, x))
    times = torch.tensor([0.0, 1.0, 5.0])
    torch.testing.assert_close(moving(times, x)[2], moving(5.0, x)[2])


def test_it_learns_a_rotation() -> None:
    x = torch.randn(200, 2, generator=torch.Generator().manual_seed(0))
    velocity = x @ torch.tensor([[0.0, 1.0], [-1.0, 0.0]])
    field = make_field("mlp", ("A", "B"), hidden=(32, 32))
    field.calibrate_(x, velocity)
    optimiser = torch.optim.Adam(field.parameters(), lr=0.01)
    for _ in range(200):
        optimiser.zero_grad()
        loss = (field(None, x) - velocity).square().mean()
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.01 * velocity.square().mean().item()
