"""Every field in both precisions, and on a CUDA device where there is one: the same numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.fields import FIELDS, CandidateEdges, make_field
from hillflow.solve import integrate

GENES = ("A", "B", "C", "D")
NAMES = [entry.name for entry in FIELDS.values()]
MASKED = ("linear", "hill", "hill-sparse", "sparse")


def build(name: str, dtype: torch.dtype):
    options = {}
    if name in MASKED:
        options["edges"] = CandidateEdges([0, 1, 2, 3, 0], [1, 2, 3, 0, 2], 4, [1, -1, 0, 1, 0])
    if name == "locally-linear":
        options |= {"components": np.eye(4), "mean": np.zeros(4), "scale": np.ones(4)}
    field = make_field(name, GENES, seed=1, dtype=dtype, **options).eval()
    generator = torch.Generator().manual_seed(0)
    x = 0.5 + torch.rand(64, 4, generator=generator, dtype=torch.float64)
    if field.state_size == len(GENES):  # a field of second order is given speeds as states
        field.calibrate_(x.to(dtype), torch.sin(3 * x).to(dtype))
    return field, field.admit(x[:5].to(dtype))


def results(field, x) -> list[torch.Tensor]:
    """Velocity, Jacobian, velocity under a clamp, and where a short solve ends."""
    with torch.no_grad():
        return [
            field(0.5, x),
            field.jacobian(x, 0.5),
            field.do("B=clamp:1").forward(0.5, x),
            integrate(field, x, 0.2, t0=0.5, steps=4),
        ]


@pytest.mark.parametrize("name", NAMES)
def test_both_precisions_agree(name):
    single, double = (results(*build(name, dtype)) for dtype in (torch.float32, torch.float64))
    for low, high in zip(single, double, strict=True):
        assert (low.dtype, high.dtype) == (torch.float32, torch.float64)
        torch.testing.assert_close(low.double(), high, rtol=2e-3, atol=2e-4)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("name", NAMES)
def test_a_cuda_device_gives_the_same(name, dtype):
    field, x = build(name, dtype)
    here = results(field, x)
    field, x = field.cuda(), x.cuda()
    there = results(field, x)
    loss = integrate(field, x, 0.2, t0=0.5, steps=4).square().sum()
    loss.backward()
    assert all(p.grad is None or p.grad.is_cuda for p in field.parameters())
    tolerance = 1e-4 if dtype == torch.float32 else 1e-10
    for ours, theirs in zip(here, there, strict=True):
        assert theirs.is_cuda
        torch.testing.assert_close(theirs.cpu(), ours, rtol=tolerance, atol=tolerance)
