from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from hillflow.errors import UnsupportedError
from hillflow.fields.base import autodiff_jacobian
from hillflow.fields.mlp import MLPField
from hillflow.fields.registry import make_field
from hillflow.fields.with_unspliced import WithUnspliced
from hillflow.solve import integrate, make_solver

RATE = torch.tensor([3.0, 2.0], dtype=torch.float64)


@pytest.fixture
def field(shake):
    return shake(make_field("softplus", ["A", "B"], dtype=torch.float64), by=0.3)


def splicing(field) -> WithUnspliced:
    return WithUnspliced(field, lambda: RATE)


def test_unspliced_is_transcribed_and_spliced(field) -> None:
    """Against the same equations in NumPy, integrated by SciPy."""
    start = [0.2, 1.0, 0.6, 0.1]
    x0 = torch.tensor([start], dtype=torch.float64)
    end = integrate(splicing(field), x0, 3.0, steps=400)
    w, b = (part.detach().numpy() for part in (field.edge_weights(), field.basal))
    p, gamma, beta = (part.detach().numpy() for part in (field.width, field.decay_rate(), RATE))

    def flow(_: float, state: np.ndarray) -> np.ndarray:
        s, u = state[:2], state[2:]
        made = p * np.log1p(np.exp((w @ s + b) / p))
        return np.concatenate([beta * u - gamma * s, made - beta * u])

    path = solve_ivp(flow, (0, 3), start, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(end[0].detach().numpy(), path.y[:, -1], rtol=1e-4)


def test_the_jacobian_has_four_blocks(field) -> None:
    x = torch.rand(3, 4, dtype=torch.float64)
    gamma, beta = torch.diag(field.decay_rate()), torch.diag(RATE)
    slopes = field.jacobian(x[:, :2]) + gamma
    blocks = torch.cat(
        (
            torch.cat((-gamma, beta), -1).expand(3, 2, 4),
            torch.cat((slopes, -beta.expand(3, 2, 2)), -1),
        ),
        -2,
    )
    torch.testing.assert_close(autodiff_jacobian(splicing(field), x), blocks)


def test_spliced_levels_alone_move_as_the_field_and_rest_where_it_rests(field) -> None:
    both, s = splicing(field), torch.rand(4, 2, dtype=torch.float64)
    torch.testing.assert_close(both(None, both.admit(s))[:, :2], field(None, s))
    rest = integrate(field, s, 200.0, steps=2000)
    torch.testing.assert_close(both(None, both.admit(rest)), torch.zeros(4, 4).double(), atol=1e-6,
                               rtol=0)  # fmt: skip


def test_a_knockout_ends_transcription_and_what_is_there_is_spliced(field) -> None:
    x = torch.full((1, 4), 0.5, dtype=torch.float64)
    change = splicing(field.do("A=ko"))(None, x)[0]
    change = change.detach()
    assert float(change[2]) == pytest.approx(-3.0 * 0.5)
    assert float(change[0]) == pytest.approx(0.5 * (3.0 - float(field.decay_rate()[0])))


def test_a_clamp_holds_the_spliced_level_in_a_stack_too(field) -> None:
    stack = splicing(field.do_each(["A=clamp:3", "B=ko"]))
    start = torch.ones(2, 5, 4, dtype=torch.float64)
    end = integrate(stack, start, 2.0, steps=50)
    assert (end[0, :, 0] == 3).all()
    assert (end[1, :, 0] != 3).all()
    assert (end[1, :, 3] < 0.1).all()


def test_both_layers_have_noise(field) -> None:
    """Of a gene that is made at a constant rate: variance ν times the mean, in either layer."""
    with torch.no_grad():
        field.strength.zero_()
    noise = torch.tensor([0.02, 0.02], dtype=torch.float64)
    solver = make_solver("langevin", noise=noise, generator=torch.Generator().manual_seed(0))
    both = splicing(field)
    rest = both.admit((field.production(torch.zeros(1, 2).double()) / field.decay_rate()).detach())
    with torch.no_grad():
        end = integrate(both, rest.expand(4000, 4), 20.0, solver=solver, steps=400)
    unspliced = end[:, 2:]
    ratio = unspliced.var(0) / unspliced.mean(0)
    torch.testing.assert_close(ratio, noise, rtol=0.1, atol=0)
    assert (end[:, :2].std(0) > 0).all()


def test_a_field_without_production_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="unspliced_layer"):
        WithUnspliced(MLPField(["A", "B"]), lambda: RATE)
