from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.errors import InputError
from hillflow.fields.hill_dense import HillDenseField
from hillflow.fields.registry import make_field

GENES = tuple("abcdefgh")


@pytest.mark.parametrize("multiplier", ["softplus", "relu"])
@pytest.mark.parametrize("nonnegative", [True, False])
def test_formula_against_numpy(multiplier: str, nonnegative: bool, states, shake) -> None:
    field = shake(
        HillDenseField(
            GENES, hidden=5, multiplier=multiplier, nonnegative=nonnegative, dtype=torch.float64
        )
    )
    p = {name: value.detach().numpy() for name, value in field.named_parameters()}
    x = states.numpy()
    soft = (x - 0.5) / (1 + np.abs(x - 0.5))
    a = soft @ p["additive"].T + p["additive_bias"]
    product = np.exp(np.log(1 + soft) @ p["multiplicative"].T + p["multiplicative_bias"])
    production = np.concatenate([a, product], axis=1) @ p["combine"].T
    if nonnegative:
        production = np.logaddexp(0, production)
    m = p["raw_rate"]
    m = np.maximum(m, 0) if multiplier == "relu" else np.logaddexp(0, m)
    np.testing.assert_allclose(
        field(None, states).detach().numpy(), m * (production - x), atol=1e-12
    )
    np.testing.assert_allclose(field.decay_rate().detach().numpy(), m, atol=1e-12)
    np.testing.assert_allclose(
        field.unscaled_production(states).detach().numpy(), production, atol=1e-12
    )


@pytest.mark.parametrize("block", ["additive", "multiplicative"])
def test_edge_weights_are_target_by_source_with_the_sign_of_the_slope(block: str) -> None:
    """A → B activates, B → C inhibits, C → A not at all: one hidden unit an edge."""
    field = HillDenseField(("A", "B", "C"), hidden=2, dtype=torch.float64)
    with torch.no_grad():
        for parameter in (field.additive, field.multiplicative, field.combine):
            parameter.zero_()
        weights = getattr(field, block)
        weights[0, 0], weights[1, 1] = 1.0, 1.0  # unit 0 reads A, unit 1 reads B
        first = 0 if block == "additive" else 2
        field.combine[1, first], field.combine[2, first + 1] = 2.0, -3.0
    expected = torch.tensor([[0, 0, 0], [2, 0, 0], [0, -3, 0]], dtype=torch.float64)
    torch.testing.assert_close(field.edge_weights().detach(), expected)
    slope = field.jacobian(torch.rand(3, dtype=torch.float64)) + torch.diag(field.decay_rate())
    assert torch.equal(slope.sign(), expected.sign())
    shares = field.edge_weights(normalised=True).detach()
    torch.testing.assert_close(shares, expected.sign())


def test_relu_kills_a_gene_and_softplus_does_not() -> None:
    for multiplier, alive in (("relu", False), ("softplus", True)):
        field = HillDenseField(("A", "B"), hidden=2, multiplier=multiplier)
        with torch.no_grad():
            field.raw_rate.fill_(-1.0)
        field(None, torch.ones(2)).sum().backward()
        assert bool((field.raw_rate.grad != 0).all()) is alive


def test_calibration_meets_the_mean_velocity_without_new_edges() -> None:
    x = torch.rand(300, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    velocity = 0.5 * (2.0 - x)
    for multiplier in ("softplus", "relu"):
        field = HillDenseField(GENES, hidden=6, multiplier=multiplier, dtype=torch.float64)
        field.calibrate_(x, velocity)
        torch.testing.assert_close(field.decay_rate().detach(), torch.full((8,), 0.5).double())
        torch.testing.assert_close(field(None, x).mean(0).detach(), velocity.mean(0))
        # All targets got the same large constant production, and small weights still.
        assert field.edge_weights().abs().max() < 0.2


def test_rebuilt_from_its_options(shake, states) -> None:
    field = shake(HillDenseField(GENES, hidden=4, multiplier="relu", nonnegative=True, seed=2))
    again = make_field("hill-dense", GENES, edges=None, **field.options)
    again.load_state_dict(field.state_dict())
    assert torch.equal(field(None, states.float()), again(None, states.float()))
    assert again.keeps_orthant
    first, second = (HillDenseField(GENES, seed=7) for _ in range(2))
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert a.detach().numpy().tobytes() == b.detach().numpy().tobytes()


def test_wrong_options_are_refused(edges_of) -> None:
    with pytest.raises(InputError, match="ProductionPrior"):
        HillDenseField(GENES, edges=edges_of())
    with pytest.raises(InputError, match="hidden unit"):
        HillDenseField(GENES, hidden=0)
    with pytest.raises(InputError, match="softplus"):
        HillDenseField(GENES, multiplier="softplux")
