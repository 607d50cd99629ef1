"""The group lasso: closed forms, exact zeros, and a network that is found."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.errors import InputError
from hillflow.fields import CandidateEdges
from hillflow.fields.group_lasso import GroupLassoField

GENES = ("A", "B", "C", "D")
DOUBLE = torch.float64


def test_the_proximal_step_is_the_closed_form() -> None:
    field = GroupLassoField(GENES, l1=2.0, time=True, dtype=DOUBLE)
    field.adaptive.copy_(torch.rand(4, 4, generator=torch.Generator().manual_seed(0)) * 3)
    before = field.network.weights[0].detach().numpy().copy()
    field.proximal_(0.3)
    after = field.network.weights[0].detach().numpy()
    zeros = 0
    for i in range(4):
        for j in range(4):
            group = before[i, :, j]
            cut = 0.3 * 2.0 * float(field.adaptive[i, j])
            shrunk = group * max(0.0, 1 - cut / np.linalg.norm(group))
            np.testing.assert_allclose(after[i, :, j], shrunk, rtol=1e-12)
            if not shrunk.any():
                zeros += 1
                assert (after[i, :, j] == 0).all()
    assert 0 < zeros < 16
    assert (after[:, :, 4] == before[:, :, 4]).all(), "time is no regulator and costs nothing"


def test_the_proximal_step_minimises_its_objective() -> None:
    field = GroupLassoField(("A",), hidden=(2,), l1=0.7, dtype=DOUBLE)
    v = field.network.weights[0].detach().clone()
    field.proximal_(0.5)
    best = field.network.weights[0].detach()

    def objective(w: torch.Tensor) -> float:
        return float(0.5 * (w - v).square().sum() + 0.5 * 0.7 * w.norm())

    generator = torch.Generator().manual_seed(0)
    for size in (1e-3, 1e-1, 1.0):
        for _ in range(50):
            step = size * torch.randn(best.shape, generator=generator, dtype=DOUBLE)
            assert objective(best) <= objective(best + step)


def test_a_group_at_zero_stays_there_only_without_evidence() -> None:
    field = GroupLassoField(GENES, dtype=DOUBLE)
    with torch.no_grad():
        field.network.weights[0].zero_()
    field.proximal_(0.1)
    assert not field.group_norms().any()
    field.production(torch.rand(3, 4, dtype=DOUBLE)).sum().backward()
    assert field.network.weights[0].grad is not None
    assert field.network.weights[0].grad.abs().sum() > 0


@pytest.mark.parametrize("proximal", [True, False])
def test_the_penalty_and_who_applies_it(proximal: bool) -> None:
    field = GroupLassoField(GENES, l1=0.3, ridge=0.2, proximal=proximal, dtype=DOUBLE)
    first, second = (w.detach().numpy() for w in field.network.weights)
    expected = 0.3 * np.linalg.norm(first, axis=1).sum() + 0.1 * (second**2).sum()
    value = field.penalty()
    np.testing.assert_allclose(value.item(), expected, rtol=1e-12)
    value.backward()
    grad = field.network.weights[0].grad
    assert (grad is None) == proximal
    before = field.network.weights[0].detach().clone()
    field.proximal_(0.1)
    assert torch.equal(before, field.network.weights[0]) == (not proximal)


def test_pairs_outside_the_candidates_stay_zero() -> None:
    edges = CandidateEdges([0, 1, 2], [1, 2, 3], 4)
    field = GroupLassoField(GENES, edges=edges, dtype=DOUBLE)
    allowed = edges.dense(torch.ones(3)).bool()
    optimiser = torch.optim.Adam(field.parameters(), lr=0.05)
    x = torch.rand(20, 4, dtype=DOUBLE, generator=torch.Generator().manual_seed(0))
    for _ in range(5):
        optimiser.zero_grad()
        (field(None, x) - x.flip(1)).square().mean().backward()
        optimiser.step()
        field.proximal_(0.05)
    assert not field.edge_weights()[~allowed].any()
    assert field.edge_weights()[allowed].all()
    off = ~allowed & ~torch.eye(4, dtype=torch.bool)
    assert not field.jacobian(x)[:, off].any()
    again = GroupLassoField(GENES, edges=edges, dtype=DOUBLE, **field.options)
    again.load_state_dict(field.state_dict())
    assert torch.equal(again(None, x), field(None, x))
    with pytest.raises(InputError, match="align the network"):
        GroupLassoField(("A", "B"), edges=edges)


def test_adaptive_weights_follow_the_norms() -> None:
    field = GroupLassoField(GENES, dtype=DOUBLE)
    with torch.no_grad():
        field.network.weights[0][0, :, 3] = 0.0
    norms = field.group_norms().detach()
    field.adapt_(gamma=2.0)
    expected = (norms.mean() / norms.clamp_min(norms.mean() / 100)) ** 2
    torch.testing.assert_close(field.adaptive, expected)
    assert field.adaptive[0, 3] == pytest.approx(1e4)
    with torch.no_grad():
        field.network.weights[0].zero_()
    field.adapt_()
    assert field.adaptive.isfinite().all()


def test_it_finds_the_regulators_and_their_signs() -> None:
    """ẋ_i = 2 h(x_j) − x_i or 2 (1 − h(x_j)) − x_i with one regulator each, 300 noisy states."""
    generator = torch.Generator().manual_seed(0)
    regulator, sign = [3, 0, 1, 2], torch.tensor([-1.0, 1.0, 1.0, -1.0])
    x = 2 * torch.rand(300, 4, generator=generator)
    hill = x**4 / (1 + x**4)
    made = 2 * torch.where(sign > 0, hill[:, regulator], 1 - hill[:, regulator])
    velocity = made - x + 0.05 * torch.randn(300, 4, generator=generator)
    field = GroupLassoField(GENES, hidden=(8,), l1=0.5, seed=1)
    field.calibrate_(x, velocity)
    optimiser = torch.optim.Adam(field.parameters(), lr=0.02)
    for step in range(600):
        optimiser.zero_grad()
        ((field(None, x) - velocity).square().mean() + field.penalty()).backward()
        optimiser.step()
        field.proximal_(0.02)
        if step == 300:
            field.adapt_()
    weights = field.edge_weights().detach()
    truth = torch.zeros(4, 4)
    truth[range(4), regulator] = sign
    off = ~torch.eye(4, dtype=torch.bool)
    found = weights.abs() * off
    assert torch.equal(found.argmax(1), torch.tensor(regulator))
    assert torch.equal(weights.sign()[truth != 0], truth[truth != 0])
    assert (weights[off & (truth == 0)] == 0).float().mean() > 0.5, "absent edges are exact zeros"
