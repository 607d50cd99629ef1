from __future__ import annotations

import pytest
import torch

from hillflow.objectives import Kinetic, Potential
from hillflow.objectives.hjb import hjb_residual

X = torch.randn(6, 3, generator=torch.Generator().manual_seed(0)).double()
T = torch.linspace(0.2, 1.5, 6).double()


def test_a_solution_of_the_equation_has_no_residual(generator) -> None:
    # free motion from a point, v = x/t: S = |x|²/2t; from a standstill in V = −½|x|²: S ∝ tan t
    free = hjb_residual(lambda x, t: x.square().sum(-1) / (2 * t), Kinetic(), X, T, generator)
    assert free.abs().max() < 1e-20
    pulled = Potential(lambda t, x: -0.5 * x.square().sum(-1))
    swinging = hjb_residual(
        lambda x, t: -0.5 * x.square().sum(-1) * torch.tan(t), pulled, X, T, generator
    )
    assert swinging.abs().max() < 1e-20
    twice = hjb_residual(lambda x, t: x.square().sum(-1) / t, Kinetic(), X, T, generator)
    torch.testing.assert_close(twice, (X.square().sum(-1) / T.square()).square())


@pytest.mark.parametrize("basis", [False, True])
def test_noise_adds_the_trace_without_bias(generator, basis) -> None:
    # S = ½ xᵀAx: R = ½|Ax|² + ½ tr(D A D)
    a = torch.tensor([[1.0, 0.4, 0.0], [0.4, -0.5, 0.3], [0.0, 0.3, 2.0]]).double()
    sigma = torch.tensor([0.5, 1.0, 0.3]).double()
    along = torch.linalg.qr(torch.randn(3, 2, generator=generator).double()).Q if basis else None
    spread = sigma.diag() if along is None else sigma.diag() @ along
    exact = 0.5 * (X @ a).square().sum(-1) + 0.5 * torch.trace(spread.mT @ a @ spread)
    draws = 4000
    many = X.expand(draws, -1, -1)
    found = hjb_residual(
        lambda x, t: 0.5 * ((x @ a) * x).sum(-1), Kinetic(), many, T.expand(draws, -1), generator,
        sigma, along,
    ).detach()  # fmt: skip
    error = found.std(0) / draws**0.5
    assert ((found.mean(0) - exact.square()).abs() < 4 * error).all()
    assert (error < 0.2 * exact.square() + 0.05).all()
