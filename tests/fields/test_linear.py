from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.errors import InputError
from hillflow.fields.linear import LinearField
from hillflow.fields.registry import make_field

GENES = ("A", "B", "C")


def test_formula_against_numpy(states, edges_of, shake) -> None:
    field = shake(LinearField(tuple("abcdefgh"), edges=edges_of(), dtype=torch.float64))
    w = np.zeros((8, 8))
    w[field.edges.target, field.edges.source] = field.weights.detach()
    decay = np.log1p(np.exp(field.units.raw_decay.detach().numpy()))
    x = states.numpy()
    expected = x @ w.T + field.basal.detach().numpy() - decay * x
    np.testing.assert_allclose(field(None, states).detach().numpy(), expected, atol=1e-12)
    np.testing.assert_array_equal(field.edge_weights().detach().numpy(), w)
    assert field.decay_rate() is not None


def test_calibration_meets_the_mean_velocity() -> None:
    rate, level = torch.tensor([0.5, 1.0, 3.0]).double(), torch.tensor([1.0, 4.0, 2.0]).double()
    x = torch.rand(200, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * level
    velocity = rate * (level - x)  # each gene relaxes to its own level
    field = LinearField(GENES, dtype=torch.float64)
    field.calibrate_(x, velocity)
    torch.testing.assert_close(field.decay_rate().detach(), rate)
    torch.testing.assert_close(field(None, x).mean(0).detach(), velocity.mean(0))


def test_soft_threshold_and_penalty_do_not_count_twice() -> None:
    from hillflow.fields.edges import CandidateEdges

    edges = CandidateEdges([0, 1, 2], [1, 2, 0], 3, free=[False, True, False])
    field = LinearField(GENES, edges=edges, l1=0.5, free_cost=3.0, dtype=torch.float64)
    with torch.no_grad():
        # in order of target: 2→0 (prior), 0→1 (prior), 1→2 (free)
        field.strength.copy_(torch.tensor([1.0, -0.02, -1.0]))
    assert field.penalty() == 0
    field.proximal_(0.1)
    expected = torch.tensor([0.95, 0.0, -0.85], dtype=torch.float64)
    torch.testing.assert_close(field.weights.detach(), expected)

    loss_term = LinearField(GENES, edges=edges, l1=0.5, proximal=False, dtype=torch.float64)
    loss_term.load_state_dict(field.state_dict())
    torch.testing.assert_close(
        loss_term.penalty().detach(), torch.tensor(0.5 * (0.95 + 3 * 0.85)).double()
    )
    loss_term.proximal_(0.1)
    torch.testing.assert_close(loss_term.weights.detach(), expected)


def test_rebuilt_from_its_options(edges_of, shake, states) -> None:
    options = {"l1": 0.1, "free_cost": 2.0, "proximal": False, "seed": 3}
    field = shake(LinearField(tuple("abcdefgh"), edges=edges_of(), **options))
    again = make_field("linear", field.genes, edges=edges_of(), **field.options)
    again.load_state_dict(field.state_dict())
    assert field.options == options
    assert torch.equal(field(None, states.float()), again(None, states.float()))


def test_same_seed_same_bytes() -> None:
    first, second, third = (LinearField(GENES, seed=seed) for seed in (1, 1, 2))
    assert first.weights.detach().numpy().tobytes() == second.weights.detach().numpy().tobytes()
    assert not torch.equal(first.weights, third.weights)


@pytest.mark.parametrize("option", [{"l1": -1.0}, {"free_cost": float("nan")}])
def test_wrong_options_are_refused(option) -> None:
    with pytest.raises(InputError, match="finite and not negative"):
        LinearField(GENES, **option)
