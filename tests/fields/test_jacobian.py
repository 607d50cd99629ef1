from __future__ import annotations

import pytest
import torch

from hillflow.errors import InputError
from hillflow.fields.base import VectorField, autodiff_jacobian
from hillflow.fields.jacobian import jacobian_statistic
from hillflow.interventions import Intervention

# Some of these fields may have a negative production, of which `do` warns; see test_intervened.
pytestmark = pytest.mark.filterwarnings("ignore:.*multiplies a production")

DONE = (
    "control", "g2=ko", "g2=kd:0.3", "g2=oe:2.5", "g2=deg:0.7", "g2=clamp:1.3", "g2=cut",
    "g0=ko,g1=clamp:2,g3=deg:1,g4=kd:0.5", "g2=cut,g5=cut,g0=ko,g1=clamp:2",
)  # fmt: skip


class Timed(VectorField):
    """ẋ = t sin(x summed): depends on time, and is its own check."""

    autonomous = False
    has_split = False

    def forward(self, t, x):
        return torch.as_tensor(t).unsqueeze(-1) * x.sum(-1, keepdim=True).sin().expand_as(x)


class Counting(VectorField):
    """Counts how many Jacobians are asked for at once."""

    def __init__(self, genes):
        super().__init__(genes)
        self.calls: list[int] = []

    def jacobian(self, x, t=None):
        self.calls.append(len(x))
        return x.unsqueeze(-1) * x.unsqueeze(-2)


@pytest.mark.parametrize("text", DONE)
def test_analytic_equals_autodiff(field, states, text: str) -> None:
    done = field.do(Intervention.parse(text))
    x = states.clone()
    x[x == 0] = 0.2
    torch.testing.assert_close(done.jacobian(x), autodiff_jacobian(done, x), rtol=1e-10, atol=1e-10)


def test_any_leading_axes(field, states) -> None:
    x = states.expand(3, 5, 8)
    assert field.jacobian(x).shape == (3, 5, 8, 8)
    torch.testing.assert_close(field.jacobian(x)[1], field.jacobian(states))
    torch.testing.assert_close(field.jacobian(states[0]), field.jacobian(states)[0])


def test_jacobian_is_target_by_source(field, states) -> None:
    step = 1e-6 * torch.eye(8, dtype=torch.float64)[3]
    slope = (field(None, states + 1 + step) - field(None, states + 1 - step)) / 2e-6
    torch.testing.assert_close(field.jacobian(states + 1)[..., 3], slope, rtol=1e-5, atol=1e-7)


def test_time_one_a_cell_or_one_for_all(states) -> None:
    field = Timed(tuple("abcdefgh"))
    times = torch.linspace(0, 2, 5, dtype=torch.float64)
    per_cell = field.jacobian(states, times)
    expected = times[:, None, None] * states.sum(-1).cos()[:, None, None]
    torch.testing.assert_close(per_cell, expected.expand(5, 8, 8))
    torch.testing.assert_close(field.jacobian(states, 2.0)[0] * times[0], per_cell[0])
    stack = field.do_each([Intervention.clamp("a", 1.0), Intervention.control()])
    stacked = stack.jacobian(states.expand(2, 5, 8), times)
    torch.testing.assert_close(stacked[1], per_cell)


def test_statistic_is_the_mean_over_cells(field, states) -> None:
    weights = torch.tensor([1.0, 2, 0, 4, 1])
    share = (weights / weights.sum()).double()[:, None, None]
    each = field.jacobian(states).detach()
    for memory_mb in (256.0, 1e-6):  # all at once, and one by one
        found = jacobian_statistic(field, states, weights=weights, memory_mb=memory_mb)
        torch.testing.assert_close(found.mean, (share * each).sum(0), rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(found.mean_abs, (share * each.abs()).sum(0))
        assert found.cells == 5
        consistency = found.sign_consistency
        assert ((consistency >= 0) & (consistency <= 1 + 1e-12)).all()
        assert (consistency[found.mean_abs == 0] == 0).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_statistic_stays_within_its_memory(dtype: torch.dtype) -> None:
    """What is held for a chunk: the Jacobians, a float64 copy, their absolute values."""
    field = Counting(tuple(f"g{i}" for i in range(50)))
    x = torch.rand(40, 50, generator=torch.Generator().manual_seed(0)).to(dtype)
    found = jacobian_statistic(field, x, memory_mb=0.5)
    held = (x.element_size() + 8 + 8) * 50 * 50 / 2**20
    assert sum(field.calls) == 40
    assert max(field.calls) * held <= 0.5
    assert len(field.calls) == 7  # 6 cells a chunk: 4 × 8 bytes × 2,500 numbers each
    at_once = jacobian_statistic(field, x, memory_mb=1e6)
    torch.testing.assert_close(found.mean, at_once.mean)
    assert field.calls[-1] == 40


def test_statistic_with_times(states) -> None:
    field = Timed(tuple("abcdefgh"))
    times = torch.linspace(0, 2, 5, dtype=torch.float64)
    found = jacobian_statistic(field, states, times, memory_mb=1e-6)
    torch.testing.assert_close(found.mean, field.jacobian(states, times).mean(0))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weights": torch.ones(4)}, r"5 weights, one per cell.*shape \[4\]"),
        ({"weights": torch.zeros(5)}, "not all 0.*the sum 0"),
        ({"weights": torch.tensor([1.0, -1, 1, 1, 1])}, "none negative"),
        ({"x": torch.ones(0, 8).double()}, r"at least one, found shape \[0, 8\]"),
        ({"x": torch.ones(8).double()}, r"one cell per row.*shape \[8\]"),
    ],
)
def test_a_statistic_of_nothing_is_refused(field, states, change, words: str) -> None:
    given = {"x": states} | change
    with pytest.raises(InputError, match=words):
        jacobian_statistic(field, given.pop("x"), **given)
