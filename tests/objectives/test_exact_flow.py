from __future__ import annotations

import pytest
import torch

from hillflow.errors import NumericalError, UnsupportedError
from hillflow.fields import VectorField, make_field
from hillflow.objectives.exact_flow import ExactFlow
from hillflow.solve import integrate


class Double(VectorField):
    """ẋ = ln 2 · x, by its flow."""

    has_split = False

    def propagate(self, x, dt, t=0.0, windows=1):
        return x * 2.0 ** torch.as_tensor(dt, dtype=x.dtype).unsqueeze(-1)


def test_the_fields_own_flow_is_used_for_each_cells_own_span() -> None:
    x = torch.ones(2, 3, 1, dtype=torch.float64)
    span = torch.tensor([[0.0, 1.0, 2.0], [3.0, 0.5, -1.0]], dtype=torch.float64)
    moved = integrate(Double(("a",)), x, span, solver=ExactFlow(), steps=4)
    torch.testing.assert_close(moved.squeeze(-1), 2.0**span)


def test_a_flow_that_blows_up_is_explained() -> None:
    with pytest.raises(NumericalError, match=r"gene 'a'.*windows"):
        integrate(Double(("a",)), torch.ones(1, 1), torch.tensor([1e4]), solver=ExactFlow())


def test_a_field_without_a_flow_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="propagate"):
        integrate(make_field("mlp", ("a",)), torch.ones(1, 1), 1.0, solver=ExactFlow())
