from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from hillflow.errors import UnsupportedError
from hillflow.fields.mlp import MLPField
from hillflow.fields.registry import make_field
from hillflow.fields.with_protein import WithProtein
from hillflow.solve import integrate


def test_regulators_act_by_their_delayed_protein(shake) -> None:
    field = shake(make_field("hill", ["A", "B"], dtype=torch.float64))
    rate = torch.tensor([0.5, 2.0], dtype=torch.float64)
    x0 = torch.tensor([[0.2, 1.0]], dtype=torch.float64)
    end = integrate(WithProtein(field, rate), x0, 3.0, steps=400)

    def flow(_: float, state: np.ndarray) -> np.ndarray:
        x, p = torch.from_numpy(state[:2]), torch.from_numpy(state[2:])
        made = field.production(p[None])[0].detach() - field.decay_rate().detach() * x
        return np.concatenate([made.numpy(), (rate * (x - p)).numpy()])

    path = solve_ivp(flow, (0, 3), [0.2, 1.0, 0.2, 1.0], rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(end[0].detach().numpy(), path.y[:, -1], rtol=1e-4)


def test_a_clamped_gene_stays_and_its_protein_follows(shake) -> None:
    field = shake(make_field("hill", ["A", "B"], dtype=torch.float64)).do("A=clamp:3")
    rate = torch.tensor([0.5, 0.5], dtype=torch.float64)
    start = torch.tensor([[1.0, 1.0, 1.0, 1.0]], dtype=torch.float64)
    end = integrate(WithProtein(field, rate), start, 2.0, steps=200)
    assert end[0, 0] == 3
    assert float(end[0, 2]) == pytest.approx(3 - 2 * np.exp(-1), rel=1e-4)


def test_a_field_without_production_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="linear decay"):
        WithProtein(MLPField(["A", "B"]), torch.ones(2))
