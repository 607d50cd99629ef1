from __future__ import annotations

import numpy as np
import torch

from hillflow.fields.linear import LinearField
from hillflow.fields.registry import make_field
from hillflow.fields.softplus import SoftplusField

GENES = tuple("abcdefgh")


def test_formula_against_numpy(states, edges_of, shake) -> None:
    field = shake(SoftplusField(GENES, edges=edges_of(), dtype=torch.float64))
    w = np.zeros((8, 8))
    w[field.edges.target, field.edges.source] = field.weights.detach()
    x, p = states.numpy(), field.width.detach().numpy()
    drive = x @ w.T + field.basal.detach().numpy()
    expected = p * np.log1p(np.exp(drive / p)) - field.decay_rate().detach().numpy() * x
    np.testing.assert_allclose(field(None, states).detach().numpy(), expected, atol=1e-12)
    np.testing.assert_array_equal(field.edge_weights().detach().numpy(), w)


def test_a_weight_is_the_largest_slope(states, edges_of, shake) -> None:
    field = shake(SoftplusField(GENES, edges=edges_of(), dtype=torch.float64))
    slopes = field.jacobian(states) + torch.diag(field.decay_rate())
    weights = field.edge_weights().expand_as(slopes)
    assert (slopes.abs() <= weights.abs()).all()
    assert (slopes.sign() == weights.sign()).all()
    high = torch.full((1, 8), 1e3, dtype=torch.float64) * field.edge_weights()[0].sign()
    linear = LinearField.production(field, high)
    torch.testing.assert_close(field.production(high)[0, 0], linear[0, 0])


def test_production_is_never_negative_however_strong_the_repressor(shake) -> None:
    field = shake(SoftplusField(GENES, dtype=torch.float64), by=5.0)
    x = 100 * torch.rand(50, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert (field.production(x) >= 0).all()
    assert (LinearField.production(field, x) < 0).any()


def test_calibration_meets_the_mean_velocity() -> None:
    rate, level = torch.tensor([0.5, 1.0, 3.0]).double(), torch.tensor([1.0, 4.0, 2.0]).double()
    x = torch.rand(200, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * level
    velocity = rate * (level - x)
    field = SoftplusField(("A", "B", "C"), dtype=torch.float64)
    with torch.no_grad():
        field.strength.zero_()
    field.calibrate_(x, velocity)
    torch.testing.assert_close(field(None, x).mean(0).detach(), velocity.mean(0))


def test_rebuilt_from_its_options(edges_of, shake, states) -> None:
    options = {"l1": 0.1, "free_cost": 2.0, "proximal": False, "seed": 3}
    field = shake(SoftplusField(GENES, edges=edges_of(), **options))
    again = make_field("softplus", field.genes, edges=edges_of(), **field.options)
    again.load_state_dict(field.state_dict())
    assert torch.equal(field(None, states.float()), again(None, states.float()))
