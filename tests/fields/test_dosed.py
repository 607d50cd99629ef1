from __future__ import annotations

import pytest
import torch

from hillflow.errors import UnsupportedError
from hillflow.fields import make_field
from hillflow.fields.dosed import Dosed


def test_depots_empty_and_covariates_stay() -> None:
    field = make_field("linear", ["x", "depot", "weight"], seed=1)
    x, inflow = torch.rand(4, 3), torch.tensor([0.5, 2.0, 0.0])
    change = Dosed(field, 1, 1, inflow)(0.0, x)
    assert torch.allclose(change[:, 0], field(0.0, x)[:, 0] + 0.5)
    assert torch.allclose(change[:, 1], 2.0 - field.decay_rate()[1] * x[:, 1])
    assert change[:, 2].tolist() == [0.0] * 4


def test_interventions_act_on_the_states() -> None:
    field = make_field("linear", ["x", "depot"], seed=1).do("x=ko")
    x = torch.rand(4, 2)
    assert torch.allclose(Dosed(field, 1, 0)(0.0, x)[:, 0], -field.decay_rate()[0] * x[:, 0])


def test_a_field_without_linear_decay_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="linear decay, for units with doses"):
        Dosed(make_field("mlp", ["x", "depot"]), 1, 0)
