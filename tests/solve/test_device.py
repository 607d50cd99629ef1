"""Solvers that draw random numbers, and those that count, on another device than the CPU."""

from __future__ import annotations

import pytest
import torch

from hillflow.errors import NumericalError
from hillflow.fields import make_field
from hillflow.solve import affine_flow, find_equilibria, integrate, make_solver
from hillflow.solve.divergence import flow_with_log_density, rademacher

from ..pretend_device import pretend_device

GENES = ("A", "B", "C")


def start(device: str) -> torch.Tensor:
    x = torch.linspace(0.2, 1.5, 12, dtype=torch.float64).reshape(4, 3)
    return x.to(device)


def hill(device: str):
    return make_field("hill", GENES, seed=2, dtype=torch.float64).to(device)


def by_noise(device: str) -> torch.Tensor:
    solver = make_solver("euler-maruyama", diffusion=0.1, generator=seeded())
    return integrate(hill(device), start(device), 0.4, solver=solver, steps=4)


def by_langevin(device: str) -> torch.Tensor:
    noise = torch.full((3,), 0.05, dtype=torch.float64, device=device)
    solver = make_solver("langevin", noise=noise, generator=seeded())
    return integrate(hill(device), start(device), 0.4, solver=solver, steps=4)


def by_error(device: str) -> torch.Tensor:
    return integrate(hill(device), start(device), 0.4, solver="dopri5")


def by_probes(device: str) -> torch.Tensor:
    x = start(device)
    probes = rademacher(x, 2, seeded())
    end, log_p = flow_with_log_density(hill(device), x, x.new_zeros(4), 0.4, steps=2, probes=probes)
    return torch.cat([end, log_p[:, None]], dim=1)


def by_exponential(device: str) -> torch.Tensor:
    matrix = torch.linspace(-1, 1, 9, dtype=torch.float64).reshape(3, 3)
    return affine_flow(matrix.to(device), start(device)[0], start(device), 0.4)


def at_rest(device: str) -> torch.Tensor:
    with torch.no_grad():
        return find_equilibria(hill(device), start(device), follow_flow=True).states


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(5)


@pytest.mark.parametrize(
    "solved", [by_noise, by_langevin, by_error, by_probes, by_exponential, at_rest],
    ids=lambda solved: solved.__name__,
)  # fmt: skip
def test_a_device_gives_the_same(device, solved):
    here = solved("cpu")
    with device() as name:
        there = solved(name)
        assert there.device.type == name
        torch.testing.assert_close(there.cpu(), here)


def test_a_state_that_diverges_on_a_device_is_named():
    field = make_field("linear", GENES, seed=0)
    with torch.no_grad():
        field.level.fill_(1e30)
    with pretend_device() as name, pytest.raises(NumericalError, match="gene 'A' of cell 0"):
        integrate(field.to(name), torch.ones(2, 3).to(name), 1.0, steps=2)
