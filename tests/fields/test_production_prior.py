from __future__ import annotations

import pytest
import torch

from hillflow.errors import InputError
from hillflow.fields.hill_dense import HillDenseField
from hillflow.fields.linear import LinearField
from hillflow.fields.production_prior import ProductionPrior, production_prior_loss

GENES = tuple("abcdefgh")


def prior_of(edges, **options) -> ProductionPrior:
    return ProductionPrior(edges, low=torch.zeros(8), high=torch.arange(1.0, 9.0), **options)


def test_sparse_and_dense_priors_agree(edges_of, states) -> None:
    field = HillDenseField(GENES, hidden=3, dtype=torch.float64)
    edges = edges_of()
    weights = torch.linspace(-1, 1, len(edges), dtype=torch.float64)
    matrix = edges.dense(weights).mT  # [source, target]
    with torch.no_grad():
        expected = (field.production(states) / field.decay_rate() - states @ matrix).square().mean()
    torch.testing.assert_close(production_prior_loss(field, matrix, states).detach(), expected)
    torch.testing.assert_close(
        production_prior_loss(field, (edges, weights), states).detach(), expected
    )


def test_a_field_that_is_its_prior_costs_nothing(edges_of) -> None:
    field = LinearField(GENES, edges=edges_of(sign=[1, -1] * 7))
    with torch.no_grad():
        field.strength.copy_(field.edges.sign)
    prior = prior_of(field.edges)
    assert prior(field) < 1e-10
    with torch.no_grad():
        field.strength.neg_()
    assert prior(field) > 1


def test_states_are_fresh_in_range_and_repeatable(edges_of) -> None:
    first, second = (prior_of(edges_of(), seed=5, states=1000) for _ in range(2))
    x = first.draw()
    assert torch.equal(x, second.draw())
    assert not torch.equal(x, first.draw())
    assert (x >= 0).all()
    assert (x <= first.high).all()
    torch.testing.assert_close(x.mean(0), first.high / 2, rtol=0.1, atol=0)


def test_gradients_reach_the_field(edges_of) -> None:
    field = HillDenseField(GENES, hidden=3)
    prior_of(edges_of(sign=[1, -1] * 7))(field).backward()
    assert field.combine.grad.abs().sum() > 0
    assert field.raw_rate.grad is None  # compared before the rate is multiplied on


def test_wrong_shapes_are_refused(edges_of) -> None:
    with pytest.raises(InputError, match="one weight for each"):
        prior_of(edges_of(), weights=torch.ones(3))
    with pytest.raises(InputError, match="low ≤ high"):
        ProductionPrior(edges_of(), low=torch.ones(8), high=torch.zeros(8))
