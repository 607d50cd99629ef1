"""The path norm: equal to an enumeration of paths, and zero means no dependence."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.fields.path_norm import PathNormField

DOUBLE = torch.float64


@pytest.mark.parametrize("per_target", [False, True])
@pytest.mark.parametrize("time", [False, True])
def test_the_penalty_is_the_sum_over_paths(per_target: bool, time: bool) -> None:
    field = PathNormField(
        ("A", "B"), hidden=(3,), per_target=per_target, time=time, l1=0.5, dtype=DOUBLE
    )
    first, second = (w.detach().numpy() for w in field.network.weights)
    norm, signed = np.zeros((2, 2)), np.zeros((2, 2))
    for i in range(2):
        net, out = (i, 0) if per_target else (0, i)
        for j in range(2):
            for k in range(3):
                path = second[net, out, k] * first[net, k, j]
                norm[i, j] += abs(path)
                signed[i, j] += path
    np.testing.assert_allclose(field.penalty().item(), 0.5 * norm.sum(), rtol=1e-12)
    np.testing.assert_allclose(field.edge_weights().detach(), norm * np.sign(signed), rtol=1e-12)


def test_a_broken_path_is_no_dependence() -> None:
    field = PathNormField(("A", "B", "C"), hidden=(4, 4), dtype=DOUBLE)
    with torch.no_grad():
        field.network.weights[0][..., 2].zero_()  # C reaches nobody
        field.network.weights[2][:, 0].zero_()  # A hears nobody
    weights = field.edge_weights()
    assert not weights[:, 2].any()
    assert not weights[0].any()
    assert weights[1:, :2].all()
    jacobian = field.jacobian(torch.rand(5, 3, dtype=DOUBLE))
    off = ~torch.eye(3, dtype=torch.bool)
    assert torch.equal(jacobian[:, off] != 0, (weights != 0)[off].expand(5, -1))


def test_opposite_paths_do_not_hide_an_edge() -> None:
    field = PathNormField(("A", "B"), hidden=(2,), dtype=DOUBLE)
    with torch.no_grad():
        field.network.weights[0][0, :, 0] = torch.tensor([1.0, 1.0])
        field.network.weights[1][0, 1] = torch.tensor([1.0, -0.99])
    assert field.edge_weights()[1, 0].item() == pytest.approx(1.99)


def test_the_penalty_thins_the_network_out() -> None:
    field = PathNormField(("A", "B", "C"), hidden=(8,), l1=1.0)
    before = field.penalty().item()
    optimiser = torch.optim.Adam(field.parameters(), lr=0.02)
    for _ in range(100):
        optimiser.zero_grad()
        field.penalty().backward()
        optimiser.step()
    assert field.penalty().item() < 0.05 * before
