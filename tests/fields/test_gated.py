"""Gates: their distribution, when they are drawn, and what is read off them."""

from __future__ import annotations

import numpy as np
import torch
from scipy import integrate

from hillflow.fields.base import autodiff_jacobian
from hillflow.fields.gated import HIGH, LOW, TEMPERATURE, GatedField

GENES = ("A", "B", "C", "D")
DOUBLE = torch.float64


def test_open_probability_equals_the_distribution() -> None:
    """P(z > 0) by integrating the sampled gate's formula over u."""
    field = GatedField(GENES, dtype=DOUBLE)
    for value in (-3.0, 0.0, 2.5):
        with torch.no_grad():
            field.log_alpha[0].fill_(value)

        def is_open(u: float, value: float = value) -> float:
            s = 1 / (1 + np.exp(-(np.log(u) - np.log1p(-u) + value) / TEMPERATURE))
            return float(s * (HIGH - LOW) + LOW > 0)

        # The gate opens once, at the u where s(HIGH − LOW) + LOW = 0.
        edge = 1 / (1 + np.exp(value - TEMPERATURE * np.log(-LOW / HIGH)))
        expected = integrate.quad(is_open, 0, 1, points=[edge])[0]
        found = field.open_probabilities()[0]
        np.testing.assert_allclose(found.detach(), expected, rtol=1e-6)


def test_sampled_gates_are_open_as_often_as_promised() -> None:
    field = GatedField(GENES, hidden=(200,), dtype=DOUBLE)
    with torch.no_grad():
        field.log_alpha[0].fill_(-1.0)
    gate, expected = field.gates()[0], field.open_probabilities()[0].mean().item()
    share = (gate > 0).double().mean().item()
    assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / gate.numel())
    assert 0 <= gate.min() <= gate.max() <= 1


def test_the_penalty_is_the_expected_share_of_open_paths_and_the_weights_along_them() -> None:
    field = GatedField(("A", "B"), hidden=(3,), l0=0.2, l1=0.3, time=True, dtype=DOUBLE)
    with torch.no_grad():
        for a in field.log_alpha:
            a.copy_(torch.randn(a.shape, generator=torch.Generator().manual_seed(a.numel())))
    first, second = (p.detach().numpy()[0] for p in field.open_probabilities())
    paths = sum(second[i, k] * first[k, j] for i in range(2) for k in range(3) for j in range(2))
    w, v = (np.abs(weight.detach().numpy())[0] for weight in field.weights())
    norm = sum(v[i, k] * w[k, j] for i in range(2) for k in range(3) for j in range(2))
    expected = 0.2 * paths / 12 + 0.3 * norm
    np.testing.assert_allclose(field.penalty().item(), expected, rtol=1e-12)


def test_gates_for_each_weight_give_targets_their_own_regulators() -> None:
    """Two blocks, A,B among themselves and C,D: a path product of rank two."""
    field = GatedField(GENES, hidden=(4,), dtype=DOUBLE)
    block = torch.block_diag(torch.ones(2, 2), torch.ones(2, 2)).to(DOUBLE)
    with torch.no_grad():
        for a in field.log_alpha:
            a.copy_(40 * block - 20)
    gates = field.deterministic_gates()
    openness = (gates[1] @ gates[0])[0]
    assert torch.linalg.matrix_rank(openness) == 2
    assert torch.equal(openness > 0, block.bool())
    assert torch.equal(field.edge_weights() != 0, block.bool())
    off = ~block.bool()
    assert not field.jacobian(torch.rand(3, 4, dtype=DOUBLE))[:, off].any()


def test_one_draw_lasts_until_the_next_optimiser_step() -> None:
    field = GatedField(GENES, dtype=DOUBLE)
    x = torch.rand(3, 4, dtype=DOUBLE)
    first = field(None, x)
    assert torch.equal(first, field(None, x))
    field.proximal_(0.1)
    assert not torch.equal(first, field(None, x))


def test_evaluation_uses_no_chance() -> None:
    field = GatedField(GENES, dtype=DOUBLE)
    x = torch.rand(3, 4, dtype=DOUBLE)
    edges = field.edge_weights()
    field.eval()
    certain = field(None, x)
    field.proximal_(0.1)
    assert torch.equal(certain, field(None, x))
    assert torch.equal(edges, field.edge_weights())
    stretched = torch.sigmoid(field.log_alpha[0]) * 1.2 - 0.1
    torch.testing.assert_close(field.gates()[0], stretched.clamp(0, 1))
    torch.testing.assert_close(field.jacobian(x), autodiff_jacobian(field, x), rtol=0, atol=1e-10)


def test_resuming_draws_what_would_have_been_drawn() -> None:
    one, other = GatedField(GENES, seed=4), GatedField(GENES, seed=4)
    for _ in range(3):
        one.proximal_(0.1)
    other.load_state_dict(one.state_dict())
    x = torch.rand(2, 4)
    assert torch.equal(one(None, x), other(None, x))
    one.proximal_(0.1)
    other.proximal_(0.1)
    assert torch.equal(one(None, x), other(None, x))


def test_gates_close_on_a_sparse_truth_and_the_network_remains() -> None:
    """A regulates B and C, and nothing regulates A: every path to A closes, others stay."""
    generator = torch.Generator().manual_seed(0)
    x = 2 * torch.rand(200, 3, generator=generator)
    velocity = 2 * x[:, :1] * torch.tensor([0.0, 1.0, 1.0]) - x
    field = GatedField(("A", "B", "C"), hidden=(8,), production="linear", seed=1)
    assert field.closed == 0
    field.calibrate_(x, velocity)
    optimiser = torch.optim.Adam(field.parameters(), lr=0.05)
    for _ in range(800):
        optimiser.zero_grad()
        ((field(None, x) - velocity).square().mean() + field.penalty()).backward()
        optimiser.step()
        field.proximal_(0.05)
    field.eval()
    edges = field.edge_weights().detach()
    assert field.closed > 0.1
    assert not edges[0].any()
    assert edges[1, 0] > 5 * edges[1, 2].abs()
    assert edges[2, 0] > 5 * edges[2, 1].abs()
    off = field(None, x) - velocity
    assert off.square().mean() < 0.05 * velocity.var(dim=0).mean()
