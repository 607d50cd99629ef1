"""Rest states against exact fixed points, and their gradients against finite differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.errors import UnsupportedError
from hillflow.fields import VectorField, make_field
from hillflow.solve import find_equilibria, rest_state

GENES = ["A", "B", "C"]


class Coupled(VectorField):
    """ẋ = W x + b − γ ⊙ x with W a parameter; rests at (diag γ − W)⁻¹ b."""

    def __init__(self, scale: float) -> None:
        super().__init__(GENES)
        random = np.random.default_rng(0)
        self.weight = torch.nn.Parameter(torch.from_numpy(scale * random.normal(size=(3, 3))))
        self.basal = torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64)
        self.rate = torch.tensor([0.5, 1.0, 3.0], dtype=torch.float64)

    def production(self, x, t=None):
        return x @ self.weight.T + self.basal

    def decay(self, x, t=None):
        return self.rate * x

    def decay_rate(self):
        return self.rate

    def rest(self, weight: torch.Tensor) -> torch.Tensor:
        return torch.linalg.solve(torch.diag(self.rate) - weight, self.basal)


@pytest.mark.parametrize("scale", [0.0, 0.15, 0.3])
def test_a_linear_field_rests_at_its_fixed_point_with_the_exact_gradient(scale) -> None:
    field = Coupled(scale)
    state, rests = rest_state(field, torch.zeros(4, 3, dtype=torch.float64), tolerance=1e-12)
    exact = field.rest(field.weight)
    assert rests.all()
    assert torch.allclose(state, exact.expand(4, 3), atol=1e-9)
    torch.manual_seed(0)
    probe = torch.randn(3, dtype=torch.float64)
    (found,) = torch.autograd.grad((state[0] * probe).sum(), field.weight)
    (wanted,) = torch.autograd.grad((exact * probe).sum(), field.weight)
    assert torch.allclose(found, wanted, atol=1e-8)


def test_interventions_are_solved_beside_each_other_with_gradients() -> None:
    field = Coupled(0.2)
    acting = field.do_each(["A=clamp:2", "B=ko", "control"])
    state, rests = rest_state(acting, torch.ones(3, 1, 3, dtype=torch.float64), tolerance=1e-12)
    assert rests.all()
    assert state[0, 0, 0] == 2
    assert state[1, 0, 1].abs() < 1e-10
    assert torch.allclose(acting(0.0, state), torch.zeros(3, 1, 3, dtype=torch.float64), atol=1e-9)
    (found,) = torch.autograd.grad(state[0, 0, 2], field.weight)

    def of_c(weight: torch.Tensor) -> torch.Tensor:  # of B and C, with A at 2
        left = torch.diag(field.rate[1:]) - weight[1:, 1:]
        return torch.linalg.solve(left, field.basal[1:] + 2 * weight[1:, 0])[1]

    (wanted,) = torch.autograd.grad(of_c(field.weight), field.weight)
    assert torch.allclose(found, wanted, atol=1e-8)


def test_a_nonlinear_field_rests_where_newton_finds_an_equilibrium() -> None:
    field = make_field("hill", GENES, seed=3, dtype=torch.float64)
    start = torch.rand(5, 3, dtype=torch.float64)
    state, rests = rest_state(field, start)
    assert rests.all()
    found = find_equilibria(field, state.detach())
    assert torch.allclose(found.states[found.reached], state.detach(), atol=1e-6)


class Spinning(VectorField):
    """Circles without damping: no state but the origin rests."""

    def production(self, x, t=None):
        return x + torch.stack([-x[..., 1], x[..., 0]], dim=-1)

    def decay(self, x, t=None):
        return x

    def decay_rate(self):
        return torch.ones(2)


def test_a_field_that_never_rests_is_told() -> None:
    _, rests = rest_state(Spinning(["A", "B"]), torch.ones(1, 2))
    assert not rests.any()
    with pytest.raises(UnsupportedError, match="linear decay"):
        rest_state(make_field("mlp", ["A", "B"]), torch.ones(1, 2))
