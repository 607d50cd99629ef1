import numpy as np
import pytest
import torch

from hillflow.causal.regulation import Regulation
from hillflow.fields import VectorField, make_field
from hillflow.fields.base import autodiff_jacobian
from hillflow.fields.second_order import SecondOrderField

GENES = ("A", "B", "C")
X = 0.2 + torch.rand(4, 3, generator=torch.Generator().manual_seed(0))


class Saturating(VectorField):
    """ẋ_i = x_j(i) − x_i²: a decay that is no rate times x."""

    def production(self, x, t=None):
        return x.roll(1, -1)

    def decay(self, x, t=None):
        return x.square()


@pytest.mark.parametrize("name", ["linear", "hill", "hill-dense", "sparse", "c-node"])
def test_it_is_production_and_its_slopes_where_the_field_has_a_split(name):
    field = make_field(name, GENES, seed=1)
    regulation = Regulation(field)
    torch.testing.assert_close(regulation(None, X), field.production(X))
    torch.testing.assert_close(
        regulation.jacobian(X), autodiff_jacobian(regulation, X), rtol=1e-4, atol=1e-5
    )


def test_without_a_split_it_is_the_whole_field():
    field = make_field("mlp", GENES, seed=1)
    torch.testing.assert_close(Regulation(field)(None, X), field(None, X))
    torch.testing.assert_close(Regulation(field).jacobian(X), field.jacobian(X))


def test_a_decay_of_another_form_is_left_out_as_well():
    found = Regulation(Saturating(GENES)).jacobian(X)
    np.testing.assert_allclose(found, np.broadcast_to(np.roll(np.eye(3), 1, 0), (4, 3, 3)))


def test_of_a_second_order_field_it_is_the_acceleration_at_rest():
    field = SecondOrderField(GENES, seed=1)
    regulation = Regulation(field)
    still = torch.cat([X, torch.zeros_like(X)], -1)
    torch.testing.assert_close(regulation(None, X), field(None, still)[:, 3:])
    torch.testing.assert_close(
        regulation.jacobian(X), autodiff_jacobian(regulation, X), rtol=1e-4, atol=1e-5
    )
